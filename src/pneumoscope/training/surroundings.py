"""Augmentation of what is not lung: markers, borders and framing.

Films of one class tend to come from one machine, with its own lettering, cropping and background,
which tell the label without any lung. A network that sees these changed at random, whatever the
label, has to look at the lungs.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from pneumoscope.training.draw import Draw, per_film

# Lung fields are rough, and findings may touch their rim: this share of the side around them is
# where the film has faded to half.
MARGIN = 0.04
FEATHER = 0.03


def replace_surroundings(x: Tensor, lungs: Tensor, probability: float, draw: Draw) -> Tensor:
    """Replace everything but the lungs of some films.

    `x` is float `(N, 1, H, W)` in 0 to 1, `lungs` boolean `(N, 1, h, w)`. A chosen film gets, with
    equal chance, a flat gray level, its own surroundings smoothed beyond recognition, or those of
    another film of the batch (now and then its own, since partners are a permutation). Films
    without lung fields stay as they are.
    """
    chosen = draw.chosen(probability) & lungs.flatten(1).any(dim=1)
    kind = draw.between((0.0, 3.0)).long()
    level = draw.between((0.0, 1.0))
    partner = draw.permutation()
    if not chosen.any():
        return x
    side = x.shape[-1]
    small = F.avg_pool2d(x, 16)
    smooth = F.interpolate(small, size=x.shape[-2:], mode="bilinear", align_corners=False)
    flat = per_film(level).expand_as(x)
    kinds = per_film(kind)
    other = torch.where(kinds == 0, flat, torch.where(kinds == 1, smooth, x[partner]))
    kept = soft_mask(lungs, side)
    return torch.where(per_film(chosen), kept * x + (1.0 - kept) * other, x)


def cover_borders(x: Tensor, widths: tuple[float, float], probability: float, draw: Draw) -> Tensor:
    """Cover the four borders of some films with black or another flat gray level.

    `widths` is a range of shares of the side, drawn for each border by itself.
    """
    if probability == 0:
        return x
    height, width = x.shape[-2:]
    rows = torch.linspace(0, 1, height, device=x.device).view(1, 1, -1, 1)
    columns = torch.linspace(0, 1, width, device=x.device).view(1, 1, 1, -1)
    top, bottom, left, right = (per_film(draw.between(widths)) for _ in range(4))
    covered = (rows < top) | (rows > 1 - bottom) | (columns < left) | (columns > 1 - right)
    covered &= per_film(draw.chosen(probability))
    level = draw.between((0.0, 1.0)) * draw.chosen(0.5).float()
    return torch.where(covered, per_film(level).expand_as(x), x)


def soft_mask(lungs: Tensor, side: int) -> Tensor:
    """Lung fields widened by `MARGIN` and faded over `FEATHER`, float `(N, 1, side, side)`.

    `lungs` is boolean `(N, 1, h, w)`.
    """
    # At the mask's own resolution, since pooling costs the square of what it reaches.
    own = lungs.shape[-1]
    reach, fade = max(1, round(MARGIN * own)), max(1, round(FEATHER * own))
    mask = F.max_pool2d(lungs.float(), 2 * reach + 1, stride=1, padding=reach)
    mask = F.avg_pool2d(mask, 2 * fade + 1, stride=1, padding=fade, count_include_pad=False)
    return F.interpolate(mask, size=(side, side), mode="bilinear", align_corners=False)
