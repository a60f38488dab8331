"""Showing a heatmap on the film it belongs to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumoscope.errors import PneumoscopeError
from pneumoscope.pictures.colours import HEAT, ColourScale
from pneumoscope.pictures.lettering import BACKGROUND, in_lines, text_width, write, write_ends
from pneumoscope.wording import percent

_GRAY = 128
_NARROWEST = 420
_LINE = 1.6  # from one line of the caption to the next, in heights of its letters


def blend(
    image: NDArray[np.uint8], heatmap: NDArray[np.float32], scale: ColourScale = HEAT
) -> NDArray[np.uint8]:
    """Colour a film by a heatmap.

    `image` is uint8 `(H, W)`, `heatmap` float32 `(H, W)` in the range of the scale: [0, 1], or
    [-1, 1] for signed evidence; the result is uint8 `(H, W, 3)`. The colour's share in a pixel
    grows linearly with the evidence, up to the opacity of the scale: where there is none the film
    stays as it is.
    Raises `PneumoscopeError` for a heatmap of another shape or range.
    """
    _check(image, heatmap)
    colours = scale.colours(heatmap)
    share = (scale.opacity * np.abs(heatmap))[..., None]
    mixed = image[..., None] * (1 - share) + colours * share
    coloured: NDArray[np.uint8] = np.rint(mixed).astype(np.uint8)
    return coloured


def colour_bar(
    width: int, height: int, scale: ColourScale = HEAT, *, on_gray: bool = True
) -> Image.Image:
    """The colours from the lowest value to full, as on middle gray, or as they are."""
    values = np.tile(np.linspace(scale.lowest, 1, width, dtype=np.float32), (height, 1))
    if not on_gray:
        return Image.fromarray(scale.colours(values))
    return Image.fromarray(blend(np.full(values.shape, _GRAY, dtype=np.uint8), values, scale))


def render_overlay(
    image: NDArray[np.uint8],
    heatmap: NDArray[np.float32],
    *,
    label: str,
    probability: float,
    notes: Sequence[str] = (),
    long_side: int = 1024,
) -> Image.Image:
    """A picture for people: the film with its heat, the class the heat speaks for, and the scale.

    `image` is uint8 `(H, W)`, `heatmap` float32 `(H, W)` in [0, 1], `probability` in [0, 1] that of
    the class `label`, and the `notes` stand below both. The film keeps its aspect; it is made
    smaller where its longer side exceeds `long_side` pixels, and larger where the caption would not
    fit below it. Returns an RGB picture. Raises `PneumoscopeError` as `blend` does.
    """
    _check(image, heatmap)
    HEAT.check(heatmap)
    height, width = image.shape
    scale = min(max(1.0, _NARROWEST / width), long_side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    film = Image.fromarray(image).resize(size, Image.Resampling.LANCZOS)
    heat = Image.fromarray(np.asarray(heatmap, dtype=np.float32)).resize(
        size, Image.Resampling.BILINEAR
    )
    coloured = Image.fromarray(blend(np.asarray(film), np.clip(np.asarray(heat), 0, 1)))
    caption = _caption(max(size[0], _NARROWEST), label, probability, notes)
    panel = Image.new("RGB", (caption.width, size[1] + caption.height), BACKGROUND)
    panel.paste(coloured, ((panel.width - size[0]) // 2, 0))
    panel.paste(caption, (0, size[1]))
    return panel


def _caption(width: int, label: str, probability: float, notes: Sequence[str]) -> Image.Image:
    """A strip of text with the colour scale as it looks on middle gray."""
    unit = max(14, min(width // 40, 24))
    lines = [line for note in notes for line in in_lines(note, unit, width - 2 * unit)]
    height = round((5 + _LINE * len(lines)) * unit)
    strip = Image.new("RGB", (width, height), BACKGROUND)
    above, large = 1.5 * unit, 1.4 * unit
    share = f"probability {percent(probability)}"
    room = width - 3 * unit - round(text_width(share, large))
    write(strip, (unit, above), label, large, room=room)
    write(strip, (width - unit, above), share, large, anchor="rm")

    for number, line in enumerate(lines):
        place = unit, (3.2 + _LINE * number) * unit
        write(strip, place, line, unit, room=width - 2 * unit)

    middle, ends = height - 1.4 * unit, ("Evidence 0", "1")
    write_ends(strip, unit, width - unit, middle, ends, unit)
    left, right = (1.5 * unit + text_width(end, unit) for end in ends)
    bar = colour_bar(round(width - right - left), unit)
    strip.paste(bar, (round(left), round(middle - unit / 2)))
    return strip


def _check(image: NDArray[np.uint8], heatmap: NDArray[np.float32]) -> None:
    if image.ndim != 2 or image.dtype != np.uint8 or image.shape != heatmap.shape:
        raise PneumoscopeError(
            f"Cannot lay a heatmap of shape {heatmap.shape} on {image.dtype} {image.shape} pixels.",
            "Both must be (height, width), the film uint8; place_heatmap gives such a heatmap.",
        )
