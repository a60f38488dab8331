"""What lies in the cache folder: its files, what they hold, and how they are removed."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pneumoscope.data.cache import SUFFIX, read_index
from pneumoscope.errors import PneumoscopeError

_NAME = re.compile(r"[0-9a-f]{16}" + re.escape(SUFFIX))
# What a job that was killed left of a file that it had begun; see `files.whole_file`.
_PART = re.compile(r"\.[0-9a-f]{16}\.part" + re.escape(SUFFIX))
_SECONDS_OF_A_JOB = 24 * 3600


@dataclass(frozen=True)
class CacheFile:
    """One file of the cache: films of one folder, decoded for one size.

    `films` is how many there are, `size` their side in pixels, and `example` the path of one of
    them, relative to their folder; of a damaged or unfinished file there are none.
    """

    path: Path
    bytes: int
    changed: float
    films: int = 0
    size: int = 0
    example: str = ""


def cache_files(directory: Path) -> list[CacheFile]:
    """The files that this package wrote into a cache folder, the latest first.

    They are known by their names and by the mark at their end; all else is left out. Raises
    `PneumoscopeError` where the folder cannot be read.
    """
    try:
        found = list(_find(directory))
    except OSError as error:
        raise PneumoscopeError(
            f"The cache {directory} could not be read: {error.strerror or error}."
        ) from error
    return sorted(found, key=lambda file: -file.changed)


def remove_files(files: Iterable[CacheFile]) -> None:
    """Remove files of the cache. A job that has one open goes on with it.

    Raises `PneumoscopeError` where one cannot be removed.
    """
    for file in files:
        try:
            file.path.unlink(missing_ok=True)
        except OSError as error:
            raise PneumoscopeError(
                f"{file.path} could not be removed: {error.strerror or error}."
            ) from error


def _find(directory: Path) -> Iterator[CacheFile]:
    for path in directory.iterdir() if directory.is_dir() else ():
        if path.is_symlink() or not path.is_file():
            continue
        status = path.stat()
        if _PART.fullmatch(path.name) and time.time() - status.st_mtime > _SECONDS_OF_A_JOB:
            yield CacheFile(path, status.st_size, status.st_mtime)
        if not _NAME.fullmatch(path.name):
            continue
        with path.open("rb") as stream:
            index = read_index(stream)
        if index.entries:
            films = len(index.entries)
            size = math.isqrt(index.pixel_bytes // films)
            example = str(index.entries[0][0])
            yield CacheFile(path, status.st_size, status.st_mtime, films, size, example)
