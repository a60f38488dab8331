"""From stored gray levels of any depth to bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST_LEVELS = 65_536
_EXACT = 2**24  # single precision, which is faster, holds all integers up to this one

_BLOCK = 65_536

Levels = NDArray[Any]


def blocks(shape: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    """The parts, of few pixels each, that a film of this shape is worked through in.

    So no copy of the whole film is needed where the steps between take more bytes a pixel.
    """
    height, width = shape
    columns = min(width, _BLOCK)
    rows = _BLOCK // columns
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            yield slice(top, top + rows), slice(left, left + columns)


def scale_to_bytes(values: Levels, low: float, high: float) -> NDArray[np.uint8]:
    """Map `low`..`high` linearly to 0..255, rounded and clipped. A flat range gives zeros."""
    half = high / 2 - low / 2  # of the range, which may be more than the largest number there is
    if not half > 0:
        return np.zeros(values.shape, dtype=np.uint8)
    if values.dtype.kind in "iu" and max(abs(low), abs(high)) <= _EXACT:
        scaled = (values.astype(np.float32) - np.float32(low)) * np.float32(255.0 / (high - low))
    else:
        scaled = (values.astype(np.float64) / 2 - low / 2) / half * 255
    scaled_bytes: NDArray[np.uint8] = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    return scaled_bytes


def map_levels(
    values: Levels, function: Callable[[Levels], NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """Apply an elementwise `function` to a film `(H, W)`.

    A film of integers has few different levels: the function is then evaluated once for each, and
    the film looked up, which is faster.
    """
    low, high = values.min(), values.max()
    mapped = np.empty(values.shape, dtype=np.uint8)
    if values.dtype.kind not in "iu" or int(high) - int(low) >= _MOST_LEVELS:
        for block in blocks(values.shape):
            mapped[block] = function(values[block])
        return mapped
    table = function(np.arange(int(low), int(high) + 1))
    for block in blocks(values.shape):
        mapped[block] = table[values[block].astype(np.int64) - int(low)]
    return mapped
