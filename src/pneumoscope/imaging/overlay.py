"""Showing a heatmap on the film it belongs to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pneumoscope.errors import PneumoscopeError
from pneumoscope.wording import percent

# Every fifteenth colour of matplotlib's `inferno`: equal steps of heat look like equal steps, also
# to the colour-blind, and in gray the colours only get brighter.
_INFERNO = (
    "000004 0a0722 1e0c45 380962 510e6c 69166e 801f6c 982766 b0315b "
    "c63d4d d94d3d e9612b f47918 fa9407 fcb014 f8cd37 f2ea69 fcffa4"
)
_LEVELS = 256

_BACKGROUND = (16, 16, 18)
_TEXT = (236, 236, 238)
_QUIET_TEXT = (160, 160, 166)
_NARROWEST = 420


def blend(
    image: NDArray[np.uint8], heatmap: NDArray[np.float32], *, opacity: float = 0.6
) -> NDArray[np.uint8]:
    """Colour a film by a heatmap.

    `image` is uint8 `(H, W)`, `heatmap` float32 `(H, W)` in [0, 1]; the result is uint8
    `(H, W, 3)`. The colour's share in a pixel grows linearly with the heat, up to `opacity`: where
    there is no heat the film stays as it is.
    Raises `PneumoscopeError` for a heatmap of another shape or range.
    """
    _check(image, heatmap)
    levels = np.rint(heatmap * (_LEVELS - 1)).astype(np.uint8)
    share = np.linspace(0, opacity, _LEVELS, dtype=np.float32)[levels][..., None]
    mixed = image[..., None] * (1 - share) + _colours()[levels] * share
    coloured: NDArray[np.uint8] = np.rint(mixed).astype(np.uint8)
    return coloured


def render_overlay(
    image: NDArray[np.uint8],
    heatmap: NDArray[np.float32],
    *,
    label: str,
    probability: float,
    long_side: int = 1024,
) -> Image.Image:
    """A picture for people: the film with its heat, the class the heat speaks for, and the scale.

    `image` is uint8 `(H, W)`, `heatmap` float32 `(H, W)` in [0, 1], `probability` in [0, 1] that of
    the class `label`. The film keeps its aspect; it is made smaller where its longer side exceeds
    `long_side` pixels, and larger where the caption would not fit below it. Returns an RGB picture.
    Raises `PneumoscopeError` as `blend` does.
    """
    _check(image, heatmap)
    height, width = image.shape
    scale = min(max(1.0, _NARROWEST / width), long_side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    film = Image.fromarray(image).resize(size, Image.Resampling.LANCZOS)
    heat = Image.fromarray(np.asarray(heatmap, dtype=np.float32)).resize(
        size, Image.Resampling.BILINEAR
    )
    coloured = Image.fromarray(blend(np.asarray(film), np.clip(np.asarray(heat), 0, 1)))
    caption = _caption(max(size[0], _NARROWEST), label, probability)
    panel = Image.new("RGB", (caption.width, size[1] + caption.height), _BACKGROUND)
    panel.paste(coloured, ((panel.width - size[0]) // 2, 0))
    panel.paste(caption, (0, size[1]))
    return panel


def _caption(width: int, label: str, probability: float) -> Image.Image:
    """A strip of text with the colour scale as it looks on middle gray."""
    unit = max(14, min(width // 40, 24))
    large, small = ImageFont.load_default(1.4 * unit), ImageFont.load_default(unit)
    strip = Image.new("RGB", (width, 5 * unit), _BACKGROUND)
    draw = ImageDraw.Draw(strip)
    share = f"probability {percent(probability)}"
    room = width - 3 * unit - round(draw.textlength(share, large))
    draw.text((unit, 1.5 * unit), _shortened(draw, label, large, room), _TEXT, large, anchor="lm")
    draw.text((width - unit, 1.5 * unit), share, _TEXT, large, anchor="rm")

    middle = 3.6 * unit
    draw.text((unit, middle), "Evidence 0", _QUIET_TEXT, small, anchor="lm")
    draw.text((width - unit, middle), "1", _QUIET_TEXT, small, anchor="rm")
    left = 1.5 * unit + draw.textlength("Evidence 0", small)
    right = width - 1.5 * unit - draw.textlength("1", small)
    bar = np.tile(np.linspace(0, 1, round(right - left), dtype=np.float32), (unit, 1))
    gray = np.full(bar.shape, 128, dtype=np.uint8)
    strip.paste(Image.fromarray(blend(gray, bar)), (round(left), round(middle - unit / 2)))
    return strip


def _shortened(
    draw: ImageDraw.ImageDraw,
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    room: int,
) -> str:
    if draw.textlength(text, font) <= room:
        return text
    while text and draw.textlength(text + "...", font) > room:
        text = text[:-1]
    return text + "..."


def _colours() -> NDArray[np.float32]:
    anchors = np.array([list(bytes.fromhex(colour)) for colour in _INFERNO.split()])
    steps = np.linspace(0, len(anchors) - 1, _LEVELS)
    channels = [np.interp(steps, np.arange(len(anchors)), channel) for channel in anchors.T]
    return np.stack(channels, axis=-1).astype(np.float32)


def _check(image: NDArray[np.uint8], heatmap: NDArray[np.float32]) -> None:
    if image.ndim != 2 or image.dtype != np.uint8 or image.shape != heatmap.shape:
        raise PneumoscopeError(
            f"Cannot lay a heatmap of shape {heatmap.shape} on {image.dtype} {image.shape} pixels.",
            "Both must be (height, width), the film uint8; place_heatmap gives such a heatmap.",
        )
    if not (heatmap.size and heatmap.min() >= 0 and heatmap.max() <= 1):
        raise PneumoscopeError(
            "The heatmap has values outside [0, 1], or none.", "Scale it to [0, 1] first."
        )
