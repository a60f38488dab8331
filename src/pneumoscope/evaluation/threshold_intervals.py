"""How far thresholds would have been others, had other patients been there to fit them on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.calibration import Calibration, softmax
from pneumoscope.metrics.calibration_replicates import refit_calibration
from pneumoscope.metrics.checks import Floats, Integers
from pneumoscope.metrics.intervals import LEAST_DEFINED_SHARE, patient_weights
from pneumoscope.metrics.prevalence import class_shares, move_thresholds

REPLICATES = 200
_ENDS = (2.5, 97.5)


def threshold_intervals(
    logits: npt.ArrayLike,
    y_true: Integers,
    patients: Sequence[str],
    calibration: Calibration,
    fit_points: Callable[[Floats, Integers], Mapping[str, Floats]],
    *,
    offsets_alone: bool = False,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> dict[str, Floats]:
    """A 95 % bootstrap interval `(C, 2)` for the thresholds of every operating point.

    Patients are drawn, calibration and thresholds are fitted anew to the films of each draw, and
    the thresholds brought from the shares of classes drawn to those of the films themselves.
    `calibration` is the one fitted to `logits` `(N, C)`, to which `offsets_alone` applies as in
    `fit_calibration`; `fit_points` fits thresholds to calibrated
    probabilities and labels. Draws that lack a class, or have too few films for what is asked of a
    point, are left out; where that is more than half of them, there are no intervals.
    """
    scores = np.asarray(logits, dtype=np.float64)
    shares = class_shares(y_true, scores.shape[1])
    drawn: list[Mapping[str, Floats]] = []
    for weights in patient_weights(patients, replicates, np.random.default_rng(seed)):
        refitted = refit_calibration(
            scores, y_true, weights, calibration, offsets_alone=offsets_alone
        )
        for counts, anew in zip(weights.astype(np.int64), refitted, strict=True):
            films = np.repeat(np.arange(y_true.size), counts)
            try:
                points = fit_points(softmax(scores[films], anew), y_true[films])
            except DatasetError:
                continue
            before = class_shares(y_true[films], shares.size)
            drawn.append(
                {name: move_thresholds(cut, before, shares) for name, cut in points.items()}
            )
    if len(drawn) < LEAST_DEFINED_SHARE * replicates:
        return {}
    return {
        name: np.percentile([points[name] for points in drawn], _ENDS, axis=0).T
        for name in drawn[0]
    }
