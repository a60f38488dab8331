"""The fragments that a DICOM file keeps compressed pixels in (PS3.5, A.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_HEADER = struct.Struct("<4sI")
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")  # JPEG and JPEG-LS, JPEG 2000
_RLE_HEADER, _MOST_RLE_SEGMENTS = struct.Struct("<II"), 15


def frames(pixel_data: bytes) -> Iterator[bytes]:
    """The codestream of each frame: a fragment, and those that go on with it.

    How a fragment begins tells whether it does. The offset tables would tell too, but are left out
    or wrong in many files. Raises `ValueError` where the data are no fragments.
    """
    fragments = _fragments(pixel_data)
    next(fragments, None)  # the Basic Offset Table
    frame: list[bytes] = []
    for fragment in fragments:
        if frame and (fragment.startswith(_STARTS) or is_rle(fragment)):
            yield b"".join(frame)
            frame = []
        if fragment:
            frame.append(fragment)
    if frame:
        yield b"".join(frame)


def first_frame(pixel_data: bytes) -> bytes:
    """The codestream of the first frame. Raises `ValueError` where there is none."""
    frame = next(frames(pixel_data), None)
    if frame is None:
        raise ValueError("the pixel data hold no compressed frame")
    return frame


def is_rle(frame: bytes) -> bool:
    """Whether data begin as those of RLE do: the number of segments, the place of the first one."""
    if len(frame) < 64:
        return False
    segments, first = _RLE_HEADER.unpack_from(frame)
    return bool(1 <= segments <= _MOST_RLE_SEGMENTS and first == 64)


def _fragments(pixel_data: bytes) -> Iterator[bytes]:
    position = 0
    while position + _HEADER.size <= len(pixel_data):
        tag, length = _HEADER.unpack_from(pixel_data, position)
        if tag == _END:
            return
        if tag != _ITEM:
            raise ValueError("the pixel data are not in fragments, as compressed ones have to be")
        position += _HEADER.size
        yield pixel_data[position : position + length]
        position += length
