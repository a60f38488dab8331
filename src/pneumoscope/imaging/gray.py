"""From the samples of a picture, of any depth, to gray levels: luma, range and transparency."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pneumoscope.imaging.film_doubts import coloured_share_of, sampled
from pneumoscope.imaging.intensity import Levels, blocks, scale_to_bytes
from pneumoscope.imaging.stored_film import Tones

# Luma of ITU-R BT.601 in fractions of 65,536, which add up to one, as Pillow has them.
_RED, _GREEN, _BLUE = 19_595, 38_470, 7_471
_ONE = 65_536
_KINDS = {"u": "", "i": ", signed", "f": ", floating point"}


@dataclass(frozen=True)
class Samples:
    """The samples of a picture as stored.

    `colour` is one channel of gray or three of red, green and blue, each `(H, W)`, of unsigned or
    signed integers of `bits` bits, or floating-point numbers. `alpha` is of the same type: 0
    where a pixel is transparent, the greatest value (1 for floating-point numbers) where it is
    opaque. `premultiplied`: the colour was multiplied with it already.
    """

    colour: tuple[Levels, ...]
    bits: int
    white_is_zero: bool = False
    alpha: Levels | None = None
    premultiplied: bool = False


def tones_of(samples: Samples) -> tuple[Tones, str]:
    """How samples become gray levels with bright bones, and one line that tells it.

    Unsigned values of up to 8 bits keep their scale; others are mapped linearly from the minimum
    and maximum of all pixels that are finite and not fully transparent to 0..255. Colour becomes
    luma at its own depth, transparent parts become black.
    Raises `ValueError` where no pixel has a finite value.
    """
    values = samples.colour[0] if len(samples.colour) == 1 else luma_of(*samples.colour)
    visible = None if samples.alpha is None else samples.alpha > 0
    if values.dtype.kind == "u" and samples.bits <= 8:
        tones, scale = _shallow(values, samples)
    else:
        tones, scale = _deep(values, visible, samples)
    if samples.white_is_zero:
        scale += ", turned round as white is zero"
    if samples.alpha is not None:
        tones = _on_black(tones, samples)
        scale += ", transparent parts black"
    depth = f"{samples.bits} bit{'s' if samples.bits > 1 else ''}"
    colour = "" if len(samples.colour) == 1 else ", colour as luma"
    rendering = f"{depth}{_KINDS[samples.colour[0].dtype.kind]}{colour}, {scale}"
    return dataclasses.replace(tones, coloured=_coloured(samples)), rendering


def luma_of(red: Levels, green: Levels, blue: Levels) -> Levels:
    """Luma `(H, W)` of ITU-R BT.601: of the same type for up to 16 bits unsigned, else float64."""
    whole = red.dtype.kind == "u" and red.dtype.itemsize <= 2
    number: type[np.generic] = np.uint32 if whole else np.float64
    luma = np.empty(red.shape, red.dtype if whole else np.float64)
    for block in blocks(red.shape):
        r, g, b = (channel[block].astype(number) for channel in (red, green, blue))
        if whole:
            luma[block] = (r * _RED + g * _GREEN + b * _BLUE + _ONE // 2) >> 16
        else:
            luma[block] = r * (_RED / _ONE) + g * (_GREEN / _ONE) + b * (_BLUE / _ONE)
    return luma


def _coloured(samples: Samples) -> float:
    """The share of clearly coloured pixels, by a sample of them."""
    if len(samples.colour) == 1:
        return 0.0
    colours = np.stack([sampled(channel) for channel in samples.colour], axis=-1)
    if colours.dtype.kind == "u":
        low, high = 0.0, float(2**samples.bits - 1)
    else:
        colours = np.nan_to_num(colours)
        low, high = float(colours.min()), float(colours.max())
    return coloured_share_of(scale_to_bytes(colours, low, high))


def _shallow(values: Levels, samples: Samples) -> tuple[Tones, str]:
    bits = samples.bits
    pixels, scale = np.ascontiguousarray(values), "as stored"
    if bits < 8:
        pixels = scale_to_bytes(np.arange(2**bits), 0, 2**bits - 1)[values]
        scale = f"0..{2**bits - 1} to 0..255"
    return Tones(_turned(pixels) if samples.white_is_zero else pixels), scale


def _deep(values: Levels, visible: NDArray[np.bool_] | None, samples: Samples) -> tuple[Tones, str]:
    counted = values if visible is None else values[visible]
    if values.dtype.kind == "f":
        counted = counted[np.isfinite(counted)]
        if not counted.size:
            raise ValueError("no pixel has a finite value")
    elif not counted.size:
        counted = values[:1]  # all is transparent, and will be black
    low, high = counted.min(), counted.max()
    if values.dtype.kind == "f":
        values = np.where(np.isfinite(values), values, low)

    def tone(levels: Levels) -> NDArray[np.uint8]:
        gray = scale_to_bytes(levels, float(low), float(high))
        return _turned(gray) if samples.white_is_zero else gray

    tones = Tones(values, tone, inverse=samples.white_is_zero)
    return tones, f"minimum..maximum {low:.6g}..{high:.6g} to 0..255"


def _turned(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.subtract(255, pixels, dtype=np.uint8)


def _on_black(tones: Tones, samples: Samples) -> Tones:
    """Tones of which transparent parts are hidden; gray levels where some are half transparent."""
    alpha = samples.alpha
    assert alpha is not None
    if tones.tone is not None and (samples.premultiplied or _is_all_or_nothing(alpha, samples)):
        return dataclasses.replace(tones, hidden=~(alpha > 0))
    pixels = tones.gray_levels()
    if samples.premultiplied:
        return Tones(np.where(alpha > 0, pixels, np.uint8(0)))
    opaque = _opaque(alpha, samples)
    shown = np.empty_like(pixels)
    for block in blocks(pixels.shape):
        part = np.clip(np.nan_to_num(alpha[block].astype(np.float64)), 0, opaque)
        shown[block] = np.rint(pixels[block] * part / opaque)
    return Tones(shown)


def _is_all_or_nothing(alpha: Levels, samples: Samples) -> bool:
    """Whether every pixel is either transparent or opaque."""
    opaque = _opaque(alpha, samples)
    return not any(
        ((alpha[block] > 0) & (alpha[block] < opaque)).any() for block in blocks(alpha.shape)
    )


def _opaque(alpha: Levels, samples: Samples) -> int:
    return 1 if alpha.dtype.kind == "f" else 2 ** (samples.bits - (alpha.dtype.kind == "i")) - 1
