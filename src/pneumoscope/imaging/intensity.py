"""From stored gray levels of any depth to bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST_LEVELS = 65_536

Levels = NDArray[Any]


def scale_to_bytes(values: Levels, low: float, high: float) -> NDArray[np.uint8]:
    """Map `low`..`high` linearly to 0..255, rounded and clipped. A flat range gives zeros."""
    if not high > low:
        return np.zeros(values.shape, dtype=np.uint8)
    scaled = (values.astype(np.float32) - np.float32(low)) * np.float32(255.0 / (high - low))
    scaled_bytes: NDArray[np.uint8] = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    return scaled_bytes


def map_levels(
    values: Levels, function: Callable[[Levels], NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """Apply an elementwise `function` to a film `(H, W)`.

    A film of integers has few different levels: the function is then evaluated once for each, and
    the film looked up row by row. It is faster, and needs no floating-point copy of the film.
    """
    low, high = values.min(), values.max()
    if values.dtype.kind not in "iu" or int(high) - int(low) >= _MOST_LEVELS:
        return function(values)
    table = function(np.arange(int(low), int(high) + 1))
    mapped = np.empty(values.shape, dtype=np.uint8)
    for row, levels in enumerate(values):
        mapped[row] = table[levels.astype(np.int64) - int(low)]
    return mapped
