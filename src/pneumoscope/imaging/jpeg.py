"""Decoding of JPEG films: those of cameras and archives, and the rarer ones of medical devices."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
from PIL import ExifTags
from PIL.JpegImagePlugin import JpegImageFile

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.codestream import (
    JPEG,
    UNUSUAL_JPEG,
    FrameHeader,
    count_scans,
    frame_header,
    has_too_many_parts,
)
from pneumoscope.imaging.decoders import check_codestream, decode_codestream
from pneumoscope.imaging.film import FilmTags, ReadLimits
from pneumoscope.imaging.film_doubts import coloured_share
from pneumoscope.imaging.gray import Samples, tones_of
from pneumoscope.imaging.pictures import BYTES_A_PIXEL, film_of_picture
from pneumoscope.imaging.stored_film import StoredFilm

_SIDEWAYS = (5, 6, 7, 8)


def decode_jpeg(data: bytes, name: str, target: int | None, limits: ReadLimits) -> StoredFilm:
    """Decode a JPEG or JPEG-LS file.

    Ordinary JPEG is decoded at the smallest scale of twice the `target` or more, its gray levels as
    stored; other codings as they are, and `gray.tones_of` tells how they become gray levels.
    Raises `ImageReadError` for a file beyond the limits, or of a coding that is not supported; a
    damaged one raises what the decoders raise.
    """
    header = _header(data)
    if header is not None and header.coding not in (JPEG, UNUSUAL_JPEG):
        return _deep_film(data, header, name, limits)
    if has_too_many_parts(data):
        raise ImageReadError(name, "its JPEG data are in more parts than any film's.")
    with JpegImageFile(io.BytesIO(data)) as image:
        limits.check_size(name, *image.size)
        limits.check_memory(name, *image.size, BYTES_A_PIXEL)
        limits.check_scans(name, count_scans(data), *image.size)
        width, height = image.size
        mode = image.mode
        image.draft("L", None if target is None else (2 * target, 2 * target))
        # The film's own shape is that in which it is seen, and it may lie sideways in the file.
        sideways = image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
        shape = (width, height) if sideways else (height, width)
        film = dataclasses.replace(film_of_picture(image, name, mode=mode), shape=shape)
        if image.mode == mode:
            return film
    tones = dataclasses.replace(film.tones, coloured=_coloured_share(data))
    return dataclasses.replace(film, tones=tones)


def _coloured_share(data: bytes) -> float:
    """The share of clearly coloured pixels of a picture that was read without its colours.

    It is decoded once more for that, at the smallest scale: together with the gray levels, colours
    would cost as much, and libjpeg does not give both of all files.
    """
    with JpegImageFile(io.BytesIO(data)) as image:
        image.draft(None, (1, 1))
        image.load()
        return coloured_share(image)


def _header(data: bytes) -> FrameHeader | None:
    try:
        return frame_header(data)
    except ValueError:
        return None  # Pillow finds its way through headers with rubbish between their parts


def _deep_film(data: bytes, header: FrameHeader, name: str, limits: ReadLimits) -> StoredFilm:
    """The film in a codestream that Pillow has no decoder for."""
    limits.check_size(name, header.width, header.height)
    if header.samples not in (1, 3):
        raise ImageReadError(
            name,
            f"{header.coding} with {header.samples} samples a pixel is not supported.",
            "Save it as a gray PNG or TIFF, of 8 or 16 bits.",
        )
    check_codestream(data, header, name)
    samples = decode_codestream(data, header, name, limits)
    colour = tuple(np.moveaxis(samples, 2, 0)) if samples.ndim == 3 else (samples,)
    tones, rendering = tones_of(Samples(colour, header.precision))
    tags = FilmTags(format="JPEG", bits=header.precision, rendering=f"{header.coding}, {rendering}")
    return StoredFilm(name, tags, tones)
