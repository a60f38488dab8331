"""What the headers inside JPEG, JPEG-LS and JPEG 2000 data claim, without decoding them.

The decoders allocate what these headers claim, whatever the file around them says.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

JPEG, DEEP_JPEG, LOSSLESS_JPEG = "JPEG", "12-bit JPEG", "lossless JPEG"
JPEG_LS, JPEG_2000, JPEG_XL = "JPEG-LS", "JPEG 2000", "JPEG XL"
UNUSUAL_JPEG = "hierarchical or arithmetic-coded JPEG"

_START_OF_IMAGE, _END = b"\xff\xd8", b"\xff\xd9"  # the end mark of JPEG 2000 is the same
_START_OF_SCAN = 0xDA
# Marker segments, which decoders handle one by one; those of JPEG 2000 have other numbers.
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xda-\xfe]")
_MOST_MARKERS = 10_000
_APP1, _EXIF = 0xE1, b"Exif\0\0"
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
# Start-of-frame markers of ITU-T T.81 (without DHT, JPG and DAC, which lie between), and T.87.
_START_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_DCT_HUFFMAN, _LOSSLESS, _JPEG_LS = {0xC0, 0xC1, 0xC2}, 0xC3, 0xF7

_J2K_HEADER = struct.Struct(">4s4xIIII16xHB")
_J2K_START, _J2K_TILE, _J2K_COMMENT = b"\xff\x4f\xff\x51", b"\xff\x90", b"\xff\x64"
_J2K_DATA, _J2K_TILE_LENGTH = b"\xff\x93", struct.Struct(">6xI")
_BOX = struct.Struct(">I4s")
_JP2_START = b"\0\0\0\x0cjP  "
_JXL_STARTS = (b"\xff\x0a", b"\0\0\0\x0cJXL ")


@dataclass(frozen=True)
class FrameHeader:
    """What a codestream declares: its size in pixels, samples a pixel, bits a sample, and how it
    is coded, one of the names above."""

    width: int
    height: int
    samples: int
    precision: int
    coding: str


def count_scans(data: bytes) -> int:
    """How many scans a JPEG has: inside coded data, the marker's first byte never stands so."""
    return data.count(bytes((0xFF, _START_OF_SCAN)))


def has_too_many_parts(data: bytes) -> bool:
    """Whether a JPEG is of so many parts that they alone keep a decoder busy.

    That is thousands of marker segments, or EXIF data that go on in a second one: Pillow keeps a
    copy of what each of their entries points to.
    """
    if next(itertools.islice(_MARKER.finditer(data), _MOST_MARKERS, None), None):
        return True
    return sum(data.startswith(_EXIF, start) for start in app1_segments(data)) > 1


def app1_segments(data: bytes) -> Iterator[int]:
    """Where the contents of APP1 segments begin that stand before the first scan.

    Other pictures may follow the first one, and have EXIF data of their own.
    """
    position = data.find(b"\xff", len(_START_OF_IMAGE))
    while 0 <= position < len(data) - 3:
        marker = data[position + 1]
        if marker == _START_OF_SCAN:
            return
        if marker == 0xFF:
            position += 1
            continue
        if marker == _APP1:
            yield position + 4
        length = int.from_bytes(data[position + 2 : position + 4])
        bare = marker == 0 or marker in _STANDALONE
        position = data.find(b"\xff", position + 2 + (0 if bare else length))


def is_complete(data: bytes) -> bool:
    """Whether the mark that ends a codestream follows the start of its last scan or tile.

    Decoders fill what is missing of a stream that was cut short, and most say nothing of it.
    """
    start = bytes((0xFF, _START_OF_SCAN)) if data.startswith(_START_OF_IMAGE) else _J2K_TILE
    return data.rfind(_END) > data.rfind(start)


def without_file_header(data: bytes) -> bytes:
    """The codestream inside a JPEG 2000 file (JP2); other data as they are."""
    if not data.startswith(_JP2_START):
        return data
    position = 0
    while position + _BOX.size <= len(data):
        length, kind = _BOX.unpack_from(data, position)
        if kind == b"jp2c":
            # The last box may leave its length out, or write it in eight bytes.
            begin = position + _BOX.size + (8 if length == 1 else 0)
            return data[begin : position + length] if length > 1 else data[begin:]
        if length < _BOX.size:
            break
        position += length
    raise ValueError("the JPEG 2000 file holds no codestream")


def without_comments(data: bytes) -> bytes:
    """A JPEG 2000 codestream without what its comments say, and without what follows its end.

    Comments of the main header are left out, those of tile-parts, the lengths of which may be told
    in several places, become zeros. Raises `ValueError` where parts are not in the standard's
    order, or there is no end.
    """
    parts, position = [data[:2]], 2
    while data[position : position + 2] != _J2K_TILE:
        end = _segment_end(data, position)
        if data[position : position + 2] != _J2K_COMMENT:
            parts.append(data[position:end])
        position = end
    while data[position : position + 2] == _J2K_TILE:
        end = _tile_part_end(data, position)
        while (marker := data[position : position + 2]) != _J2K_DATA:
            behind = _segment_end(data, position)
            if behind > end:
                raise ValueError("a tile-part of the JPEG 2000 data is damaged")
            if marker == _J2K_COMMENT:
                parts += data[position : position + 4], bytes(behind - position - 4)
            else:
                parts.append(data[position:behind])
            position = behind
        parts.append(data[position:end])
        position = end
    if data[position : position + len(_END)] != _END:
        raise ValueError("the JPEG 2000 data have no end, or another than their tile-parts say")
    return b"".join((*parts, _END))


def _segment_end(data: bytes, position: int) -> int:
    """Where a segment of a JPEG 2000 header ends."""
    end = position + 2 + int.from_bytes(data[position + 2 : position + 4])
    if data[position : position + 1] != b"\xff" or end < position + 4 or end > len(data):
        raise ValueError("the JPEG 2000 header is damaged")
    return end


def _tile_part_end(data: bytes, position: int) -> int:
    """Where a tile-part ends: where it says, or, the last one, at the end of all: inside coded data
    the mark of that never stands."""
    if len(data) - position < _J2K_TILE_LENGTH.size:
        raise ValueError("a tile-part of the JPEG 2000 data is damaged")
    (length,) = _J2K_TILE_LENGTH.unpack_from(data, position)
    if length == 0:
        return data.index(_END, data.index(_J2K_DATA, position))
    if length < _J2K_TILE_LENGTH.size or position + length > len(data):
        raise ValueError("a tile-part of the JPEG 2000 data is damaged")
    return position + int(length)


def frame_header(data: bytes) -> FrameHeader:
    """What a JPEG, JPEG-LS or JPEG 2000 codestream declares.

    Raises `ValueError` where no such header is found.
    """
    if data.startswith(_JXL_STARTS):
        return FrameHeader(0, 0, 0, 0, JPEG_XL)
    if data.startswith(_START_OF_IMAGE):
        return _jpeg_header(data)
    if data.startswith(_J2K_START):
        return _j2k_header(data)
    raise ValueError("the pixel data are no JPEG, JPEG-LS or JPEG 2000 codestream")


def _jpeg_header(data: bytes) -> FrameHeader:
    position = len(_START_OF_IMAGE)
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise ValueError("the JPEG header is damaged")
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _STANDALONE:
            position += 2
        elif marker in _START_OF_FRAME and position + 10 <= len(data):
            precision, height, width, samples = struct.unpack_from(">BHHB", data, position + 4)
            return FrameHeader(width, height, samples, precision, _jpeg_coding(marker, precision))
        elif marker == _START_OF_SCAN:
            break
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4])
    raise ValueError("the JPEG data have no frame header")


def _jpeg_coding(marker: int, precision: int) -> str:
    if marker in _DCT_HUFFMAN:
        return JPEG if precision == 8 else DEEP_JPEG
    return {_LOSSLESS: LOSSLESS_JPEG, _JPEG_LS: JPEG_LS}.get(marker, UNUSUAL_JPEG)


def _j2k_header(data: bytes) -> FrameHeader:
    # SIZ: Lsiz, Rsiz; the far corner of the image on the reference grid, then its near corner.
    if len(data) < _J2K_HEADER.size:
        raise ValueError("the JPEG 2000 header is cut short")
    _, right, bottom, left, top, samples, depth = _J2K_HEADER.unpack_from(data)
    return FrameHeader(right - left, bottom - top, samples, (depth & 0x7F) + 1, JPEG_2000)
