"""From films of one prevalence to films of another: probabilities, thresholds and samples.

Prevalences are shares `(C,)` of the classes among all films, positive and of the sum one. What is
told here holds as long as the films of each class stay alike and only their numbers change
(Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori
probabilities"): then odds grow by the factor by which those of the classes do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pneumoscope.metrics import weighted
from pneumoscope.metrics.calibration import Calibration
from pneumoscope.metrics.checks import Floats, Integers, check_labels


def class_shares(y_true: npt.ArrayLike, classes: int) -> Floats:
    """The share `(C,)` of each class among the films of integer `y_true` `(N,)`."""
    counts = np.bincount(check_labels(y_true, classes), minlength=classes)
    shares: Floats = counts / counts.sum()
    return shares


def with_findings(shares: npt.ArrayLike, normal: int, findings: float) -> Floats:
    """The shares `(C,)` when `findings`, in (0, 1), of all films are not of the class `normal`.

    The other classes divide it among themselves as in `shares`.
    """
    before = np.asarray(shares, dtype=np.float64)
    after: Floats = before * findings / (before.sum() - before[normal])
    after[normal] = 1 - findings
    return after


def move_calibration(
    calibration: Calibration, before: npt.ArrayLike, after: npt.ArrayLike
) -> Calibration:
    """The calibration whose probabilities are for the shares `after` instead of `before`."""
    offset = np.asarray(calibration.offset) + np.log(after) - np.log(before)
    return Calibration(calibration.scale, tuple((offset - offset.mean()).tolist()))


def move_thresholds(
    thresholds: npt.ArrayLike, before: npt.ArrayLike, after: npt.ArrayLike
) -> Floats:
    """The thresholds `(C,)` that call the same films when probabilities are moved alike."""
    logarithms = np.log(thresholds) + np.log(after) - np.log(before)
    odds = np.exp(logarithms - logarithms.max())
    moved: Floats = odds / odds.sum()
    return moved


def weights_at(shares: npt.ArrayLike, y_true: Integers, weights: Floats) -> Floats:
    """Weights `(B, N)` under which the classes of the films have these shares in every replicate.

    Figures of single classes, such as sensitivity, stay as they are, and what depends on the
    prevalence, such as predictive values and accuracy, becomes that of the shares. All weights of a
    replicate that lacks a class are zero: it tells nothing.
    """
    members = np.eye(np.size(shares))[y_true]
    counts = weights @ members
    factors = weighted.ratio(np.broadcast_to(shares, counts.shape), counts)
    factors[np.isnan(factors).any(axis=1)] = 0.0
    moved: Floats = weights * (factors @ members.T)
    return moved
