"""The weighted mean of several models' probabilities, and the weights that suit some films best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.checks import Floats, check_labels, check_probabilities

# A model of less weight than this changes no answer that anybody would notice.
SMALLEST_WEIGHT = 0.01
TOLERANCE = 1e-6
STEPS = 10_000


def mean_probabilities(tables: Sequence[npt.ArrayLike], weights: npt.ArrayLike) -> Floats:
    """The weighted mean `(N, C)` of the probabilities `(N, C)` of M models.

    `weights` is `(M,)`, not negative and of any positive sum. Raises `DatasetError` for arrays that
    do not fit.
    """
    stack = _stack(tables)
    shares = np.asarray(weights, dtype=np.float64)
    if shares.shape != (len(stack),) or shares.min() < 0 or shares.sum() <= 0:
        raise DatasetError(
            f"{len(stack)} models need as many weights, none negative; got {shares.tolist()}."
        )
    mean: Floats = np.tensordot(shares / shares.sum(), stack, axes=1)
    return mean


def fit_weights(tables: Sequence[npt.ArrayLike], y_true: npt.ArrayLike) -> Floats:
    """The weights `(M,)` under which the mean of M models finds the true classes likeliest.

    They minimise the log loss of `mean_probabilities`, which is convex in the weights. This is the
    stacking of Smyth and Wolpert (1999, "Linearly combining density estimators via stacking"),
    fitted as there by expectation maximisation, every step of which lowers the loss, until it is
    within 1e-6 of its minimum or for 10,000 steps. Then no weight is left below `SMALLEST_WEIGHT`.
    The weights sum to one; models that answer alike share theirs equally.

    `tables` are M arrays of probabilities `(N, C)` for the same films, `y_true` integer `(N,)`; the
    films must be ones that no model was trained on. Raises `DatasetError` for arrays that do not
    fit.
    """
    stack = _stack(tables)
    labels = check_labels(y_true, stack.shape[2])
    if labels.size != stack.shape[1]:
        raise DatasetError(f"There are {labels.size} labels for {stack.shape[1]} films.")
    likelihood = np.maximum(stack[:, np.arange(labels.size), labels], np.finfo(float).eps)
    weights = np.full(len(stack), 1.0 / len(stack))
    for _ in range(STEPS):
        gain = (likelihood / (weights @ likelihood)).mean(axis=1)
        # The loss is at most log(gain.max()) above its minimum (Lindsay 1983).
        if gain.max() < 1.0 + TOLERANCE:
            break
        weights = weights * gain
    weights = np.maximum(weights, SMALLEST_WEIGHT)
    shares: Floats = weights / weights.sum()
    return shares


def _stack(tables: Sequence[npt.ArrayLike]) -> Floats:
    """The tables as one array `(M, N, C)`."""
    checked = [check_probabilities(table) for table in tables]
    if len({table.shape for table in checked}) != 1:
        shapes = ", ".join(str(table.shape) for table in checked) or "none"
        raise DatasetError(f"The models' probabilities must have one shape, got {shapes}.")
    return np.stack(checked)
