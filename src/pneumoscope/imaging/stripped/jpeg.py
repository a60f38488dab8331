"""JPEG and JPEG-LS data, bare or inside other files, without what decoding does not need."""

from __future__ import annotations

import io
import re
import struct

from PIL.JpegImagePlugin import JpegImageFile

from pneumoscope.imaging.codestream import JPEG, app1_segments, frame_header
from pneumoscope.imaging.orientation import exif_orientation
from pneumoscope.imaging.stripped.orientation import EXIF_MARK, exif_of

_START, _END = b"\xff\xd8", b"\xff\xd9"
_APP0, _APP1, _APP8, _APP14, _COMMENT = 0xE0, 0xE1, 0xE8, 0xEE, 0xFE
_END_OF_IMAGE, _START_OF_SCAN = 0xD9, 0xDA
# Frames (without the reserved C8), Huffman and arithmetic tables; quantisation, number of lines and
# restart interval; the parameters of JPEG-LS.
_NEEDED = {*range(0xC0, 0xD0), _START_OF_SCAN, 0xDB, 0xDC, 0xDD, 0xF7, 0xF8} - {0xC8}
_APPLICATION = range(0xE0, 0xF0)
# What ends the coded data of a scan: a marker that is neither a stuffed byte nor a restart.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_MARKER_OF_JPEG_LS = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")

_JFIF, _ADOBE, _HP_COLOURS = b"JFIF\0", b"Adobe", b"mrfx"
_PLAIN_JFIF = _JFIF + struct.pack(">HBHHBB", 0x0102, 0, 1, 1, 0, 0)


def strip_jpeg_file(data: bytes) -> bytes:
    """A JPEG or JPEG-LS file that decodes to the same pixels, turned the same way.

    Raises `ValueError` as `strip_jpeg` does.
    """
    orientation = None
    # The reader turns no others, and what turns a film stands in such a segment.
    if frame_header(data).coding == JPEG and any(app1_segments(data)):
        with JpegImageFile(io.BytesIO(data)) as image:
            orientation = exif_orientation(image)
    stripped = strip_jpeg(data)
    exif = exif_of(orientation)
    return _START + (_segment(_APP1, EXIF_MARK + exif) if exif else b"") + stripped[len(_START) :]


def strip_jpeg(data: bytes) -> bytes:
    """A codestream, or tables alone, without comments, application data and what follows the end.

    Of application data, those stay that tell decoders the colours: that there is a JFIF or Adobe
    segment, and the transforms of Adobe and of JPEG-LS. Raises `ValueError` for data of another
    order than the standard's, or without end.
    """
    if not data.startswith(_START):
        raise ValueError("its JPEG data do not begin as such")
    parts, position, marker_of_scan = [_START], len(_START), _MARKER
    while True:
        marker, position = _marker(data, position)
        if marker == _END_OF_IMAGE:
            return b"".join([*parts, _END])
        length = int.from_bytes(data[position : position + 2])
        content = data[position + 2 : position + length]
        position += length
        if length < 2 or position > len(data):
            raise ValueError("its JPEG data end within a segment")
        if marker == 0xF7:
            marker_of_scan = _MARKER_OF_JPEG_LS
        parts.append(_kept(marker, content))
        if marker == _START_OF_SCAN:
            end = marker_of_scan.search(data, position)
            if end is None:
                raise ValueError("its JPEG data have no end")
            parts.append(data[position : end.start()])
            position = end.start()


def _marker(data: bytes, position: int) -> tuple[int, int]:
    """The marker at a place, and the place behind it; bytes that fill up are passed over."""
    if data[position : position + 1] != b"\xff":
        raise ValueError("its JPEG data hold more than segments")
    while data[position : position + 1] == b"\xff":
        position += 1
    if position >= len(data):
        raise ValueError("its JPEG data have no end")
    return data[position], position + 1


def _kept(marker: int, content: bytes) -> bytes:
    """What stays of a segment."""
    if marker in _NEEDED:
        return _segment(marker, content)
    if marker == _APP0 and content.startswith(_JFIF) and len(content) >= len(_PLAIN_JFIF):
        return _segment(marker, _PLAIN_JFIF)
    if marker == _APP14 and content.startswith(_ADOBE) and len(content) >= 12:
        return _segment(marker, _ADOBE + bytes((0, 100, 0, 0, 0, 0, content[11])))
    if marker == _APP8 and content.startswith(_HP_COLOURS) and len(content) == 5:
        return _segment(marker, content)
    if marker in _APPLICATION or marker == _COMMENT:
        return b""
    raise ValueError(f"its JPEG data hold the unusual marker {marker:#x}")


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content
