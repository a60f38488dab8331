"""WebP files without EXIF, XMP and profiles."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from PIL.WebPImagePlugin import WebPImageFile

from pneumoscope.imaging.orientation import exif_orientation
from pneumoscope.imaging.stripped.orientation import exif_of

_HEADER, _FRAME, _EXIF = b"VP8X", b"ANMF", b"EXIF"
_NEEDED = {_HEADER, b"ANIM", b"ALPH", b"VP8 ", b"VP8L"}
_FRAME_HEADER = 16
_HAS_ALPHA, _IS_ANIMATED, _HAS_EXIF = 0x10, 0x02, 0x08


def strip_webp(data: bytes) -> bytes:
    """A WebP file of the same picture, turned the same way; of animations, the first frame.

    Raises `ValueError` for chunks that reach beyond their end, and for a frame of other parts.
    """
    with WebPImageFile(io.BytesIO(data)) as image:
        exif = exif_of(exif_orientation(image))
    kept: list[bytes] = []
    has_frame = False
    for kind, content in _chunks(data[12 : 8 + int.from_bytes(data[4:8], "little")]):
        if kind == _HEADER:
            flags = content[0] & (_HAS_ALPHA | _IS_ANIMATED) | (_HAS_EXIF if exif else 0)
            kept.append(_chunk(kind, bytes((flags, 0, 0, 0)) + content[4:10]))
        elif kind == _FRAME:
            if has_frame:
                continue
            has_frame = True
            parts = list(_chunks(content[_FRAME_HEADER:]))
            if not all(part in _NEEDED for part, _ in parts):
                raise ValueError("a frame of its WebP data holds more than a picture")
            frame = b"".join(_chunk(*part) for part in parts)
            kept.append(_chunk(kind, content[:_FRAME_HEADER] + frame))
        elif kind in _NEEDED:
            kept.append(_chunk(kind, content))
    if exif:
        kept.append(_chunk(_EXIF, exif))
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, position)
        position += 8
        if position + size > len(data):
            raise ValueError("its WebP data end within a chunk")
        yield kind, data[position : position + size]
        position += size + size % 2


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(content)) + content + bytes(len(content) % 2)
