"""Linear probes: what a linear model tells from numbers of a film that know nothing of its lungs.

A mean over the border hides most of what lies there: where collimation ends, where letters stand,
how the film was cut. So a model is fitted to the gray values of the edge themselves, another to the
traces of how films were made, and both are judged on patients that they were not fitted to.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve

from pneumoscope.data.measures import FRAME_PIXELS
from pneumoscope.data.shortcuts import ShortcutProbe, area
from pneumoscope.metrics.intervals import bootstrap_intervals

_FOLDS = 5
FEWEST_PATIENTS = 10
"""Patients of a class below which a model fitted to some says nothing of the others."""
# The penalty on weights, as a share of the variance of a gray value. On the Kermany training films
# shares from 0.0001 to 1 give areas from 0.93 to 0.94.
_RIDGE = 0.01


def frame_values(frames: Sequence[bytes]) -> NDArray[np.float64]:
    """Gray values float64 `(N, FRAME_PIXELS)` of frames, as `FilmMeasures` have them."""
    grays = np.frombuffer(b"".join(frames), dtype=np.uint8)
    return grays.reshape(-1, FRAME_PIXELS).astype(np.float64)


def probe_linear(
    statistic: str,
    values: NDArray[np.float64],
    y_true: NDArray[np.int64],
    patients: Sequence[str],
    class_names: Sequence[str],
    rng: np.random.Generator,
    replicates: int = 500,
) -> ShortcutProbe | None:
    """How well numbers of films, `(N, D)`, tell a class: the one told best; `statistic` names them.

    A ridge regression of the class on the numbers scores each film, fitted to the films of
    other patients (five folds). `y_true` and `patients` are `(N,)`. The medians are those of the
    scores, about 0 for films unlike the class and 1 for films like it. `None` where fewer than two
    classes have `FEWEST_PATIENTS`, or where all films are alike.
    """
    patient_of = np.asarray(patients)
    counts = [len(np.unique(patient_of[y_true == label])) for label in range(len(class_names))]
    enough = [label for label, count in enumerate(counts) if count >= FEWEST_PATIENTS]
    if len(enough) < 2 or not np.ptp(values, axis=0).any():
        return None
    # With two classes, telling one is telling the other: the second (ill) speaks for both.
    looked_for = enough[1:] if len(class_names) == 2 else enough
    member = np.stack([y_true == label for label in looked_for], axis=1)
    scores = scores_of_others(values, member.astype(np.float64), patient_of, rng)
    alone = np.ones((1, len(values)))
    areas = [
        float(area(member[:, place], scores[:, place], alone)["auc"][0])
        for place in range(len(looked_for))
    ]
    best = int(np.argmax(areas))
    interval = bootstrap_intervals(
        partial(area, member[:, best], scores[:, best]), patients, rng=rng, replicates=replicates
    )
    medians = {
        name: float(np.median(scores[y_true == label, best]))
        for label, name in enumerate(class_names)
        if (y_true == label).any()
    }
    return ShortcutProbe(
        statistic, class_names[looked_for[best]], "higher", interval["auc"], medians
    )


def scores_of_others(
    values: NDArray[np.float64],
    targets: NDArray[np.float64],
    patients: NDArray[np.str_],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Scores `(N, targets)` of every film by a ridge regression on the films of other patients.

    `values` are float64 `(N, D)`, any numbers of the films, `targets` 0 or 1.
    """
    names, patient = np.unique(patients, return_inverse=True)
    fold = rng.permutation(len(names))[patient] % _FOLDS
    scores = np.empty(targets.shape)
    for held_out in (fold == number for number in range(_FOLDS)):
        seen, wanted = values[~held_out], targets[~held_out]
        middle, spread = seen.mean(axis=0), seen.std(axis=0)
        spread[spread == 0] = 1
        standard = (seen - middle) / spread
        gram = standard.T @ standard
        gram[np.diag_indices_from(gram)] += _RIDGE * len(seen)
        mean = wanted.mean(axis=0)
        weights = solve(gram, standard.T @ (wanted - mean), assume_a="pos")
        scores[held_out] = mean + (values[held_out] - middle) / spread @ weights
    return scores
