"""From a film's pixels to what a network sees, and from a network's heatmap back onto the film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.clahe import equalize_adaptive

Fit = Literal["stretch", "pad", "crop"]
Interpolation = Literal["bilinear", "bicubic", "lanczos"]

# A film many times the wanted size is first averaged over whole blocks of pixels, down to this many
# times the wanted size: several times faster, and hardly a gray level away from filtering it all.
_REDUCING_GAP = 3.0


@dataclass(frozen=True)
class PreprocessConfig:
    """How a film becomes a square of `size` x `size` pixels.

    `fit`: `stretch` both sides to `size`; `pad` the shorter side with black; `crop` to the middle
    of the longer side. `interpolation` is antialiased. `clahe` evens out local contrast after
    scaling.

    Raises `ValueError` for a setting that is out of range.
    """

    size: int = 224
    fit: Fit = "stretch"
    interpolation: Interpolation = "bicubic"
    clahe: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 4096:
            raise ValueError(f"size must be between 1 and 4096 pixels, got {self.size}")
        if self.fit not in get_args(Fit):
            raise ValueError(f"fit must be one of {', '.join(get_args(Fit))}, got {self.fit!r}")
        if self.interpolation not in get_args(Interpolation):
            known = ", ".join(get_args(Interpolation))
            raise ValueError(f"interpolation must be one of {known}, got {self.interpolation!r}")


@dataclass(frozen=True)
class Placement:
    """Which box of the film lands on which box of the square; (left, top, right, bottom) each, in
    pixels, right and bottom excluded."""

    on_film: tuple[int, int, int, int]
    on_square: tuple[int, int, int, int]


def preprocess(image: NDArray[np.uint8], config: PreprocessConfig) -> NDArray[np.uint8]:
    """Bring a film to the network's size.

    `image` is uint8 `(H, W)` with bright bones, as `read_image` gives it; the result is uint8
    `(size, size)`. The same pixels and settings always give the same result; an image that already
    has the right size keeps its pixels. Raises `ImageReadError` for an array of another kind.
    """
    if image.ndim != 2 or image.dtype != np.uint8 or image.size == 0:
        raise ImageReadError(
            "image array",
            f"expected uint8 (height, width), got {image.dtype} {image.shape}.",
            "Use read_image to load a film, or hand over 8-bit gray pixels with bright bones.",
        )
    placement = place_film(image.shape, config)
    left, top, right, bottom = placement.on_square
    scaled = _resize(image, placement.on_film, (right - left, bottom - top), config.interpolation)
    if config.clahe:
        scaled = equalize_adaptive(scaled)
    square = np.zeros((config.size, config.size), dtype=np.uint8)
    square[top:bottom, left:right] = scaled
    return square


def place_heatmap(
    cam: NDArray[np.float32], film_shape: tuple[int, int], config: PreprocessConfig
) -> NDArray[np.float32]:
    """Lay a heatmap of the network's square onto the film it was made from.

    `cam` is float32 `(h, w)`, its cells covering the square that `preprocess` made of a film of
    `film_shape` (height, width) with the same `config`. The result is float32 `(height, width)`:
    smoothly enlarged, within the range of `cam` and not rescaled. What lay on padding is cut away;
    where a crop left the film out, the heatmap is zero.
    """
    placement = place_film(film_shape, config)
    left, top, right, bottom = placement.on_film
    across, down = cam.shape[1] / config.size, cam.shape[0] / config.size
    x0, y0, x1, y1 = placement.on_square
    enlarged = Image.fromarray(np.asarray(cam, dtype=np.float32)).resize(
        (right - left, bottom - top),
        Image.Resampling.BICUBIC,
        box=(x0 * across, y0 * down, x1 * across, y1 * down),
    )
    heatmap = np.zeros(film_shape, dtype=np.float32)
    # Bicubic curves overshoot beside a hot cell: without the clip there would be negative heat.
    np.clip(np.asarray(enlarged), cam.min(), cam.max(), out=heatmap[top:bottom, left:right])
    return heatmap


def place_film(film_shape: tuple[int, int], config: PreprocessConfig) -> Placement:
    """Where a film of `film_shape` (height, width) lies on the square that `preprocess` makes."""
    height, width = film_shape
    size = config.size
    whole_film, whole_square = (0, 0, width, height), (0, 0, size, size)
    if config.fit == "pad":
        scale = size / max(height, width)
        return Placement(
            whole_film,
            _centred(max(1, round(width * scale)), max(1, round(height * scale)), size, size),
        )
    if config.fit == "crop":
        side = min(height, width)
        return Placement(_centred(side, side, width, height), whole_square)
    return Placement(whole_film, whole_square)


def _centred(
    width: int, height: int, outer_width: int, outer_height: int
) -> tuple[int, int, int, int]:
    left, top = (outer_width - width) // 2, (outer_height - height) // 2
    return left, top, left + width, top + height


def _resize(
    image: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    size: tuple[int, int],
    interpolation: Interpolation,
) -> NDArray[np.uint8]:
    left, top, right, bottom = box
    part = image[top:bottom, left:right]
    if (right - left, bottom - top) == size:
        return part
    resampling = Image.Resampling[interpolation.upper()]
    resized = Image.fromarray(np.ascontiguousarray(part)).resize(
        size, resampling, reducing_gap=_REDUCING_GAP
    )
    return np.asarray(resized)
