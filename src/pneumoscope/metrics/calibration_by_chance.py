"""The calibration error of perfect probabilities: a finite sample never scores zero."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pneumoscope.metrics.calibration import calibration_bins
from pneumoscope.metrics.intervals import Interval


def calibration_error_by_chance(
    probabilities: npt.ArrayLike,
    y_true: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 1000,
    level: float = 0.95,
) -> Interval:
    """What `expected_calibration_error` would be if these very probabilities `(N, C)` were right.

    Outcomes are drawn by the probabilities, film by film, in the bins of `calibration_bins`: the
    mean of the errors, and the range that holds `level` of them. An error within it is no sign of
    bad calibration, and one above it is (Broecker & Smith 2007 draw reliability curves so).
    """
    bins = calibration_bins(probabilities, y_true)
    member = np.eye(bins.count)[bins.bin]
    errors = np.empty(replicates)
    for number in range(replicates):
        outcome = rng.random(bins.bin.size) < bins.confidence
        errors[number] = np.abs((bins.confidence - outcome) @ member).sum() / bins.bin.size
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(errors, [tail, 100 - tail])
    return Interval(float(errors.mean()), float(low), float(high), level)
