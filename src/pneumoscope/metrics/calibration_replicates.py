"""Calibrations of many bootstrap replicates at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pneumoscope.metrics.calibration import (
    LOG_SCALE_SPREAD,
    OFFSET_BOUND,
    OFFSET_SPREAD,
    SCALE_BOUNDS,
    Calibration,
)
from pneumoscope.metrics.checks import Floats, check_labels, check_scores

_STEPS = 50
_LONGEST_STEP = 1.0
_SMALL_STEP = 1e-6


def refit_calibration(
    logits: npt.ArrayLike,
    y_true: npt.ArrayLike,
    weights: Floats,
    start: Calibration,
    *,
    offsets_alone: bool = False,
) -> list[Calibration]:
    """What `fit_calibration` finds in each of B replicates of films, whose `weights` `(B, N)` say
    how often each film counts.

    `logits` is `(N, C)`, `y_true` `(N,)`, `start` the calibration of the films themselves, from
    which those of replicates are not far. Fisher scoring: all replicates take a step together, so
    hundreds take about as long as a few single fits. Raises `DatasetError` for arrays that do not
    fit.
    """
    labels = np.asarray(y_true)
    scores = check_scores(logits, labels.shape[0] if labels.ndim else None)
    classes = scores.shape[1]
    member = np.eye(classes)[check_labels(labels, classes)]
    scales = 1 if classes == 2 else classes
    # One number for all classes is a row of ones, one for each of them the identity.
    share = np.ones((1, classes)) if scales == 1 else np.eye(classes)
    precision = np.repeat([LOG_SCALE_SPREAD**-2, OFFSET_SPREAD**-2], [scales, classes])
    low, high = (0.0, 0.0) if offsets_alone else np.log(SCALE_BOUNDS)
    lowest = np.repeat([low, -OFFSET_BOUND], [scales, classes])
    highest = np.repeat([high, OFFSET_BOUND], [scales, classes])
    numbers = np.tile(
        np.concatenate([np.log(start.scale[:scales]), start.offset]), (len(weights), 1)
    )
    for _ in range(_STEPS):
        scale = np.exp(numbers[:, :scales]) @ share
        slope, information = _slope_and_information(
            scores, member, weights, scale, numbers[:, scales:], share
        )
        slope += precision * numbers
        information += np.diag(precision)
        # What would go on beyond its bound stays there, and the others take no account of it.
        held = ((numbers <= lowest) & (slope > 0)) | ((numbers >= highest) & (slope < 0))
        slope[held] = 0.0
        information[held[:, :, None] | held[:, None, :]] = 0.0
        information += held[:, :, None] * np.eye(precision.size)
        step = np.linalg.solve(information, slope[..., None])[..., 0]
        before = numbers
        numbers = (before - step.clip(-_LONGEST_STEP, _LONGEST_STEP)).clip(lowest, highest)
        if np.abs(numbers - before).max() < _SMALL_STEP:
            break
    scale = np.exp(numbers[:, :scales]) @ share
    offset = numbers[:, scales:] - numbers[:, scales:].mean(axis=1, keepdims=True)
    return [
        Calibration(tuple(one), tuple(other))
        for one, other in zip(scale.tolist(), offset.tolist(), strict=True)
    ]


def _slope_and_information(
    scores: Floats, member: Floats, weights: Floats, scale: Floats, offset: Floats, share: Floats
) -> tuple[Floats, Floats]:
    """The gradient `(B, P)` of minus the log likelihood by log scales and offsets, and its Fisher
    information `(B, P, P)`; `scale` and `offset` are `(B, C)`."""
    odds = scale[:, None] * scores + offset[:, None]
    odds = np.exp(odds - odds.max(axis=2, keepdims=True))
    probabilities = odds / odds.sum(axis=2, keepdims=True)
    excess = weights[:, :, None] * (probabilities - member)
    by_scale = np.einsum("bnk,nk->bk", excess, scores) * scale
    slope = np.concatenate([by_scale @ share.T, excess.sum(axis=1)], axis=1)
    classes = scores.shape[1]
    # By scale and scale, by scale and offset, by offset and offset, for each pair of classes.
    blocks = np.empty((3, len(weights), classes, classes))
    for one in range(classes):
        for other in range(classes):
            curvature = (
                weights * probabilities[:, :, one] * ((one == other) - probabilities[:, :, other])
            )
            blocks[0, :, one, other] = curvature @ (scores[:, one] * scores[:, other])
            blocks[1, :, one, other] = curvature @ scores[:, one]
            blocks[2, :, one, other] = curvature.sum(axis=1)
    both = share @ (blocks[0] * scale[:, :, None] * scale[:, None]) @ share.T
    mixed = share @ (blocks[1] * scale[:, :, None])
    information = np.concatenate(
        [
            np.concatenate([both, mixed], axis=2),
            np.concatenate([mixed.swapaxes(1, 2), blocks[2]], axis=2),
        ],
        axis=1,
    )
    return slope, information
