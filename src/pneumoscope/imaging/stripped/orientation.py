"""EXIF data that tell a picture's orientation and nothing else."""

from __future__ import annotations

import struct

from PIL import ExifTags

EXIF_MARK = b"Exif\0\0"
_TURNED = range(2, 9)
_SHORT = 3


def exif_of(orientation: int | None) -> bytes:
    """An EXIF block, without the mark that JPEG puts before it, that holds the orientation alone;
    empty where a film lies as it is seen."""
    if orientation not in _TURNED:
        return b""
    entry = struct.pack(">HHIHH", ExifTags.Base.Orientation, _SHORT, 1, orientation, 0)
    return struct.pack(">2sHIH", b"MM", 42, 8, 1) + entry + bytes(4)
