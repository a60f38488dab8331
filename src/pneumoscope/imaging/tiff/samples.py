"""The samples of a TIFF page: its strips or tiles decompressed, and turned into arrays.

Pillow's libtiff decompresses: the strips go to it in a file made up around them, as rows of bytes.
That bounds what comes out by what the page claims, finds every strip that ends too early, and
leaves byte orders, odd depths and predictors, which Pillow knows few of, to numpy.
"""

from __future__ import annotations

import dataclasses
import io
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from pneumoscope.imaging.intensity import Levels

NOT_COMPRESSED, JPEG = 1, 7
NOT_PREDICTED, HORIZONTAL, FLOATING = 1, 2, 3
WHOLE_BYTES = {8, 16, 32, 64}
_PREDICTED = {5, 8, 32946, 34925, 50000}  # the compressions for which readers heed a predictor
_END_OF_IMAGE = b"\xff\xd9"
_UNDECODABLE = "a strip or tile is damaged, ends too early, or this Pillow lacks its compression"
_CUT_SHORT = "the file ends before its last strip or tile"

_BIG_TIFF = 43
_DIRECTORY_PLACE = 16
_TYPE_NUMBERS = {"u2": 3, "u4": 4, "u8": 16}


@dataclass(frozen=True)
class Segments:
    """How a page stores its samples.

    `kind` is numpy's: `u`, `i` or `f`. A segment is a strip or tile of `height` x `width` pixels
    of which each row begins at a byte; the last strip may be shorter. `offsets` and `counts` tell
    where they lie, of every plane in turn where the `samples` of a pixel are stored apart.
    """

    page_shape: tuple[int, int]
    height: int
    width: int
    tiled: bool
    samples: int
    planar: bool
    bits: int
    kind: str
    order: str
    compression: int
    predictor: int
    fill_order: int
    offsets: NDArray[Any]
    counts: NDArray[Any]

    @property
    def grid(self) -> tuple[int, int]:
        """How many segments lie below and beside one another in a plane."""
        rows, columns = self.page_shape
        return -(-rows // self.height), -(-columns // self.width)

    @property
    def rows(self) -> int:
        """Rows of all segments of a plane, each below the other."""
        down, across = self.grid
        return down * across * self.height if self.tiled else self.page_shape[0]

    @property
    def row_values(self) -> int:
        """Values in a row of a segment."""
        return self.width * (1 if self.planar else self.samples)

    @property
    def row_bytes(self) -> int:
        return -(-self.row_values * self.bits // 8)

    @property
    def memory(self) -> int:
        """Bytes that all samples take once they are unpacked."""
        return self.planes * self.rows * max(self.row_bytes, self.row_values * _itemsize(self.bits))

    @property
    def planes(self) -> int:
        return self.samples if self.planar else 1

    @property
    def number(self) -> int:
        """How many segments there are in all planes."""
        down, across = self.grid
        return self.planes * down * across

    @property
    def heeded_predictor(self) -> int:
        return self.predictor if self.compression in _PREDICTED else NOT_PREDICTED

    def placed(self, size: int) -> Segments:
        """With as many offsets and byte counts as there are segments, all inside the file.

        Raises `ValueError` where the file, of `size` bytes, holds less than that.
        """
        offsets = self.offsets[: self.number].astype(np.uint64)
        if len(offsets) < self.number:
            raise ValueError(f"it has {len(offsets)} of its {self.number} strips or tiles")
        if (offsets > size).any():
            raise ValueError(_CUT_SHORT)
        room = np.uint64(size) - offsets
        counts = self.counts[: self.number].astype(np.uint64)
        if self.compression == NOT_COMPRESSED:
            plain = self._plain_counts()
            if (counts[counts > 0] < plain[: len(counts)][counts > 0]).any():
                raise ValueError("a strip or tile is too short")
            counts = plain  # as the missing and the larger ones of some writers mean
        elif self.number == 1 and not len(counts):
            counts = room
        if len(counts) < self.number or (counts > room).any():
            raise ValueError(_CUT_SHORT)
        return dataclasses.replace(self, offsets=offsets, counts=counts)

    def check_ends(self, data: bytes) -> None:
        """Raise `ValueError` where JPEG data end too early: decoders make up the rest."""
        if self.compression != JPEG:
            return
        for start, count in zip(self.offsets.tolist(), self.counts.tolist(), strict=True):
            # Behind the end there may be a few bytes that fill up.
            if data.find(_END_OF_IMAGE, max(start, start + count - 64), start + count) < 0:
                raise ValueError("a strip or tile of JPEG data ends too early")

    def _plain_counts(self) -> NDArray[np.uint64]:
        """The byte counts of segments that are not compressed."""
        counts = np.full((self.planes, self.number // self.planes), self.height * self.row_bytes)
        if not self.tiled:
            counts[:, -1] = (self.rows - (self.grid[0] - 1) * self.height) * self.row_bytes
        return counts.ravel().astype(np.uint64)


def read_channels(data: bytes, segments: Segments, wanted: int) -> list[Levels]:
    """The first `wanted` samples of every pixel, as one `(H, W)` array for each.

    Raises `ValueError` where a segment is damaged or ends too early.
    """
    down, across = segments.grid
    height, width = segments.page_shape
    channels: list[Levels] = []
    for plane in range(wanted if segments.planar else 1):
        values = _values(_decompressed(data, segments, plane * down * across), segments)
        pixels = values.reshape(segments.rows, segments.width, -1)
        if segments.tiled:
            tiles = pixels.reshape(down, across, segments.height, segments.width, -1)
            tiles = tiles.transpose(0, 2, 1, 3, 4)
            pixels = tiles.reshape(down * segments.height, across * segments.width, -1)
        channels.extend(np.moveaxis(pixels[:height, :width], 2, 0))
    return channels[:wanted]


def _decompressed(data: bytes, segments: Segments, first: int) -> NDArray[np.uint8]:
    """The bytes `(rows, row bytes)` of one plane, of which `first` is the first segment."""
    down, across = segments.grid
    part = slice(first, first + down * across)
    if segments.compression == NOT_COMPRESSED:
        return _gathered(data, segments, part)
    file = _wrapped(data, segments, part)
    size = (segments.row_bytes, segments.rows)
    with TiffImageFile(io.BytesIO(file)) as page:
        arguments = page.tile[0].args  # of libtiff, which differ between versions of Pillow
    try:
        # `page.load` would refuse more bytes than a process-wide limit on pixels.
        return np.asarray(Image.frombytes("L", size, file, "libtiff", arguments))
    except ValueError as error:
        raise ValueError(_UNDECODABLE) from error


def _gathered(data: bytes, segments: Segments, part: slice) -> NDArray[np.uint8]:
    """As `_decompressed`, of segments that are not compressed."""
    plane = np.empty(segments.rows * segments.row_bytes, np.uint8)
    end = 0
    places = zip(segments.offsets[part].tolist(), segments.counts[part].tolist(), strict=True)
    for offset, count in places:
        start, end = end, end + count
        plane[start:end] = np.frombuffer(data, np.uint8, count, offset)
    if segments.fill_order == 2:
        plane = np.packbits(np.unpackbits(plane, bitorder="little"))
    return plane.reshape(segments.rows, segments.row_bytes)


def _wrapped(data: bytes, segments: Segments, part: slice) -> bytes:
    """A BigTIFF file of a page of 8-bit gray, which are the bytes of some segments as strips.

    `data` lie at its end, as they are.
    """
    offsets, counts = segments.offsets[part], segments.counts[part]
    tags: list[tuple[int, str, Any]] = [
        (256, "u4", segments.row_bytes),  # width
        (257, "u4", segments.rows),  # height
        (258, "u2", 8),  # bits
        (259, "u2", segments.compression),
        (262, "u2", 1),  # black is zero
        (266, "u2", segments.fill_order),
        (273, "u8", offsets),
        (277, "u2", 1),  # samples
        (278, "u4", segments.height),  # rows of a strip
        (279, "u8", counts),
    ]
    arrays_place = _DIRECTORY_PLACE + 8 + 20 * len(tags) + 8
    data_place = arrays_place + (offsets.nbytes + counts.nbytes if len(offsets) > 1 else 0)
    entries, arrays = b"", b""
    for tag, dtype, value in tags:
        stored = np.atleast_1d(value + np.uint64(data_place) if value is offsets else value)
        content = stored.astype("<" + dtype).tobytes()
        if len(content) > 8:
            arrays, content = arrays + content, struct.pack("<Q", arrays_place + len(arrays))
        entries += struct.pack("<HHQ8s", tag, _TYPE_NUMBERS[dtype], len(stored), content)
    header = struct.pack("<2sHHHQ", b"II", _BIG_TIFF, 8, 0, _DIRECTORY_PLACE)
    directory = struct.pack("<Q", len(tags)) + entries + bytes(8)
    return b"".join((header, directory, arrays, data))


def _values(rows: NDArray[np.uint8], segments: Segments) -> Levels:
    """The values `(rows, row values)` in rows of bytes, in the byte order of this machine."""
    between = 1 if segments.planar else segments.samples
    if segments.heeded_predictor == FLOATING:
        return _floats(rows, segments.bits // 8, between)
    if segments.bits not in WHOLE_BYTES:
        return _unpacked(rows, segments.row_values, segments.bits, segments.kind)
    stored = rows.view(f"{segments.order}{segments.kind}{segments.bits // 8}")
    values = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if segments.heeded_predictor == HORIZONTAL:
        # Differences are taken of the bare bits, wrapping round, of floating-point numbers too.
        bits = np.dtype(f"u{segments.bits // 8}")
        whole = values.view(bits).reshape(len(values), -1, between)
        summed = np.cumsum(whole, axis=1, dtype=bits)
        values = summed.reshape(values.shape).view(values.dtype)
    return values


def _floats(rows: NDArray[np.uint8], itemsize: int, between: int) -> Levels:
    """Undo the floating-point predictor (Adobe's Photoshop TIFF Technical Note 3)."""
    summed = np.cumsum(rows.reshape(len(rows), -1, between), axis=1, dtype=np.uint8)
    # The highest bytes of a row's values come first, then the second ones, and so on.
    planes = summed.reshape(len(rows), itemsize, -1)
    values = np.ascontiguousarray(planes.transpose(0, 2, 1)).view(f">f{itemsize}")
    return values[..., 0].astype(f"f{itemsize}")


def _unpacked(rows: NDArray[np.uint8], row_values: int, bits: int, kind: str) -> Levels:
    """Whole numbers of any number of bits, packed from the highest bit of the first byte on."""
    # Eight values fill as many bytes as one has bits, and each of them lies in the same of these.
    groups = -(-row_values // 8)
    padded = np.pad(rows, ((0, 0), (0, groups * bits - rows.shape[1])))
    octets = padded.reshape(len(rows), groups, bits)
    dtype = np.dtype(f"u{_itemsize(bits)}")
    values = np.empty((len(rows), groups, 8), dtype)
    for place in range(8):
        first, last = place * bits // 8, ((place + 1) * bits - 1) // 8
        word = octets[..., first].astype(np.uint64)
        for octet in range(first + 1, last + 1):
            word = word << np.uint64(8) | octets[..., octet]
        word >>= np.uint64(8 * (last + 1) - (place + 1) * bits)
        word &= np.uint64(2**bits - 1)
        values[..., place] = word
    values = values.reshape(len(rows), -1)[:, :row_values]
    if kind == "u":
        return values
    # The highest bit is the sign: shifted to the top, and back with the sign kept.
    room = 8 * dtype.itemsize - bits
    signed: Levels = (values << dtype.type(room)).view(f"i{dtype.itemsize}") >> room
    return signed


def _itemsize(bits: int) -> int:
    """Bytes of the smallest of numpy's types that takes so many bits."""
    return next((size for size in (1, 2, 4, 8) if bits <= 8 * size), -(-bits // 8))
