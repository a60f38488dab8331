"""Random changes of a batch of training films: geometry, intensity and encoding.

It works on tensors, where the network runs; only JPEG goes through the CPU. The changes of encoding
(blur, sharpening, resampling, noise, JPEG) exist because sharpness alone tells normal films from
ill ones in the public data set: a network must not be able to rely on it.
"""

from __future__ import annotations

import io
import math

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from pneumoscope.recipe.settings import AugmentConfig
from pneumoscope.training.draw import Draw, per_film
from pneumoscope.training.surroundings import cover_borders, replace_surroundings


class Augmentation:
    """Applies an `AugmentConfig`; its random numbers come from the generator handed in."""

    def __init__(self, config: AugmentConfig) -> None:
        self.config = config

    def __call__(
        self, images: Tensor, generator: torch.Generator, lungs: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Augment uint8 `(N, 1, H, W)`. Returns float `(N, 1, H, W)` of whole values in [0, 255].

        `lungs` are the films' lung fields, boolean `(N, 1, h, w)`, which `surroundings_probability`
        needs. They are returned too, moved with their films, as shares in [0, 1]. The generator
        lives on the CPU whatever the device of the images, so a run gives the same changes on any.
        """
        draw = Draw(len(images), images.device, generator)
        x = images.float() / 255.0
        if lungs is not None:
            x = replace_surroundings(x, lungs, self.config.surroundings_probability, draw)
        matrix = self._geometry(draw)
        x = _moved(x, matrix)
        x = self._intensity(x, draw).clamp(0.0, 1.0)
        x = cover_borders(x, self.config.border, self.config.border_probability, draw)
        x = self._encoding(x, draw)
        fields = None if lungs is None else _moved(lungs.float(), matrix)
        return x.clamp(0.0, 1.0).mul(255.0).round(), fields

    def _geometry(self, draw: Draw) -> Tensor:
        """Where each film is sampled, as affine matrices `(N, 2, 3)`."""
        config = self.config
        angle = draw.between((-config.rotation, config.rotation)) * math.pi / 180.0
        kept = draw.between(config.crop_area).sqrt()
        zoom, aspect = draw.between(config.zoom), draw.between_logarithmically(config.aspect).sqrt()
        flip = 1.0 - 2.0 * draw.chosen(config.horizontal_flip).float()
        # A crop that keeps the share k of the side may be centred anywhere within 1 - k of the
        # middle.
        shift_x = (
            draw.between((-1.0, 1.0)) * (1.0 - kept)
            + draw.between((-1, 1)) * 2 * config.translation
        )
        shift_y = (
            draw.between((-1.0, 1.0)) * (1.0 - kept)
            + draw.between((-1, 1)) * 2 * config.translation
        )
        scale_x, scale_y = kept / zoom * aspect * flip, kept / zoom / aspect
        cos, sin = angle.cos(), angle.sin()
        return torch.stack(
            [
                torch.stack([cos * scale_x, -sin * scale_y, shift_x], dim=1),
                torch.stack([sin * scale_x, cos * scale_y, shift_y], dim=1),
            ],
            dim=1,
        )

    def _intensity(self, x: Tensor, draw: Draw) -> Tensor:
        config = self.config
        brightness = 1.0 + draw.between((-config.brightness, config.brightness))
        contrast = 1.0 + draw.between((-config.contrast, config.contrast))
        gamma = draw.between_logarithmically(config.gamma)
        x = x.clamp_min(1e-6) ** per_film(gamma) if config.gamma != (1.0, 1.0) else x
        mean = x.mean(dim=(1, 2, 3), keepdim=True)
        return (x - mean) * per_film(contrast) + mean * per_film(brightness)

    def _encoding(self, x: Tensor, draw: Draw) -> Tensor:
        config = self.config
        for index in draw.indices(config.resample_probability):
            x[index : index + 1] = _resample(
                x[index : index + 1], draw.one(config.resample), draw.one((0, 1)) < 0.5
            )
        for index in draw.indices(config.blur_probability):
            x[index : index + 1] = _gaussian_blur(x[index : index + 1], draw.one(config.blur))
        for index in draw.indices(config.sharpen_probability):
            film = x[index : index + 1]
            x[index : index + 1] = film + draw.one(config.sharpen) * (
                film - _gaussian_blur(film, 1.0)
            )
        noisy = draw.chosen(config.noise_probability).float() * draw.between(config.noise)
        if config.noise_probability > 0:
            x = x + per_film(noisy) * draw.normal(x.shape)
        for index in draw.indices(config.jpeg_probability):
            low, high = config.jpeg
            x[index] = _jpeg(x[index], round(draw.one((low, high))))
        for index in draw.indices(config.erasing_probability):
            _erase(x[index], draw)
        return x


def _moved(x: Tensor, matrix: Tensor) -> Tensor:
    identity = torch.eye(2, 3, device=x.device).expand_as(matrix)
    if torch.equal(matrix, identity):
        return x
    grid = F.affine_grid(matrix, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _resample(film: Tensor, kept: float, smooth: bool) -> Tensor:
    """Shrink to the share `kept` of the side and enlarge again: a film stored smaller."""
    height, width = film.shape[-2:]
    small = F.interpolate(
        film,
        size=(max(8, round(height * kept)), max(8, round(width * kept))),
        mode="bilinear",
        antialias=smooth,
    )
    return F.interpolate(small, size=(height, width), mode="bicubic" if smooth else "bilinear")


def _gaussian_blur(film: Tensor, sigma: float) -> Tensor:
    if sigma < 0.05:
        return film
    radius = max(1, math.ceil(3 * sigma))
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float32, device=film.device)
    kernel = torch.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = (kernel / kernel.sum()).view(1, 1, 1, -1)
    film = F.conv2d(F.pad(film, (radius, radius, 0, 0), mode="replicate"), kernel)
    return F.conv2d(F.pad(film, (0, 0, radius, radius), mode="replicate"), kernel.transpose(2, 3))


def _jpeg(film: Tensor, quality: int) -> Tensor:
    """Encode and decode one film `(1, H, W)`."""
    pixels = film[0].clamp(0.0, 1.0).mul(255.0).round().to("cpu", torch.uint8).numpy()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=quality)
    decoded = np.asarray(Image.open(buffer), dtype=np.float32) / 255.0
    return torch.from_numpy(decoded).to(film.device)[None]


def _erase(film: Tensor, draw: Draw) -> None:
    """Random erasing (Zhong et al. 2017): one rectangle becomes its own mean."""
    height, width = film.shape[-2:]
    area, aspect = draw.one((0.02, 0.2)), math.exp(draw.one((math.log(0.3), math.log(3.3))))
    rows = min(height, max(1, round(height * math.sqrt(area * aspect))))
    columns = min(width, max(1, round(width * math.sqrt(area / aspect))))
    top = int(draw.one((0, height - rows + 1)))
    left = int(draw.one((0, width - columns + 1)))
    patch = film[:, top : top + rows, left : left + columns]
    patch.fill_(float(patch.mean()))
