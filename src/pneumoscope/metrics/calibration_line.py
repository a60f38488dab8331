"""How probabilities of one outcome are off, as a line through their log odds (Cox 1958).

Probabilities that mean what they say have an offset of 0, their calibration in the large, and a
slope of 1. Both functions take weights `(B, N)`, as those of `metrics.weighted` do, and are `nan`
in replicates that lack films with the outcome or without it.
"""

from __future__ import annotations

import numpy as np

from pneumoscope.metrics.checks import Floats, Integers

_STEPS = 50
_LONGEST_STEP = 2.0
# Where a threshold parts the films, factors grow without end, and nothing curves any more.
_LEAST_CURVATURE = 1e-6


def calibration_offset(outcome: Integers, log_odds: Floats, weights: Floats) -> Floats:
    """What must be added `(B,)` to all log odds `(N,)` for their probabilities to sum to the
    outcomes, 0 or 1 `(N,)`: above 0, the outcome is more frequent than is said."""
    return _line(outcome, np.ones((log_odds.size, 1)), log_odds, weights)[:, 0]


def calibration_slope(outcome: Integers, log_odds: Floats, weights: Floats) -> Floats:
    """By what log odds must be multiplied `(B,)`, with an offset of its own: below 1, probabilities
    are too sure, above 1 not sure enough. It is `nan` too where a threshold parts the films."""
    terms = np.stack([np.ones_like(log_odds), log_odds], axis=1)
    slope: Floats = _line(outcome, terms, np.zeros_like(log_odds), weights)[:, 1]
    return slope


def _line(outcome: Integers, terms: Floats, start: Floats, weights: Floats) -> Floats:
    """The likeliest factors `(B, P)` of `terms` `(N, P)`, which are added to the log odds `start`:
    logistic regression by Newton's steps."""
    factors = np.zeros((len(weights), terms.shape[1]))
    products = terms[:, :, None] * terms[:, None]
    for _ in range(_STEPS):
        probabilities = 1 / (1 + np.exp(-(start + factors @ terms.T)))
        slope = (weights * (outcome - probabilities)) @ terms
        curvature = np.tensordot(weights * probabilities * (1 - probabilities), products, 1)
        doubts = curvature[:, 0, 0]
        curvature = curvature + 1e-9 * np.eye(terms.shape[1])
        step = np.linalg.solve(curvature, slope[..., None])[..., 0]
        factors += step.clip(-_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max() < 1e-8:
            break
    told = weights @ np.stack([outcome, 1 - outcome], axis=1)
    undefined = (told == 0).any(axis=1) | (doubts < _LEAST_CURVATURE)
    return np.where(undefined[:, None], np.nan, factors)
