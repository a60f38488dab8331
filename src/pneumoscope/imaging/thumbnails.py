"""Small pictures of films, for lists of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_REDUCING_GAP = 2.0  # first by whole numbers, to twice the size: faster, and to the eye the same


def thumbnail(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A film, uint8 `(H, W)`, with a longest side of at most `size` pixels.

    A film that is no larger keeps its pixels.
    """
    image = Image.fromarray(pixels)
    image.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)
    return np.asarray(image)
