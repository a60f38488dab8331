"""The formulas of classification metrics, for one sample and for many weighted replicates of it at
once.

Every function takes `weights`, float64 `(B, N)`: how often each of N films counts in each of B
replicates. One row of ones is the sample itself, so a figure and its bootstrap replicates come out
of the same lines. Results have B as their first axis. A ratio whose denominator is zero is
undefined, and is `nan`.
"""

from __future__ import annotations

import numpy as np

from pneumoscope.metrics.checks import Floats, Integers


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """`numerator / denominator`, `nan` where the denominator is zero."""
    quotient: Floats = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return quotient


def mean(values: Floats, weights: Floats) -> Floats:
    """Weighted means `(B,)` of `values` `(N,)`."""
    return ratio(weights @ values, weights.sum(axis=1))


def mean_of_defined(values: Floats, weights: Floats | None = None) -> Floats:
    """Means over the last axis, `weights` `(..., C)` or equal, of the values that are not `nan`."""
    defined = ~np.isnan(values)
    shares = np.where(defined, 1.0 if weights is None else weights, 0.0)
    return ratio((np.where(defined, values, 0.0) * shares).sum(axis=-1), shares.sum(axis=-1))


def confusion(y_true: Integers, y_pred: Integers, classes: int, weights: Floats) -> Floats:
    """Confusion matrices `(B, C, C)`: rows are true classes, columns called ones."""
    cells = np.eye(classes * classes)[y_true * classes + y_pred]
    counts: Floats = weights @ cells
    return counts.reshape(-1, classes, classes)


def roc_auc(positive: Integers, scores: Floats, weights: Floats) -> Floats:
    """Areas under the ROC curve `(B,)`: how often a positive film outscores a negative, ties
    half."""
    positives, negatives = _by_score(positive, scores, weights)
    below = np.cumsum(negatives, axis=1) - negatives
    wins = (positives * (below + negatives / 2)).sum(axis=1)
    return ratio(wins, positives.sum(axis=1) * negatives.sum(axis=1))


def average_precision(positive: Integers, scores: Floats, weights: Floats) -> Floats:
    """Average precisions `(B,)`: precision at each score, weighted by the recall gained there."""
    positives, negatives = (part[:, ::-1] for part in _by_score(positive, scores, weights))
    found = np.cumsum(positives, axis=1)
    called = found + np.cumsum(negatives, axis=1)
    # Films of no weight above the first counted one: nothing called, and nothing gained there.
    precision = np.divide(found, called, out=np.zeros_like(found), where=called != 0)
    return ratio((positives * precision).sum(axis=1), found[:, -1])


def _by_score(positive: Integers, scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weights of positive and of negative films at each distinct score, rising: both `(B, S)`."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    ranked = weights[:, order]
    positives = ranked * positive[order]
    return (
        np.add.reduceat(positives, starts, axis=1),
        np.add.reduceat(ranked - positives, starts, axis=1),
    )
