"""A film's file stripped of everything that tells of a person, whatever its format."""

from __future__ import annotations

import io
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile

from pneumoscope.imaging.film import ReadLimits
from pneumoscope.imaging.formats import recognise
from pneumoscope.imaging.reading import read_image
from pneumoscope.imaging.stripped.jpeg import strip_jpeg_file
from pneumoscope.imaging.stripped.png import strip_png
from pneumoscope.imaging.stripped.webp import strip_webp

_DEFAULT_LIMITS = ReadLimits()
_OURS = Path(__file__).parents[1]
_FAST = 1  # of zlib's levels: a film of 80 million pixels then takes seconds, not a minute


@dataclass(frozen=True)
class StrippedFilm:
    """A copy of a film's file.

    `note` is empty where the copy reads as the film does: the same pixels, shape and technical
    tags, but that of several frames it has the first alone. Else it says why the copy is a PNG file
    of the film's gray levels of 8 bits, which are the same, and of nothing else.
    """

    data: bytes
    note: str = ""


def strip_film(
    data: bytes,
    name: str = "film",
    *,
    limits: ReadLimits = _DEFAULT_LIMITS,
    max_bytes: int | None = None,
) -> StrippedFilm:
    """A copy of a film that `read_image` reads, with the same pixels and nothing about persons.

    JPEG, PNG, WebP, TIFF and DICOM keep pixels as they are encoded, and of the rest what decoding
    takes; BMP becomes PNG of the same colours. What can be seen in the picture stays. A file of
    unusual structure, and one whose copy would have more than `max_bytes`, becomes PNG of its gray
    levels, as `note` then says.

    Raises `ImageReadError` where gray levels are needed and cannot be read. A damaged film may
    give a copy that is damaged as well.
    """
    kind = recognise(data)
    try:
        if kind is None:
            raise ValueError("it is no film")
        copy = _STRIP[kind.name](data, name, limits)
        if max_bytes is None or len(copy) <= max_bytes:
            return StrippedFilm(copy)
        reason = f"a full one has {len(copy):,} bytes, more than the limit of {max_bytes:,}"
    except MemoryError:
        raise
    except Exception as error:
        # Parts out of order make our parsers and those of others raise almost anything.
        reason = _told(error)
    pixels = read_image(data, limits=limits, name=name).pixels
    return StrippedFilm(
        _png(Image.fromarray(pixels)), f"the copy holds gray levels of 8 bits alone ({reason})"
    )


def _told(error: Exception) -> str:
    """What an error says, where it is one of ours: others may repeat what stands in the file."""
    kind, raised = type(error).__name__, traceback.extract_tb(error.__traceback__)[-1].filename
    return f"{kind}: {error}" if Path(raised).is_relative_to(_OURS) else kind


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=_FAST)
    return file.getvalue()


def _strip_bmp(data: bytes, name: str, limits: ReadLimits) -> bytes:
    with BmpImageFile(io.BytesIO(data)) as image:
        limits.check_size(name, *image.size)
        image.load()
        return _png(image)


def _strip_tiff(data: bytes, name: str, limits: ReadLimits) -> bytes:
    from pneumoscope.imaging.stripped.tiff import strip_tiff

    return strip_tiff(data, name, limits)


def _strip_dicom(data: bytes, name: str, limits: ReadLimits) -> bytes:
    from pneumoscope.imaging.stripped.dicom import strip_dicom

    return strip_dicom(data, name)


_STRIP: dict[str, Callable[[bytes, str, ReadLimits], bytes]] = {
    "JPEG": lambda data, name, limits: strip_jpeg_file(data),
    "PNG": lambda data, name, limits: strip_png(data),
    "WebP": lambda data, name, limits: strip_webp(data),
    "TIFF": _strip_tiff,
    "BMP": _strip_bmp,
    "DICOM": _strip_dicom,
}
