"""Gray levels of a picture in the ways that programs show it, those of `read_image` marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FULL_RANGE = "full range of the bits"
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Rendering:
    """Gray levels 0..255, not rounded, `(H, W)`, bones bright.

    `promised` says whether `read_image` promises this rendering; the others are legitimate choices
    that other programs make.
    """

    name: str
    pixels: NDArray[np.float32]
    promised: bool = True


def picture_renderings(
    values: NDArray[Any], bits: int, *, stretch: bool = True, promised: bool = True
) -> list[Rendering]:
    """Gray, gray and alpha, RGB or RGBA as `read_image` promises it, and in other usual ways."""
    if values.ndim == 3 and values.shape[2] > 4:
        return []
    top = 1.0 if values.dtype.kind in "bf" else 2.0**bits - 1
    alpha = None
    if values.ndim == 3 and values.shape[2] in (2, 4):
        alpha = (values[..., -1] / top).astype(np.float32)
        values = values[..., :-1]
    gray = luma(values)
    if stretch and (bits > 8 or values.dtype.kind in "fi"):
        found = contrasts(gray, bits, values.dtype.kind == "i")
    else:
        found = [Rendering("as stored", gray * np.float32(255 / top), promised)]
    if alpha is None:
        return found
    return [
        rendering
        for one in found
        for rendering in (
            Rendering(f"{one.name}, alpha to black", one.pixels * alpha, one.promised),
            Rendering(f"{one.name}, alpha passed over", one.pixels, False),
            Rendering(f"{one.name}, alpha to white", 255 - (255 - one.pixels) * alpha, False),
        )
    ]


def contrasts(values: NDArray[Any], bits: int, signed: bool) -> list[Rendering]:
    """Gray values without a window: up to 8 bits as they are, deeper ones from their extremes."""
    low = -(2.0 ** (bits - 1)) if signed else 0.0
    finite = values[np.isfinite(values)]
    if not finite.size:
        raise ValueError("no finite value")
    filled = np.where(np.isfinite(values), values, finite.min())
    return [
        Rendering("minimum..maximum", stretched(filled, finite.min(), finite.max()), bits > 8),
        Rendering(FULL_RANGE, stretched(filled, low, low + 2.0**bits - 1), bits <= 8),
    ]


def stretched(values: NDArray[Any], low: float, high: float) -> NDArray[np.float32]:
    """`low`..`high` as 0..255, clipped; a flat range gives zeros."""
    if not high > low:
        return np.zeros(values.shape, np.float32)
    scaled = (values.astype(np.float64) - low) * (255 / (high - low))
    return np.clip(scaled, 0, 255).astype(np.float32)


def luma(values: NDArray[Any]) -> NDArray[np.float32]:
    """Gray levels `(H, W)` of gray, or of the first three samples (ITU-R BT.601)."""
    if values.ndim == 2:
        return values.astype(np.float32)
    if values.shape[2] < 3:
        return values[..., 0].astype(np.float32)
    return (values[..., :3].astype(np.float64) @ np.array(_LUMA)).astype(np.float32)
