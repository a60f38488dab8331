"""Why an answer about a film may be wrong, as far as its picture alone tells: no model is asked.

What a DICOM file says of itself is looked at in `dicom/objects.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SAMPLE = 256  # pixels of the shorter side that are asked for their colour

# Of how many levels of 255 the greatest and the least of red, green and blue differ. In thousands
# of films stored in colour no pixel differs by 16; in photographs more than a third does by 24.
_CLEARLY_COLOURED = 24
_MUCH_COLOUR = 0.1
# Of films made smaller, answers change: for adults one in 25 at 80 pixels, one in 16 at 64, one in
# 7 at 48. Children's hold out longer.
_SMALLEST_SIDE = 80
_LONGEST_SHAPE = 3  # the longest film that we know of is twice as long as wide


def doubts(pixels: NDArray[np.uint8], shape: tuple[int, int], coloured: float) -> Iterator[str]:
    """Why a judgement of a film may be wrong.

    `pixels` are its gray levels, `shape` its own (height, width), and `coloured` is the share of
    its pixels that are clearly coloured, 0 to 1.
    """
    height, width = shape
    if pixels.min() == pixels.max():
        yield "all of the film is of one gray level"
    if coloured >= _MUCH_COLOUR:
        yield "the picture is in colour: a photograph or a screenshot, not a film"
    if min(shape) < _SMALLEST_SIDE:
        yield f"the picture is tiny ({width} x {height} pixels): what tells the classes is lost"
    if max(shape) > _LONGEST_SHAPE * min(shape):
        yield f"the picture is a strip ({width} x {height} pixels), not a whole film"


def coloured_share(image: Image.Image) -> float:
    """The share of a loaded picture's pixels that are clearly coloured, by a sample of them."""
    if image.mode in ("1", "L", "LA", "I;16"):
        return 0.0
    size = (min(image.width, _SAMPLE), min(image.height, _SAMPLE))
    colours = np.asarray(image.resize(size, Image.Resampling.NEAREST).convert("RGB"))
    return coloured_share_of(colours)


def sampled(channel: NDArray[Any]) -> NDArray[Any]:
    """A sample of the pixels of a channel `(H, W)` or of colours `(H, W, 3)`, evenly spread."""
    step = max(1, min(channel.shape[:2]) // _SAMPLE)
    return channel[::step, ::step]


def coloured_share_of(colours: NDArray[np.uint8]) -> float:
    """The share of clearly coloured ones among pixels of red, green and blue `(..., 3)`."""
    apart = colours.max(axis=-1).astype(np.int16) - colours.min(axis=-1)
    return float((apart >= _CLEARLY_COLOURED).mean())
