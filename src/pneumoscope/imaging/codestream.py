"""What the headers inside JPEG, JPEG-LS and JPEG 2000 data claim, without decoding them.

The decoders allocate what these headers claim, whatever the file around them says.
"""

from __future__ import annotations

import struct

# Every scan of a JPEG passes over all pixels again. Progressive encoders write about ten; a file of
# thousands is made to keep the reader busy for hours.
MAX_SCANS = 100

_START_OF_IMAGE = b"\xff\xd8"
_START_OF_SCAN = 0xDA
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
# Start-of-frame markers of ITU-T T.81 (without DHT, JPG and DAC, which lie between), and T.87.
_START_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}

_J2K_HEADER = struct.Struct(">4s4xIIII16xH")
_J2K_START = b"\xff\x4f\xff\x51"


def count_scans(data: bytes) -> int:
    """How many scans a JPEG has: inside coded data, the marker's first byte never stands so."""
    return data.count(bytes((0xFF, _START_OF_SCAN)))


def declared_size(data: bytes) -> tuple[int, int, int]:
    """(width, height, components) that a JPEG, JPEG-LS or JPEG 2000 codestream declares.

    Raises `ValueError` where no such header is found.
    """
    if data.startswith(_START_OF_IMAGE):
        return _jpeg_size(data)
    if data.startswith(_J2K_START):
        return _j2k_size(data)
    raise ValueError("the pixel data are no JPEG, JPEG-LS or JPEG 2000 codestream")


def _jpeg_size(data: bytes) -> tuple[int, int, int]:
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
            height, width, components = struct.unpack_from(">HHB", data, position + 5)
            return width, height, components
        elif marker == _START_OF_SCAN:
            break
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4])
    raise ValueError("the JPEG data have no frame header")


def _j2k_size(data: bytes) -> tuple[int, int, int]:
    # SIZ: Lsiz, Rsiz; the far corner of the image on the reference grid, then its near corner.
    if len(data) < _J2K_HEADER.size:
        raise ValueError("the JPEG 2000 header is cut short")
    _, right, bottom, left, top, components = _J2K_HEADER.unpack_from(data)
    return right - left, bottom - top, components
