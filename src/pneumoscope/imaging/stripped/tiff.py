"""TIFF files of the same strips and tiles, with the tags that tell how these hold pixels."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pneumoscope.imaging.film import ReadLimits
from pneumoscope.imaging.stripped.jpeg import strip_jpeg
from pneumoscope.imaging.tiff.decoding import film_pages, photometric_of, segments_of
from pneumoscope.imaging.tiff.directory import Directory, read_directories
from pneumoscope.imaging.tiff.kinds import OLD_JPEG, check_supported, read_by_pillow
from pneumoscope.imaging.tiff.samples import JPEG

_ORIENTATION, _TILE_WIDTH, _JPEG_TABLES, _XMP = 274, 322, 347, 700
_STRIP_OFFSETS, _STRIP_BYTES, _TILE_OFFSETS, _TILE_BYTES = 273, 279, 324, 325
# Size, bits, compression, photometric interpretation, order of bits, samples, rows of a strip,
# planes; fax options; predictor, palette, size of tiles; inks, further samples, their format;
# subsampling of colours; depth.
_NEEDED = (
    *(256, 257, 258, 259, 262, 266, _ORIENTATION, 277, 278, 284, 292, 293, 317, 320),
    *(_TILE_WIDTH, 323, 332, 338, 339, _JPEG_TABLES, 530, 32997),
)
_TYPES = {"u1": 1, "u2": 3, "u4": 4, "i1": 6, "i2": 8, "i4": 9}
_FIRST_PLACE = 8
_ENTRY_BYTES, _ROOM = 12, 4


def strip_tiff(data: bytes, name: str, limits: ReadLimits) -> bytes:
    """A TIFF file of the first page that is no reduced copy, samples as they are encoded.

    Raises `ImageReadError` or `ValueError` where it is of a kind that is not supported, and for
    old-style JPEG, whose parts may lie anywhere.
    """
    directories, _ = read_directories(data, name, limits)
    page = film_pages(directories)[0]
    mark = b"II" if page.order == "<" else b"MM"
    header = struct.pack(page.order + "2sHI", mark, 42, _FIRST_PLACE)
    return header + _page(page, _segments(page, name, limits))


def _segments(page: Directory, name: str, limits: ReadLimits) -> list[bytes]:
    """The strips or tiles of a page, as they are encoded."""
    data = page.data
    photometric, _ = photometric_of(page)
    segments = segments_of(page, name, limits)
    check_supported(segments, photometric, name)
    if segments.compression == OLD_JPEG:
        raise ValueError("it is a TIFF file with old-style JPEG compression")
    if read_by_pillow(segments, photometric) and _XMP in page and _ORIENTATION not in page:
        raise ValueError("it is a TIFF file whose XMP data may tell how it is turned")
    placed = segments.placed(len(data))
    limits.check_bytes(name, int(placed.counts.sum()))
    places = zip(placed.offsets.tolist(), placed.counts.tolist(), strict=True)
    encoded = [data[offset : offset + count] for offset, count in places]
    return [strip_jpeg(part) for part in encoded] if placed.compression == JPEG else encoded


def _page(page: Directory, segments: list[bytes]) -> bytes:
    """The only page of a file: its directory, the values that do not fit into it, its segments."""
    order, tiled = page.order, _TILE_WIDTH in page
    tags = {tag: page.values(tag) for tag in _NEEDED if tag in page}
    if _JPEG_TABLES in tags:
        tags[_JPEG_TABLES] = np.frombuffer(strip_jpeg(tags[_JPEG_TABLES].tobytes()), np.uint8)
    counts = np.array([len(segment) for segment in segments], np.uint32)
    offsets = np.cumsum(counts, dtype=np.uint32) - counts
    tags[_TILE_BYTES if tiled else _STRIP_BYTES] = counts
    tags[_TILE_OFFSETS if tiled else _STRIP_OFFSETS] = offsets
    directory_bytes = 2 + _ENTRY_BYTES * len(tags) + 4
    offsets += np.uint32(_FIRST_PLACE + directory_bytes + sum(map(_bytes_outside, tags.values())))
    entries, outside = [struct.pack(order + "H", len(tags))], b""
    for tag, values in sorted(tags.items()):
        dtype = _dtype(values)
        content = values.astype(np.dtype(order + dtype.str[1:])).tobytes()
        if _bytes_outside(values):
            where = _FIRST_PLACE + directory_bytes + len(outside)
            outside += content + bytes(len(content) % 2)
            content = struct.pack(order + "I", where)
        kind = _TYPES[dtype.str[1:]]
        entries.append(struct.pack(order + "HHI4s", tag, kind, len(values), content))
    pixels = b"".join(segments)
    pixels += bytes(len(pixels) % 2)
    no_page_behind = bytes(4)
    return b"".join((*entries, no_page_behind, outside, pixels))


def _bytes_outside(values: NDArray[Any]) -> int:
    """The bytes that values take beside a directory, which has room for four."""
    size = len(values) * _dtype(values).itemsize
    return 0 if size <= _ROOM else size + size % 2


def _dtype(values: NDArray[Any]) -> np.dtype[Any]:
    """The type that values have in a file of four gigabytes at most."""
    return np.dtype(np.uint32) if values.dtype.itemsize > _ROOM else values.dtype
