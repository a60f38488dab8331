"""PNG files without text, dates, profiles and the chunks of others."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable

from PIL.PngImagePlugin import PngImageFile

from pneumoscope.imaging.orientation import exif_orientation
from pneumoscope.imaging.png import chunks
from pneumoscope.imaging.stripped.orientation import exif_of

_MARK = b"\x89PNG\r\n\x1a\n"
_HEADER, _PIXELS, _END, _EXIF = b"IHDR", b"IDAT", b"IEND", b"eXIf"
# Besides: the palette, the colour that is transparent, and the number of frames.
_NEEDED = {_HEADER, b"PLTE", b"tRNS", b"acTL", _PIXELS}
_FIRST_FRAME = b"fcTL"
_MAY_TELL_ORIENTATION = {_EXIF, b"tEXt", b"zTXt", b"iTXt"}
_ONE_PIXEL = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)


def strip_png(data: bytes) -> bytes:
    """A PNG file of the same chunks of pixels, palette and transparency, turned the same way.

    Of an animated file the first frame stays, and how many there were. Raises `ValueError` for
    pixels that lie in several places.
    """
    found: list[tuple[bytes, bytes]] = []
    kinds: list[bytes] = []
    for kind, start, end in chunks(data):
        kinds.append(kind)
        if kind == _END:
            break
        found.append((kind, data[start:end]))
    pixels = [place for place, kind in enumerate(kinds) if kind == _PIXELS]
    if not pixels or kinds[-1] != _END or len(pixels) != pixels[-1] - pixels[0] + 1:
        raise ValueError("its PNG data lie in several places, or have no end")
    exif = exif_of(_orientation(found))
    kept: list[tuple[bytes, bytes]] = []
    for place, (kind, content) in enumerate(found):
        if kind == _PIXELS and place == pixels[0] and exif:
            kept.append((_EXIF, exif))
        if kind in _NEEDED or (kind == _FIRST_FRAME and place < pixels[0]):
            kept.append((kind, content))
    return png_file(kept)


def _orientation(found: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The orientation in a file's chunks, which are put around a single pixel for that."""
    telling = [chunk for chunk in found if chunk[0] in _MAY_TELL_ORIENTATION]
    if not telling:
        return None
    pixel = (_PIXELS, zlib.compress(bytes(2)))
    with PngImageFile(io.BytesIO(png_file([(_HEADER, _ONE_PIXEL), pixel, *telling]))) as image:
        image.load()
        return exif_orientation(image)


def png_file(content: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A file of chunks, the last of which is added."""
    parts = [_MARK]
    for kind, data in (*content, (_END, b"")):
        parts += struct.pack(">I", len(data)), kind, data
        parts.append(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))
    return b"".join(parts)
