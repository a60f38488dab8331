"""References with numpy, written from the text of the standard, for what dcmtk does not do.

Each takes the values of one frame `(H, W)` and the film, and gives gray levels with bright bones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .films import Film

Gray = NDArray[np.uint8]


def as_bytes(parts: NDArray[np.float64], film: Film) -> Gray:
    """From 0..1 to 0..255, turned round where low values are bright (PS3.3, C.7.6.3.1.2)."""
    parts = np.clip(parts, 0, 1)
    if film.photometric == "MONOCHROME1":
        parts = 1 - parts
    return np.rint(255 * parts).astype(np.uint8)


def between(values: NDArray[np.generic], film: Film, low: float, high: float) -> Gray:
    """From black at `low` to white at `high`, linearly."""
    return as_bytes((values.astype(np.float64) - low) / (high - low), film)


def linear(values: NDArray[np.generic], film: Film, centre: float, width: float) -> Gray:
    """PS3.3, C.11.2.1.2.1: ((x - (c - 0.5)) / (w - 1) + 0.5), clipped to 0..1."""
    return as_bytes((values - (centre - 0.5)) / (width - 1) + 0.5, film)


def linear_exact(values: NDArray[np.generic], film: Film, centre: float, width: float) -> Gray:
    """PS3.3, C.11.2.1.3.2: ((x - c) / w + 0.5), clipped to 0..1."""
    return as_bytes((values - centre) / width + 0.5, film)


def minimum_to_maximum(values: NDArray[np.generic], film: Film) -> Gray:
    """What one does where a file says nothing of the gray levels."""
    return between(values, film, values.min(), values.max())


def looked_up(
    values: NDArray[np.int64], film: Film, first: int, entries: NDArray[np.int64], white: float
) -> Gray:
    """PS3.3, C.11.2.1.1: values beyond the table take its first or last entry."""
    found = entries[np.clip(values - first, 0, len(entries) - 1)]
    return as_bytes(found / white, film)


def black_padding(gray: Gray, padding: NDArray[np.bool_]) -> Gray:
    """PS3.3, C.7.5.1.1.2 says that padding is no part of the film, and not how it looks.

    Around a film one expects black, whatever the photometric interpretation.
    """
    return np.where(padding, 0, gray).astype(np.uint8)


def luma(colours: NDArray[np.uint8]) -> Gray:
    """ITU-R BT.601."""
    return np.rint(colours @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
