"""Losses."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from pneumoscope.networks.network import contrast
from pneumoscope.recipe.settings import LossConfig


def one_hot(targets: Tensor, classes: int) -> Tensor:
    """Class indices `(N,)` as float shares `(N, C)`."""
    return F.one_hot(targets, classes).float()


def classification_loss(
    logits: Tensor, shares: Tensor, weights: Tensor, config: LossConfig
) -> Tensor:
    """Mean loss of logits `(N, C)` against target shares `(N, C)`, which need not be one-hot.

    Cross entropy with label smoothing, or focal loss (Lin et al. 2017), `(1 - p)^gamma` times cross
    entropy. The mean weighs every film by its class.
    """
    classes = logits.shape[1]
    film_weights = shares @ weights
    targets = shares * (1.0 - config.label_smoothing) + config.label_smoothing / classes
    log_p = F.log_softmax(logits, dim=1)
    terms = -targets * log_p
    if config.name == "focal":
        terms = terms * (1.0 - log_p.exp()) ** config.focal_gamma
    return (terms.sum(dim=1) * film_weights).sum() / film_weights.sum()


def evidence_outside(maps: Tensor, lungs: Tensor) -> Tensor:
    """How much of what tells the classes apart comes from cells without lung: a scalar.

    `maps` are class activation maps `(N, C, h, w)`, `lungs` lung fields `(N, 1, H, W)` in 0 to 1.
    It is the mean over the films of the mean over all cells of the size of the evidence, with cells
    that touch a lung counted as zero. Films without a lung field do not count. Keeping it small
    makes a network right for the right reasons (Ross et al. 2017); since the maps of an average
    pooled network add up to its logits, no gradients of the input are needed.
    """
    outside = 1.0 - (F.adaptive_max_pool2d(lungs, maps.shape[-2:]) > 0.5).float()
    known = (lungs.flatten(1).amax(dim=1) > 0.5).float()
    per_film = (contrast(maps).abs() * outside).mean(dim=(1, 2, 3))
    return (per_film * known).sum() / known.sum().clamp_min(1.0)
