"""Decoding of pictures, which all films but DICOM files are, with Pillow.

Its classes are used instead of `Image.open`, which checks sizes against a process-wide setting, and
warns; here the caller's limits decide.
"""

from __future__ import annotations

import dataclasses
import io

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, ImageChops, ImageFile, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import TiffImageFile

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.codestream import MAX_SCANS, count_scans
from pneumoscope.imaging.film import Film, FilmTags, ReadLimits
from pneumoscope.imaging.intensity import Levels, map_levels, scale_to_bytes

_SIDEWAYS = (5, 6, 7, 8)
_WHITE_IS_ZERO = 0


def decode_picture(
    pillow: type[ImageFile.ImageFile],
    data: bytes,
    name: str,
    target: int | None,
    limits: ReadLimits,
) -> Film:
    """Decode the first frame of a picture with a class of Pillow's, at its own scale.

    More than 8 bits are mapped linearly from the film's own minimum..maximum to 0..255, colour
    becomes luma (ITU-R BT.601), transparent parts become black.
    Raises `ImageReadError` for a file beyond the limits; a damaged one raises what Pillow raises.
    """
    with pillow(io.BytesIO(data)) as image:
        limits.check_size(name, *image.size)
        frames = int(getattr(image, "n_frames", 1))
        limits.check_frames(name, frames)
        return _film(image, name, frames)


def decode_jpeg(data: bytes, name: str, target: int | None, limits: ReadLimits) -> Film:
    """As `decode_picture`, at the smallest scale of twice the `target` or more."""
    if count_scans(data) > MAX_SCANS:
        raise ImageReadError(name, f"a JPEG file of more than {MAX_SCANS} scans.")
    with JpegImageFile(io.BytesIO(data)) as image:
        limits.check_size(name, *image.size)
        width, height = image.size
        image.draft("L", None if target is None else (2 * target, 2 * target))
        # The film's own shape is that in which it is seen, and it may lie sideways in the file.
        sideways = image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
        shape = (width, height) if sideways else (height, width)
        return dataclasses.replace(_film(image, name), shape=shape)


def decode_tiff(data: bytes, name: str, target: int | None, limits: ReadLimits) -> Film:
    """As `decode_picture`, with all the ways of TIFF to store gray levels."""
    with TiffImageFile(io.BytesIO(data)) as image:
        limits.check_size(name, *image.size)
        film = _film(image, name, _count_directories(image, name, limits))
        photometric = image.tag_v2.get(ExifTags.Base.PhotometricInterpretation)
    # Pillow turns 8-bit files of this kind round by itself, deeper ones not.
    if photometric == _WHITE_IS_ZERO and film.tags.bits > 8:
        return dataclasses.replace(film, pixels=255 - film.pixels)
    return film


def _count_directories(image: TiffImageFile, name: str, limits: ReadLimits) -> int:
    # Only walking along its directories tells how many frames a TIFF file has, and the chain may be
    # made endless.
    frames = 1
    try:
        while True:
            image.seek(frames)
            frames += 1
            limits.check_frames(name, frames)
    except EOFError:
        image.seek(0)
    return frames


def _film(image: ImageFile.ImageFile, name: str, frames: int = 1) -> Film:
    """The film in a picture that is open, at its first frame, and within the limits."""
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    pixels, bits = _gray(image)
    tags = FilmTags(format=str(image.format), bits=bits, frames=frames)
    return Film(pixels=pixels, name=name, tags=tags, shape=pixels.shape)


def _gray(image: ImageFile.ImageFile) -> tuple[NDArray[np.uint8], int]:
    """8-bit gray levels of a decoded picture, and the bits per sample it was stored with."""
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_gray(np.asarray(image)), 16 if image.mode.startswith("I;16") else 32
    if image.has_transparency_data:
        gray, alpha = image.convert("LA").split()
        return np.asarray(ImageChops.multiply(gray, alpha)), 8
    return np.asarray(image.convert("L")), 1 if image.mode == "1" else 8


def _deep_gray(values: Levels) -> NDArray[np.uint8]:
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        if not finite.any():
            raise ValueError("no pixel has a finite value")
        values = np.where(finite, values, values[finite].min())
    low, high = float(values.min()), float(values.max())
    return map_levels(values, lambda levels: scale_to_bytes(levels, low, high))
