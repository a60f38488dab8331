"""The formats that films come in: their names, what files of them look like, and what reads them.

A new format is a row of `FORMATS` and, where Pillow alone does not do, a function that decodes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PIL.BmpImagePlugin import BmpImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from pneumoscope.imaging.film import Film, ReadLimits
from pneumoscope.imaging.pictures import decode_jpeg, decode_picture, decode_tiff

HEAD_BYTES = 132
"""How many bytes of a file `Format.sniff` looks at."""


@dataclass(frozen=True)
class Format:
    """A format of films: its name as people write it, and the usual suffixes.

    `sniff` says whether a file begins as one of this format; `guess`, whether it may be one without
    the mark, which is believed of a file that was named, but not of any file in a folder. `decode`
    gives the first frame of a file, from its bytes, the film's name, and target and limits as in
    `read_image`. Raises `ImageReadError`, and for a damaged file what the decoder raises.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    decode: Callable[[bytes, str, int | None, ReadLimits], Film]
    guess: Callable[[bytes], bool] = lambda data: False


def recognise(data: bytes) -> Format | None:
    """The format of a file, by its first bytes; `None` where it is none of `FORMATS`."""
    # DICOM, the last, goes first: the header of another format may stand before its mark.
    kinds = reversed(FORMATS)
    return next((kind for kind in kinds if kind.sniff(data) or kind.guess(data)), None)


def _begins_with(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(marks)


def _decode_dicom(data: bytes, name: str, target: int | None, limits: ReadLimits) -> Film:
    # pydicom takes long to import, and most films are no DICOM files.
    from pneumoscope.imaging.dicom.decoding import decode_dicom

    return decode_dicom(data, name, limits)


# DICOM stays last: `recognise` asks it first.
FORMATS = (
    Format("JPEG", (".jpeg", ".jpg"), _begins_with(b"\xff\xd8\xff"), decode_jpeg),
    Format(
        "PNG", (".png",), _begins_with(b"\x89PNG\r\n\x1a\n"), partial(decode_picture, PngImageFile)
    ),
    Format(
        "TIFF",
        (".tif", ".tiff"),
        _begins_with(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        decode_tiff,
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
        lambda data: data[128:132] == b"DICM",
        _decode_dicom,
        guess=_begins_with(b"\x02\x00", b"\x08\x00", b"\x00\x08"),  # an element of group 2 or 8
    ),
)
FILM_SUFFIXES = frozenset(suffix for kind in FORMATS for suffix in kind.suffixes)
FORMAT_NAMES = f"{', '.join(kind.name for kind in FORMATS[:-1])} or {FORMATS[-1].name}"
