"""Decoding of pictures of up to 8 bits with Pillow.

Its classes are used instead of `Image.open`, which checks sizes against a process-wide setting, and
warns; here the caller's limits decide.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.WebPImagePlugin import WebPImageFile

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import FilmTags, ReadLimits, passed_over
from pneumoscope.imaging.film_doubts import coloured_share
from pneumoscope.imaging.orientation import exif_orientation
from pneumoscope.imaging.stored_film import StoredFilm, Tones

BYTES_A_PIXEL = 12
"""The most that Pillow, and what follows, takes for a pixel of up to 8 bits a sample."""

# libwebp keeps canvases of four bytes a pixel: two of its own, and the copies that Pillow makes.
_BYTES_A_WEBP_PIXEL = 20
# Pillow unpacks run lengths in Python, at about a microsecond a run.
_MOST_RUN_LENGTH_PIXELS = 4_000_000

_RENDERINGS = {
    "1": "1 bit, 0..1 to 0..255",
    "L": "8 bits, as stored",
    "LA": "8 bits, as stored",
    "P": "8 bits, palette as luma, as stored",
    "PA": "8 bits, palette as luma, as stored",
}


def decode_picture(
    pillow: type[ImageFile.ImageFile],
    data: bytes,
    name: str,
    target: int | None,
    limits: ReadLimits,
) -> StoredFilm:
    """Decode the first frame of a picture of up to 8 bits with a class of Pillow's.

    Gray levels keep their scale, colour becomes luma (ITU-R BT.601), transparent parts black.
    Raises `ImageReadError` for a file beyond the limits; a damaged one raises what Pillow raises.
    """
    with pillow(io.BytesIO(data)) as image:
        limits.check_size(name, *image.size)
        webp = isinstance(image, WebPImageFile)
        limits.check_memory(name, *image.size, _BYTES_A_WEBP_PIXEL if webp else BYTES_A_PIXEL)
        if isinstance(image, BmpImageFile):
            _check_run_lengths(image, name)
        frames = int(getattr(image, "n_frames", 1))
        limits.check_frames(name, frames)
        return film_of_picture(image, name, frames)


def film_of_picture(
    image: ImageFile.ImageFile, name: str, frames: int = 1, mode: str | None = None
) -> StoredFilm:
    """The film in a picture that is open, at its first frame, and within the limits.

    `mode` is Pillow's for the picture as stored, where it is not read in that mode.
    """
    mode = mode or image.mode
    image.load()
    bits = 1 if mode == "1" else 8
    transparent = image.has_transparency_data
    tags = FilmTags(
        format=str(image.format),
        bits=bits,
        frames=frames,
        rendering=_RENDERINGS.get(mode, f"{bits} bits, colour as luma, as stored")
        + (", transparent parts black" if transparent else ""),
        warnings=passed_over(frames),
    )
    tones = Tones(gray_of_picture(image), coloured=coloured_share(image))
    return StoredFilm(name, tags, tones, exif_orientation(image))


def gray_of_picture(image: Image.Image) -> NDArray[np.uint8]:
    """Gray levels `(H, W)` of a loaded picture of up to 8 bits: luma, transparent parts black."""
    if image.has_transparency_data:
        gray, alpha = image.convert("LA").split()
        return np.asarray(ImageChops.multiply(gray, alpha))
    return np.asarray(image.convert("L"))


def _check_run_lengths(image: BmpImageFile, name: str) -> None:
    width, height = image.size
    run_lengths = bool(image.tile) and image.tile[0].codec_name == "bmp_rle"
    if run_lengths and width * height > _MOST_RUN_LENGTH_PIXELS:
        raise ImageReadError(
            name,
            f"BMP of {width} x {height} pixels in run lengths is not supported.",
            "Save it as PNG.",
        )
