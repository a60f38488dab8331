"""Training films made of several: blended as a whole, or with patches of others."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from pneumoscope.training.draw import Draw, per_film
from pneumoscope.training.surroundings import soft_mask

# Patches of random shape take up to this share of a film.
_LARGEST_SHARE = 0.8
# Share of the films with patches that get other lungs as a whole.
_WHOLE_LUNGS = 0.33
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
    """Put patches of others into each film of a batch, with a probability.

    Half of the time they are of another film (now and then the film itself, since partners are a
    permutation), half of the time of the mean of two, which, of two classes, tells nothing. A
    network that has met films with parts taken away can be asked what it depends on by taking parts
    away (Hase et al. 2021). Targets mix by area, as in CutMix (Yun et al. 2019), so that a network
    learns to weigh up what it sees in each place instead of one telling detail. Area means that of
    the lungs where the lungs of all films in it are known, otherwise that of the film.

    Patches have the random shapes of FMix (Harris et al. 2020), where smooth noise is high, with
    soft edges. In a third of the films with patches whose lungs are known, the patch is all of the
    lungs and nothing else, so that the rest of the film says nothing of the class.

    `images` is float `(N, 1, H, W)`, `shares` float `(N, C)`, `lungs` float `(N, 1, h, w)` in 0 to
    1, with nothing but zeros for a film whose lungs are unknown. Returns all three, mixed; the
    lungs of a film with patches are unknown where those of any film in it are.
    """
    first, second = draw.permutation(), draw.permutation()
    second = torch.where(draw.chosen(0.5), second, first)
    size = draw.between((0.0, _LARGEST_SHARE)) * draw.chosen(probability).float()
    mask = _patches(images.shape, size, draw)
    kept, new = 1.0 - mask, mask
    if lungs is not None:
        filled = lungs.flatten(1).amax(dim=1) > 0.5
        known = filled & filled[first] & filled[second]
        whole = (size > 0) & known & draw.chosen(_WHOLE_LUNGS)
        mask = torch.where(per_film(whole), soft_mask(lungs > 0.5, images.shape[-1]), mask)
        own = F.interpolate(lungs, images.shape[-2:])
        kept = torch.where(per_film(known), own * (1.0 - mask), kept)
        new = torch.where(per_film(known), (own[first] + own[second]) / 2 * mask, new)
        either = torch.lerp(own, torch.maximum(own[first], own[second]), mask)
        lungs = F.interpolate(either, lungs.shape[-2:], mode="area")
        lungs = lungs.masked_fill(per_film((size > 0) & ~known), 0.0)
    left, come = kept.sum(dim=(2, 3)), new.sum(dim=(2, 3))
    # Without any lung left there is nothing to tell of the film's own class.
    taken = torch.where(left > 0, come / (left + come), 1.0)
    return (
        torch.lerp(images, (images[first] + images[second]) / 2, mask),
        torch.lerp(shares, (shares[first] + shares[second]) / 2, taken),
        lungs,
    )


def _patches(shape: torch.Size, size: Tensor, draw: Draw) -> Tensor:
    """Masks `(N, 1, H, W)` in 0 to 1 of patches that take the shares `size` `(N,)` of their film.

    A share of zero gives no patch at all.
    """
    films, _, height, width = shape
    noise = draw.normal(torch.Size((films, 1, _NOISE_SIDE, _NOISE_SIDE)))
    noise = F.interpolate(noise, size=(height, width), mode="bicubic", align_corners=False)
    heights = noise.flatten(1).sort(dim=1, descending=True).values
    lowest = heights.gather(1, (size * (height * width - 1)).long()[:, None])
    mask = torch.sigmoid((noise - per_film(lowest)) / _SOFTNESS)
    return mask * per_film(size > 0)
