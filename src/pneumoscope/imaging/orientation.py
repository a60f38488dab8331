"""Films stored lying on a side or mirrored."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

Number = TypeVar("Number", bound=np.generic)

_LONGEST_EXIF = 2**16


def exif_orientation(image: Image.Image) -> int | None:
    """The orientation of a picture by its EXIF data, to be undone by `upright`.

    Raises `ValueError` for data that are longer than a JPEG can hold.
    """
    # Pillow keeps a copy of what each entry points to, be it all of the data.
    size = len(image.info.get("exif", b"")) + len(image.info.get("Raw profile type exif", "")) // 2
    if size > _LONGEST_EXIF:
        raise ValueError(f"its EXIF data have {size:,} bytes, of at most {_LONGEST_EXIF:,}")
    # Not by `ImageOps.exif_transpose`: that would write all of the EXIF data anew.
    orientation: int | None = image.getexif().get(ExifTags.Base.Orientation)
    return orientation


def upright(pixels: NDArray[Number], orientation: int | None) -> NDArray[Number]:
    """Undo an orientation, as TIFF and EXIF number them, of a film `(H, W)`."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.T
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
