"""Training films made of two: blended as a whole, or with patches of another."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pneumoscope.training.draw import Draw

# Patches take up to this share of a film, so that it stays the film's own more often than not.
_LARGEST_SHARE = 0.6
# The noise that shapes patches has so many values each way: patches are about as large as a lobe.
_NOISE_SIDE = 5
# How soft the edge of a patch is, in standard deviations of that noise. A hard edge across the
# chest would be a sign of its own.
_SOFTNESS = 0.08


def mixup(
    images: Tensor, shares: Tensor, alpha: float, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Blend each film and target with another of the batch (Zhang et al. 2018); one ratio."""
    ratio = float(rng.beta(alpha, alpha))
    partner = torch.as_tensor(rng.permutation(len(images)), device=images.device)
    return (
        ratio * images + (1.0 - ratio) * images[partner],
        ratio * shares + (1.0 - ratio) * shares[partner],
    )


def mix_patches(
    images: Tensor, shares: Tensor, lungs: Tensor | None, probability: float, draw: Draw
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Put patches of another film of the batch into each film, with a probability.

    Targets mix by area, as in CutMix (Yun et al. 2019), so that a network learns to weigh up what
    it sees in each place instead of one telling detail. Patches have the random shapes of FMix
    (Harris et al. 2020), where smooth noise is high, with soft edges. Area means that of the lungs
    where both films' lungs are known, otherwise that of the film.

    `images` is float `(N, 1, H, W)`, `shares` float `(N, C)`, `lungs` float `(N, 1, h, w)` in 0 to
    1, with nothing but zeros for a film whose lungs are unknown. Returns all three, mixed.
    """
    partner = draw.permutation()
    size = draw.between((0.0, _LARGEST_SHARE)) * draw.chosen(probability).float()
    mask = _patches(images.shape, size, draw)
    mixed = torch.lerp(images, images[partner], mask)
    ours, theirs = torch.ones_like(mask), torch.ones_like(mask)
    if lungs is not None:
        known = lungs.flatten(1).amax(dim=1) > 0.5
        ours, theirs = (F.interpolate(x, images.shape[-2:]) for x in (lungs, lungs[partner]))
        lungs = F.interpolate(torch.lerp(ours, theirs, mask), lungs.shape[-2:], mode="area")
        unknown = ~(known & known[partner]).view(-1, 1, 1, 1)
        ours, theirs = ours.masked_fill(unknown, 1.0), theirs.masked_fill(unknown, 1.0)
    kept = (ours * (1.0 - mask)).sum(dim=(2, 3))
    new = (theirs * mask).sum(dim=(2, 3))
    return mixed, torch.lerp(shares, shares[partner], new / (kept + new)), lungs


def _patches(shape: torch.Size, size: Tensor, draw: Draw) -> Tensor:
    """Masks `(N, 1, H, W)` in 0 to 1 of patches that take the shares `size` `(N,)` of their film.

    A share of zero gives no patch at all.
    """
    films, _, height, width = shape
    noise = draw.normal(torch.Size((films, 1, _NOISE_SIDE, _NOISE_SIDE)))
    noise = F.interpolate(noise, size=(height, width), mode="bicubic", align_corners=False)
    heights = noise.flatten(1).sort(dim=1, descending=True).values
    lowest = heights.gather(1, (size * (height * width - 1)).long()[:, None])
    mask = torch.sigmoid((noise - lowest.view(-1, 1, 1, 1)) / _SOFTNESS)
    return mask * (size > 0).view(-1, 1, 1, 1)
