"""Contrast-limited adaptive histogram equalisation (CLAHE)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEVELS = 256


def equalize_adaptive(
    image: NDArray[np.uint8], *, tiles: int = 8, clip_limit: float = 2.0
) -> NDArray[np.uint8]:
    """Even out local contrast without amplifying noise.

    `image` is uint8 `(H, W)`, and so is the result. The film is divided into `tiles` x `tiles`
    parts of equal size. Each has a map from old to new gray levels: its cumulative histogram,
    clipped at `clip_limit` times the height of a flat histogram. A pixel gets the bilinear mixture
    of the four maps around it.

    Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV, 1994.
    """
    height, width = image.shape
    tile_height, tile_width = -(-height // tiles), -(-width // tiles)
    margins = (0, tiles * tile_height - height), (0, tiles * tile_width - width)
    padded = np.pad(image, margins, mode="symmetric")
    parts = padded.reshape(tiles, tile_height, tiles, tile_width).swapaxes(1, 2)
    maps = _gray_maps(parts.reshape(tiles, tiles, -1), clip_limit)

    top, bottom, down = _neighbours(height, tile_height, tiles)
    left, right, across = _neighbours(width, tile_width, tiles)
    top, bottom, down = top[:, None], bottom[:, None], down[:, None]
    upper = (1 - across) * maps[top, left, image] + across * maps[top, right, image]
    lower = (1 - across) * maps[bottom, left, image] + across * maps[bottom, right, image]
    equalized: NDArray[np.uint8] = np.rint((1 - down) * upper + down * lower).astype(np.uint8)
    return equalized


def _gray_maps(parts: NDArray[np.uint8], clip_limit: float) -> NDArray[np.float32]:
    """Per tile, the map from old to new gray level: `(tiles, tiles, 256)`, values 0..255."""
    rows, columns, area = parts.shape
    which = np.arange(rows * columns).reshape(rows, columns, 1) * _LEVELS
    counts = np.bincount((which + parts).ravel(), minlength=rows * columns * _LEVELS)
    histogram = counts.reshape(rows, columns, _LEVELS).astype(np.float64)
    clipped = np.minimum(histogram, max(1.0, clip_limit * area / _LEVELS))
    excess = area - clipped.sum(axis=-1, keepdims=True)
    cumulative = np.cumsum(clipped + excess / _LEVELS, axis=-1)
    return np.asarray(cumulative * ((_LEVELS - 1) / area), dtype=np.float32)


def _neighbours(
    length: int, tile: int, tiles: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Per pixel of one axis: the tiles before and after it, and the weight of the latter."""
    position = (np.arange(length) + 0.5) / tile - 0.5
    before = np.floor(position).astype(np.intp)
    weight = (position - before).astype(np.float32)
    return np.clip(before, 0, tiles - 1), np.clip(before + 1, 0, tiles - 1), weight
