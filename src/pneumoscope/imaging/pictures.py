"""Decoding of JPEG, PNG, TIFF, BMP and WebP files with Pillow."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, ImageChops, ImageFile, ImageOps
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.codestream import MAX_SCANS, count_scans
from pneumoscope.imaging.film import Film, FilmTags, ReadLimits
from pneumoscope.imaging.intensity import map_levels, scale_to_bytes

_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"BM": "BMP",
}

# Pillow's own classes instead of Image.open: that function checks sizes against a process-wide
# setting and warns; here the caller's limits decide.
_DECODERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "TIFF": TiffImageFile,
    "BMP": BmpImageFile,
    "WEBP": WebPImageFile,
}

_SIDEWAYS = (5, 6, 7, 8)
_WHITE_IS_ZERO = 0


def picture_format(data: bytes) -> str | None:
    """The format that the first bytes of a file show: a name of Pillow's, or `None`."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for magic, kind in _SIGNATURES.items() if data.startswith(magic)), None)


def decode_picture(
    data: bytes, kind: str, name: str, *, target: int | None, limits: ReadLimits
) -> Film:
    """Decode the first frame of a picture of a format named by `picture_format`.

    More than 8 bits are mapped linearly from the film's own minimum..maximum to 0..255, colour
    becomes luma (ITU-R BT.601), transparent parts become black.
    Raises `ImageReadError` for a file beyond the limits; a damaged one raises what Pillow raises.
    """
    if kind == "JPEG" and count_scans(data) > MAX_SCANS:
        raise ImageReadError(name, f"a JPEG file of more than {MAX_SCANS} scans.")
    with _DECODERS[kind](io.BytesIO(data)) as image:
        limits.check_size(name, *image.size)
        frames = _count_frames(image, name, limits)
        own_shape = _draft(image, target) if isinstance(image, JpegImageFile) else None
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        pixels, bits = _gray(image)
    tags = FilmTags(format=kind, bits=bits, frames=frames)
    return Film(pixels=pixels, name=name, tags=tags, shape=own_shape or pixels.shape)


def _count_frames(image: ImageFile.ImageFile, name: str, limits: ReadLimits) -> int:
    if not isinstance(image, TiffImageFile):
        frames = int(getattr(image, "n_frames", 1))
        limits.check_frames(name, frames)
        return frames
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


def _draft(image: JpegImageFile, target: int | None) -> tuple[int, int]:
    """Set a JPEG to be decoded as luma, at the smallest scale of twice `target` or more.

    Returns the film's own (height, width) as it should be seen, which may lie sideways in the file.
    """
    width, height = image.size
    image.draft("L", None if target is None else (2 * target, 2 * target))
    sideways = image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
    return (width, height) if sideways else (height, width)


def _gray(image: ImageFile.ImageFile) -> tuple[NDArray[np.uint8], int]:
    """8-bit gray levels of a decoded picture, and the bits per sample it was stored with."""
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_gray(image), 16 if image.mode.startswith("I;16") else 32
    if image.has_transparency_data:
        gray, alpha = image.convert("LA").split()
        return np.asarray(ImageChops.multiply(gray, alpha)), 8
    return np.asarray(image.convert("L")), 1 if image.mode == "1" else 8


def _deep_gray(image: ImageFile.ImageFile) -> NDArray[np.uint8]:
    values = np.asarray(image)
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        if not finite.any():
            raise ValueError("no pixel has a finite value")
        values = np.where(finite, values, values[finite].min())
    low, high = float(values.min()), float(values.max())
    pixels = map_levels(values, lambda levels: scale_to_bytes(levels, low, high))
    photometric = ExifTags.Base.PhotometricInterpretation
    # Pillow turns 8-bit TIFF files of this kind round by itself, deeper ones not.
    if isinstance(image, TiffImageFile) and image.tag_v2.get(photometric) == _WHITE_IS_ZERO:
        return 255 - pixels
    return pixels
