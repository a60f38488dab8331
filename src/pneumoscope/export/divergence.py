"""Has the network learned anything, or did its training diverge?"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import TrainingError
from pneumoscope.metrics.calibration import softmax
from pneumoscope.metrics.classification import score_metrics

LARGEST_LOGIT = 1_000
"""Networks that learned answer with some tens; probabilities of such values are 0 or 1."""
LEAST_SPREAD = 1e-6
LEAST_ROC_AUC = 0.55
CERTAIN = 0.025
"""The standard error of a ROC-AUC by chance below which `LEAST_ROC_AUC` is asked for."""


def check_that_it_learned(
    logits: npt.NDArray[np.float32], y_true: npt.NDArray[np.int64], class_names: tuple[str, ...]
) -> None:
    """Raise `TrainingError` where a network's answers for the validation films, logits `(N, C)`,
    are those of one that has not learned.

    They are where they are not numbers or enormous, where all films get the same answer, and where
    there are films enough to tell that its ROC-AUC is hardly better than chance.
    """
    if not np.isfinite(logits).all():
        raise _diverged("answers with values that are not numbers")
    largest = float(np.abs(logits).max())
    if largest > LARGEST_LOGIT:
        raise _diverged(f"answers with values of up to {largest:.3g}")
    if np.ptp(logits - logits.mean(axis=1, keepdims=True), axis=0).max() < LEAST_SPREAD:
        raise _diverged("gives all validation films the same answer")
    figures = score_metrics(y_true, softmax(logits), class_names, np.ones((1, len(y_true))))
    roc_auc = float(figures["roc_auc"][0])
    if roc_auc < LEAST_ROC_AUC and _error_by_chance(y_true) < CERTAIN:
        raise _diverged(
            f"tells the validation films apart with a ROC-AUC of {roc_auc:.3f}, and 0.5 is chance"
        )


def _error_by_chance(y_true: npt.NDArray[np.int64]) -> float:
    """The standard error of the ROC-AUC of random scores, of the rarest class against the rest."""
    rarest = int(np.bincount(y_true).min())
    rest = len(y_true) - rarest
    return math.sqrt((len(y_true) + 1) / (12 * rarest * rest)) if rarest and rest else math.inf


def _diverged(what: str) -> TrainingError:
    return TrainingError(
        f"The trained network {what}: it has not learned, or training diverged. "
        "No model file was written; the run is kept.",
        "Its metrics.csv tells the losses of all epochs. Lower optimizer.lr, set "
        "optimizer.clip_norm, and look at the films and their labels (`pneumoscope data audit`).",
    )
