"""TIFF and 16-bit PNG files of any kind, made in memory: those too that no library writes."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from film_files import gray_film, png_chunk

Tags = dict[int, tuple[str, Any]]
_TYPES = {"B": 1, "A": 2, "H": 3, "I": 4, "Q": 16}


def written_tiff(pixels: NDArray[Any], **options: Any) -> bytes:
    """As tifffile writes it; planes `(samples, H, W)` where `planarconfig` is 2."""
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, metadata=None, **options)
    return file.getvalue()


def tiff(*pages: tuple[list[bytes], Tags], order: str = "<", big: bool = False) -> bytes:
    """A TIFF file of pages, each of strips and of tags: type (as of `struct`) and value or values.

    Where a page's tags lack them, offsets and byte counts of strips are written.
    """
    mark = {"<": b"II", ">": b"MM"}[order]
    room, word, counter = (8, "Q", "Q") if big else (4, "I", "H")
    content = mark + struct.pack(order + ("HHH" if big else "H"), *((43, 8, 0) if big else (42,)))
    link = len(content)
    content += bytes(room)
    for strips, given in pages:
        offsets = []
        for strip in strips:
            offsets.append(len(content))
            content += strip
        tags = {273: (word, offsets), 279: (word, [len(strip) for strip in strips]), **given}
        entries = b""
        for tag, (kind, value) in sorted(tags.items()):
            values = np.atleast_1d(value)
            stored = values.astype(order + {"B": "u1", "H": "u2", "I": "u4", "Q": "u8"}[kind])
            data = stored.tobytes()
            if len(data) > room:
                place, content = len(content), content + data
                data = struct.pack(order + word, place)
            entries += struct.pack(order + "HH" + word, tag, _TYPES[kind], len(values))
            entries += data.ljust(room, b"\0")
        start = struct.pack(order + word, len(content))
        content = content[:link] + start + content[link + room :]
        content += struct.pack(order + counter, len(tags)) + entries
        link = len(content)
        content += bytes(room)
    return content


def gray_tags(height: int, width: int, bits: int, **more: Any) -> Tags:
    """The tags of a page of gray levels in one strip; `more` as `tag_262=("H", 0)`."""
    tags: Tags = {256: ("I", width), 257: ("I", height), 258: ("H", bits), 262: ("H", 1)}
    tags |= {278: ("I", height)}
    return tags | {int(name.removeprefix("tag_")): value for name, value in more.items()}


def packed(values: NDArray[Any], bits: int) -> bytes:
    """Rows of whole numbers `(H, W)` of `bits` bits, from the highest bit on, each from a byte."""
    places = np.arange(bits)[::-1]
    each = (values[..., None].astype(np.int64) >> places & 1).astype(np.uint8)
    return np.packbits(each.reshape(len(values), -1), axis=1).tobytes()


def png16(
    pixels: NDArray[Any], chunks: bytes = b"", *, interlaced: bool = False, rows: int | None = None
) -> bytes:
    """A PNG file of 16 bits of `(H, W)` or `(H, W, samples)`, of which it may hold fewer rows."""
    height, width = pixels.shape[:2]
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[pixels[0, 0].size]
    stored = pixels.astype(">u2")
    parts = [stored]
    if interlaced:
        parts = [stored[::8, ::8], stored[::8, 4::8], stored[4::8, ::4], stored[::4, 2::4]]
        parts += [stored[2::4, ::2], stored[::2, 1::2], stored[1::2]]
    lines = [b"\0" + row.tobytes() for part in parts if part.size for row in part]
    header = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + chunks
        + png_chunk(b"IDAT", zlib.compress(b"".join(lines[:rows])))
        + png_chunk(b"IEND", b"")
    )


def every_kind() -> dict[str, bytes]:
    """One small valid file of every way to store samples."""
    film, deep = gray_film(), gray_film(bits=12)
    colours = np.stack([deep] * 3, axis=-1)
    ramp = np.arange(256) * 257
    palette = gray_tags(40, 56, 8, tag_262=("H", 3), tag_320=("H", [*ramp, *ramp, *ramp]))
    return {
        "big-endian bigtiff": written_tiff(deep, byteorder=">", bigtiff=True, compression="lzw"),
        "12-bit tiff": tiff(([packed(deep, 12)], gray_tags(40, 56, 12))),
        "palette tiff": tiff(([film.tobytes()], palette)),
        "tiff of predicted numbers": written_tiff(
            deep.astype(np.float64), compression="zlib", predictor=3
        ),
        "tiff of colour tiles in planes": written_tiff(
            np.moveaxis(colours, 2, 0),
            photometric="rgb",
            planarconfig=2,
            tile=(16, 32),
            compression="zlib",
            predictor=True,
        ),
        "jpeg in tiff": written_tiff(film, compression="jpeg"),
        "png of deep colour": png16(colours),
        "png of deep gray and alpha": png16(np.stack([deep, deep], axis=-1)),
        "interlaced png": png16(colours, interlaced=True),
    }


def stretched(values: NDArray[Any], seen: NDArray[Any] | None = None) -> NDArray[np.uint8]:
    """What values become by their minimum..maximum, of those `seen`, computed at full length."""
    numbers = values.astype(np.longdouble)
    shown = numbers if seen is None else numbers[seen]
    low, high = shown.min(), shown.max()
    return np.rint(np.clip((numbers - low) * 255 / (high - low), 0, 255)).astype(np.uint8)
