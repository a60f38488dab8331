"""Small pictures of films, for lists of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_HALF = 0.5
_REDUCING_GAP = 2.0  # first by whole numbers, to twice the size: faster, and to the eye the same


def thumbnail(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A film, uint8 `(H, W)`, with a longest side of at most `size` pixels.

    A film that is no larger keeps its pixels.
    """
    image = Image.fromarray(pixels)
    image.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)
    return np.asarray(image)


def small_values(
    values: NDArray[np.uint16], size: int, hidden: int | None = None
) -> NDArray[np.uint16]:
    """The values of a film, uint16 `(H, W)`, with a longest side of at most `size` pixels.

    Each is the mean of those in whose place it stands, so that none is beyond them. `hidden`, as
    `FilmValues` has it, is no part of any mean, and stays where half of a place or more is hidden.
    A film that is no larger keeps its values.
    """
    if max(values.shape) <= size:
        return values
    if hidden is None:
        return np.rint(_means(values, size)).astype(np.uint16)
    seen = values != hidden
    share = _means(seen, size)
    sums = _means(np.where(seen, values, np.uint16(0)), size)
    means = np.divide(sums, share, out=np.full_like(sums, hidden), where=share > _HALF)
    return np.rint(means).astype(np.uint16)


def _means(values: NDArray[np.generic], size: int) -> NDArray[np.float32]:
    least = 2 * _REDUCING_GAP * size
    while max(values.shape) >= least and not (np.array(values.shape) % 2).any():
        values = _halved(values)  # as Pillow would begin, in a fifth of the time
    image = Image.fromarray(values.astype(np.float32, copy=False))
    image.thumbnail((size, size), Image.Resampling.BOX, reducing_gap=_REDUCING_GAP)
    return np.asarray(image)


def _halved(values: NDArray[np.generic]) -> NDArray[np.float32]:
    """Means of two rows and two columns."""
    rows: NDArray[np.float32] = np.add(values[0::2], values[1::2], dtype=np.float32)
    return (rows[:, 0::2] + rows[:, 1::2]) * np.float32(0.25)
