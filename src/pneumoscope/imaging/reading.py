"""From a file to a film: one way in, for training, evaluation and every command."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import Film, ReadLimits
from pneumoscope.imaging.formats import FORMAT_NAMES, other_format, recognise
from pneumoscope.imaging.stored_film import StoredFilm

__all__ = ["Film", "ReadLimits", "Source", "contents", "decode", "name_of", "read_image"]

T = TypeVar("T")
Source = str | os.PathLike[str] | bytes | BinaryIO

_DEFAULT_LIMITS = ReadLimits()
_QUOTED = re.compile(r"\bb('[^']*'|\"[^\"]*\")")


def read_image(
    source: Source,
    *,
    target: int | None = None,
    limits: ReadLimits = _DEFAULT_LIMITS,
    name: str | None = None,
) -> Film:
    """Read a film of one of `FORMATS`, recognised by content, never by name.

    `source` is a path, the bytes of a file, or a file object open for reading bytes. `target` is
    the shortest side, in pixels, that the caller needs: a large JPEG may then be decoded at a
    reduced scale which is still at least twice the target on both sides. `name` replaces the name
    of the source in the film and in errors.

    The pixels are uint8 `(H, W)` with bright bones, turned as EXIF says. DICOM windows are applied;
    where there is none, more than 8 bits are mapped linearly from the film's own minimum..maximum
    to 0..255. Of several frames the first is read.

    Raises `ImageReadError`, with the film's name and the reason, for anything that cannot be read:
    no such file, a folder or device, a file beyond `limits`, damaged, or of another kind.
    """
    if target is not None and target < 1:
        raise ValueError(f"target must be at least 1 pixel, got {target}")
    return decode(source, StoredFilm.film, target=target, limits=limits, name=name)


def decode(
    source: Source,
    taken: Callable[[StoredFilm], T],
    *,
    target: int | None = None,
    limits: ReadLimits = _DEFAULT_LIMITS,
    name: str | None = None,
) -> T:
    """What `taken` makes of a decoded film; the rest is as for `read_image`, which is one of its
    uses."""
    name = name or name_of(source)
    data = contents(source, name, limits)
    if not data:
        raise ImageReadError(name, "the file is empty.")
    kind = recognise(data)
    if kind is None:
        other = other_format(data)
        # Not the first bytes themselves: of a text, a report, they may be a name.
        what = f"it is a {other} file" if other else "its first bytes are those of no such file"
        raise ImageReadError(
            name,
            f"not a {FORMAT_NAMES} file ({what}).",
            "Convert it to one of these formats.",
        )
    try:
        return taken(kind.decode(data, name, target, limits))
    except (ImageReadError, ImportError):  # a damaged installation is no damaged film
        raise
    except Exception as error:
        # The one place where decoders' errors become ours. Malformed bytes make them raise almost
        # anything: OSError, SyntaxError, struct.error, ValueError, KeyError, MemoryError, ...
        raise ImageReadError(
            name,
            f"damaged or unsupported {kind.name} file ({type(error).__name__}: {_brief(error)}).",
            "Export or copy the film again.",
        ) from error


def _brief(error: Exception) -> str:
    """One line of an error's text; some decoders write paragraphs. Bytes of the file, which may be
    a name and which they quote, are left out."""
    text = _QUOTED.sub("...", " ".join(str(error).split()))
    return text if len(text) <= 200 else text[:200] + "..."


def name_of(source: Source) -> str:
    """What a film is called in results and errors: its path, or the name of its file object."""
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "film"


def contents(source: Source, name: str, limits: ReadLimits) -> bytes:
    """The bytes of a source. Raises `ImageReadError` as `read_image` does."""
    if isinstance(source, bytes | bytearray | memoryview):
        limits.check_bytes(name, len(source))
        return bytes(source)
    if not isinstance(source, str | os.PathLike) and not callable(getattr(source, "read", None)):
        raise ImageReadError(
            name,
            f"got {type(source).__name__}, expected a path, the bytes of a file, or a file object.",
            "Pixels go to Predictor.predict, as an array or an image of Pillow.",
        )
    try:
        if isinstance(source, str | os.PathLike):
            return _file_contents(Path(source), name, limits)
        data = source.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise ImageReadError(name, "there is no such file.") from error
    except PermissionError as error:
        raise ImageReadError(name, "you are not permitted to read this file.") from error
    except (OSError, ValueError) as error:
        raise ImageReadError(name, f"cannot be opened or read ({error}).") from error
    if not isinstance(data, bytes):
        raise ImageReadError(
            name, f"reading gave {type(data).__name__}, not bytes.", "Open the file in mode 'rb'."
        )
    limits.check_bytes(name, len(data))
    return data


def _file_contents(path: Path, name: str, limits: ReadLimits) -> bytes:
    status = path.stat()
    # Opening a pipe or a device could wait for ever.
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise ImageReadError(name, f"is {what}.", "Give the path of one film.")
    limits.check_bytes(name, status.st_size)
    return path.read_bytes()
