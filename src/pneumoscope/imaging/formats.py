"""The formats that films come in: their names, what files of them look like, and what reads them.

A new format is a row of `FORMATS` and, where Pillow alone does not do, a function that decodes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PIL.BmpImagePlugin import BmpImageFile
from PIL.WebPImagePlugin import WebPImageFile

from pneumoscope.imaging.film import ReadLimits
from pneumoscope.imaging.jpeg import decode_jpeg
from pneumoscope.imaging.pictures import decode_picture
from pneumoscope.imaging.png import decode_png
from pneumoscope.imaging.stored_film import StoredFilm

_ELEMENT_BYTES = 8
_HIGHEST_FIRST_ELEMENT, _LONGEST_FIRST_VALUE = 0x0070, 1024
HEAD_BYTES = 132
"""How many bytes of a file `Format.sniff` looks at."""


@dataclass(frozen=True)
class Format:
    """A format of films: its name as people write it, and the usual suffixes.

    `sniff` says whether a file begins as one of this format. `decode` gives the first frame of a
    file, from its bytes, the film's name, and target and limits as in `read_image`. Raises
    `ImageReadError`, and for a damaged file what the decoder raises.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    decode: Callable[[bytes, str, int | None, ReadLimits], StoredFilm]


def recognise(data: bytes) -> Format | None:
    """The format of a file, by its first bytes; `None` where it is none of `FORMATS`."""
    # DICOM, the last, goes first: the header of another format may stand before its mark.
    return next((kind for kind in reversed(FORMATS) if kind.sniff(data)), None)


def other_format(data: bytes) -> str | None:
    """The name of a format that is known and not read; `None` for bytes that are none of these."""
    return next((name for name, begins in _OTHERS.items() if begins(data)), None)


def _begins_with(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(marks)


def _begins_with_an_element(data: bytes) -> bool:
    """Whether these may be DICOM elements without preamble and mark, as many old films are.

    The first is of group 2 or 8, has a low number, and is short; its type, where it names one,
    consists of two capitals (PS3.5, 7.1).
    """
    for order in ("<", ">"):
        if len(data) < _ELEMENT_BYTES:
            break
        group, element, kind, length = struct.unpack_from(f"{order}HH2sH", data)
        if group not in (2, 8) or element > _HIGHEST_FIRST_ELEMENT:
            continue
        if not (kind.isalpha() and kind.isupper()):  # Implicit VR: the length has four bytes
            length = int.from_bytes(data[4:8], "little" if order == "<" else "big")
        return int(length) <= _LONGEST_FIRST_VALUE
    return False


# These take long to import, and most films are of other formats.


def _decode_tiff(data: bytes, name: str, target: int | None, limits: ReadLimits) -> StoredFilm:
    from pneumoscope.imaging.tiff.decoding import decode_tiff

    return decode_tiff(data, name, limits)


def _decode_dicom(data: bytes, name: str, target: int | None, limits: ReadLimits) -> StoredFilm:
    from pneumoscope.imaging.dicom.decoding import decode_dicom

    return decode_dicom(data, name, limits)


# DICOM stays last: `recognise` asks it first.
FORMATS = (
    Format("JPEG", (".jpeg", ".jpg"), _begins_with(b"\xff\xd8\xff"), decode_jpeg),
    Format("PNG", (".png",), _begins_with(b"\x89PNG\r\n\x1a\n"), decode_png),
    Format(
        "TIFF",
        (".tif", ".tiff"),
        _begins_with(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        _decode_tiff,
    ),
    Format("BMP", (".bmp",), _begins_with(b"BM"), partial(decode_picture, BmpImageFile)),
    Format(
        "WebP",
        (".webp",),
        lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP",
        partial(decode_picture, WebPImageFile),
    ),
    Format(
        "DICOM",
        (".dcm", ".dic", ".dicom"),
        lambda data: data[128:132] == b"DICM" or _begins_with_an_element(data),
        _decode_dicom,
    ),
)
FILM_SUFFIXES = frozenset(suffix for kind in FORMATS for suffix in kind.suffixes)
FORMAT_NAMES = f"{', '.join(kind.name for kind in FORMATS[:-1])} or {FORMATS[-1].name}"

_OTHERS: dict[str, Callable[[bytes], bool]] = {
    "JPEG XL": _begins_with(b"\xff\x0a", b"\0\0\0\x0cJXL "),
    "JPEG 2000": _begins_with(b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"),
    "HEIF or AVIF": lambda data: data[4:8] == b"ftyp",
    "GIF": _begins_with(b"GIF8"),
    "PDF": _begins_with(b"%PDF"),
    "NIfTI": lambda data: data[344:348] in (b"n+1\0", b"ni1\0"),
}
