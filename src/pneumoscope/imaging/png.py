"""Decoding of PNG films: those of 16 bits keep them all, of which Pillow by itself takes half."""

from __future__ import annotations

import dataclasses
import io
import itertools
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import FilmTags, ReadLimits, passed_over
from pneumoscope.imaging.gray import Samples, tones_of
from pneumoscope.imaging.intensity import Levels
from pneumoscope.imaging.orientation import exif_orientation
from pneumoscope.imaging.pictures import BYTES_A_PIXEL, film_of_picture
from pneumoscope.imaging.stored_film import StoredFilm

# The raw modes that Pillow reads PNG files in, and the bits of a pixel.
_DEEP_GRAY = "I;16B"
_FEW_BITS = {"L;2": 2, "L;4": 4}
_BITS_A_PIXEL = {
    **_FEW_BITS,
    "1": 1,
    "P;1": 1,
    "P;2": 2,
    "P;4": 4,
    "P": 8,
    "L": 8,
    "LA": 16,
    "RGB": 24,
    "RGBA": 32,
    _DEEP_GRAY: 16,
    "LA;16B": 32,
    "RGB;16B": 48,
    "RGBA;16B": 64,
}
# In those of 16 bits Pillow keeps the high bytes; these give the low ones. Gray with alpha has as
# many bytes as four samples of 8 bits: that mode gives both.
_LOW_BYTES = {"RGB;16B": "RGB;16L", "LA;16B": "RGBA", "RGBA;16B": "RGBA;16L"}
# First column, first row and steps of the seven passes of an interlaced file.
_PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_ONE_PASS = ((0, 0, 1, 1),)
_OPAQUE = 65_535
_CHUNK = 2**16
_MOST_CHUNKS = 200_000
_BYTES_A_DEEP_COLOUR = 28


def decode_png(data: bytes, name: str, target: int | None, limits: ReadLimits) -> StoredFilm:
    """Decode the first frame of a PNG file; `gray.tones_of` tells how it becomes gray levels.

    Raises `ImageReadError` for a file beyond the limits; a damaged one raises what Pillow raises,
    or `ValueError` where its last rows are missing.
    """
    if sum(1 for _ in itertools.islice(chunks(data), _MOST_CHUNKS + 1)) > _MOST_CHUNKS:
        raise ImageReadError(name, f"a PNG file of more than {_MOST_CHUNKS:,} chunks.")
    with PngImageFile(io.BytesIO(data)) as image:
        limits.check_size(name, *image.size)
        limits.check_frames(name, image.n_frames)
        stored = str(image.tile[0].args) if image.tile else ""
        in_colour = stored in _LOW_BYTES
        limits.check_memory(name, *image.size, _BYTES_A_DEEP_COLOUR if in_colour else BYTES_A_PIXEL)
        # Pillow leaves the rows as they are that a file does not hold.
        image.im = Image.new(image.mode, image.size, _white(image.mode)).im
        image.load()
        _check_whole(data, image, stored)
        if stored in {_DEEP_GRAY, *_LOW_BYTES}:
            return _deep_film(data, image, stored, name)
        film = film_of_picture(image, name, image.n_frames)
    if stored not in _FEW_BITS:
        return film
    bits = _FEW_BITS[stored]
    rendering = film.tags.rendering.replace("8 bits, as stored", f"{bits} bits, scaled to 0..255")
    return dataclasses.replace(
        film, tags=dataclasses.replace(film.tags, bits=bits, rendering=rendering)
    )


def _deep_film(data: bytes, image: PngImageFile, stored: str, name: str) -> StoredFilm:
    """The film in a file of 16 bits, which `image` is loaded from."""
    channels = _deep_channels(data, image, stored)
    colour, alpha = channels, None
    if len(channels) in (2, 4):
        colour, alpha = channels[:-1], channels[-1]
    elif "transparency" in image.info:
        # One colour stands for "transparent", and is meant with all of its bits.
        keys = np.atleast_1d(image.info["transparency"])
        same = [channel == key for channel, key in zip(colour, keys, strict=True)]
        alpha = np.where(np.logical_and.reduce(same), np.uint16(0), np.uint16(_OPAQUE))
    tones, rendering = tones_of(Samples(colour=tuple(colour), bits=16, alpha=alpha))
    tags = FilmTags(
        format="PNG",
        bits=16,
        frames=image.n_frames,
        rendering=rendering,
        warnings=passed_over(image.n_frames),
    )
    return StoredFilm(name, tags, tones, exif_orientation(image))


def _deep_channels(data: bytes, image: PngImageFile, stored: str) -> list[Levels]:
    loaded = np.asarray(image)
    if stored == _DEEP_GRAY:
        return [loaded]
    with PngImageFile(io.BytesIO(data)) as again:
        again.tile = [again.tile[0]._replace(args=_LOW_BYTES[stored])]
        again.load()
        low = np.asarray(again)
    if stored == "LA;16B":
        loaded, low = low[..., 0::2], low[..., 1::2]
    return [loaded[..., i].astype(np.uint16) << 8 | low[..., i] for i in range(low.shape[2])]


def _white(mode: str) -> int | tuple[int, ...]:
    """The highest value of a pixel of one of the modes that PNG files are read in."""
    if mode == "I;16":
        return _OPAQUE
    return (255,) * len(mode) if mode in ("LA", "RGB", "RGBA") else 255


def _check_whole(data: bytes, image: PngImageFile, stored: str) -> None:
    """Raise `ValueError` where a file holds fewer rows than it says, which were white before.

    So a last row that is not white tells that all are there, but for interlaced files, in which
    the rows at the end are not the last ones to be stored. Counting takes as long as decoding.
    """
    width, height = image.size
    interlaced = bool(image.info.get("interlace"))
    last = image.crop((0, height - 1, width, height))
    if not interlaced and (np.asarray(last) != np.asarray(_white(image.mode))).any():
        return
    passes = _PASSES if interlaced else _ONE_PASS
    expected = 0
    for left, top, across, down in passes:
        columns, rows = len(range(left, width, across)), len(range(top, height, down))
        if columns:
            expected += rows * (1 + (columns * _BITS_A_PIXEL[stored] + 7) // 8)
    if _inflated_bytes(data, expected) < expected:
        raise ValueError("the file ends before its last row")


def _inflated_bytes(data: bytes, enough: int) -> int:
    """How many bytes the pixel data of a file hold, counted up to `enough`."""
    inflate = zlib.decompressobj()
    count = 0
    for kind, start, end in chunks(data):
        left = data[start:end] if kind == b"IDAT" else b""
        while left and count < enough and not inflate.eof:
            count += len(inflate.decompress(left, _CHUNK))
            left = inflate.unconsumed_tail
    return count


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The kind of each chunk, and where its content begins and ends."""
    position = 8
    while position + 8 <= len(data):
        start = position + 8
        end = start + int.from_bytes(data[position : position + 4], "big")
        yield data[position + 4 : start], start, end
        position = end + 4
