"""Decoded, preprocessed films in one memory-mapped array on disk.

A cache is one file, so that it is replaced in one step and never half of each:

    pixels    uint8 (rows, size, size)
    index     JSON, for each film: path, size and time of change, digest, checksum of its row, and
              the reason where it could not be read
    trailer   length and checksum of the index, and a mark

A row is only used while its film's size and time, or else its bytes, are what they were, and while
its own checksum holds; all others are decoded again. So are a few films at every opening: another
way of decoding, as a new version of this package or of Pillow may bring, makes all rows stale.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.sources import film_digest
from pneumoscope.data.table import FilmTable
from pneumoscope.data.workers import map_in_processes
from pneumoscope.errors import DatasetError, ImageReadError
from pneumoscope.files import whole_file
from pneumoscope.imaging.film import UnreadableFilm, none_readable
from pneumoscope.imaging.preprocessing import PreprocessConfig, preprocess
from pneumoscope.imaging.reading import read_image

Pixels = NDArray[np.uint8]
Progress = Callable[[int, int], None]

_TRAILER = struct.Struct("<QI4s")
_MARK = b"PXC2"
SUFFIX = ".pixels"
_PROBES = 3


@dataclass(frozen=True, eq=False)
class PixelCache:
    """Preprocessed films, in the order of the table they were asked for.

    `pixels[rows[i]]` is film `i`, uint8 `(size, size)`; `pixels` is mapped read-only from disk.
    `digests[i]` is the hash of the film's bytes, `""` for a film that is not there. Where
    `readable[i]` is false the film could not be read: its row is black, `unreadable` says why.
    """

    pixels: Pixels
    rows: NDArray[np.int64]
    readable: NDArray[np.bool_]
    unreadable: tuple[UnreadableFilm, ...]
    digests: tuple[str, ...]

    @classmethod
    def open_or_build(
        cls,
        table: FilmTable,
        preprocess: PreprocessConfig,
        directory: Path,
        workers: int = 0,
        progress: Progress | None = None,
    ) -> PixelCache:
        """Open the cache of these films in `directory`; build what is missing, damaged or stale.

        There is one cache file for each root folder and `PreprocessConfig`. It serves any part of
        the films in it; once something has to be decoded, it is rewritten for the films of `table`.
        Films are decoded in `workers` processes (0: as `cores.threads`), and after each
        `progress(done, total)` is called. Processes that build the same cache at once both do the
        work, and do no harm.

        Raises `DatasetError` where no film can be read and where the cache cannot be written.
        """
        key = json.dumps([str(table.root.resolve()), asdict(preprocess)])
        file = directory / (hashlib.blake2b(key.encode(), digest_size=8).hexdigest() + SUFFIX)
        stored = _read(file, preprocess.size)
        if _decodes_differently(stored, table.root, preprocess):
            stored = _Stored.empty(preprocess.size)
        rows = _usable_rows(stored, table)
        if not _is_current(stored, rows, table.root):
            films = _renewed(stored, rows, table, preprocess, workers, progress)
            stored = _write(file, films, preprocess.size)
            rows = list(range(len(table)))
        return cls._of(stored, np.array(rows, dtype=np.int64))

    @classmethod
    def _of(cls, stored: _Stored, rows: NDArray[np.int64]) -> PixelCache:
        entries = [stored.entries[row] for row in rows]
        unreadable = tuple(
            UnreadableFilm(film.path, film.reason) for film in entries if film.reason
        )
        if len(unreadable) == len(entries):
            raise none_readable(unreadable)
        return cls(
            pixels=stored.pixels,
            rows=rows,
            readable=np.array([not entry.reason for entry in entries]),
            unreadable=unreadable,
            digests=tuple(entry.digest for entry in entries),
        )


@dataclass(frozen=True)
class _Entry:
    """What the index says of one film; `crc` is the checksum of its row."""

    path: str
    bytes: int
    mtime_ns: int
    digest: str
    crc: int
    reason: str

    def is_unchanged(self, root: Path) -> bool:
        return (self.bytes, self.mtime_ns) == _stamp(root / self.path)


@dataclass(frozen=True, eq=False)
class _Stored:
    """The contents of a cache file."""

    pixels: Pixels
    entries: Sequence[_Entry]

    @classmethod
    def empty(cls, size: int) -> _Stored:
        return cls(np.empty((0, size, size), dtype=np.uint8), ())


def _read(file: Path, size: int) -> _Stored:
    """Map a cache file; empty where there is none, or where its index is damaged."""
    try:
        with file.open("rb") as stream:
            index = read_index(stream)
            entries = [_Entry(*cells) for cells in index.entries]
            shape = (len(entries), size, size)
            if not entries or index.pixel_bytes != np.prod(shape):
                return _Stored.empty(size)
            return _Stored(np.memmap(stream, dtype=np.uint8, mode="r", shape=shape), entries)
    except OSError:
        return _Stored.empty(size)


class CacheIndex(NamedTuple):
    """What a cache file says of its films, of each the path first, and the bytes of all pixels."""

    entries: list[list[Any]]
    pixel_bytes: int


def read_index(stream: BinaryIO) -> CacheIndex:
    """The index of a cache file; empty where it is none, or damaged. Raises `OSError`."""
    nothing = CacheIndex([], 0)
    index_end = stream.seek(0, os.SEEK_END) - _TRAILER.size
    if index_end < 0:
        return nothing
    stream.seek(index_end)
    length, crc, mark = _TRAILER.unpack(stream.read())
    if mark != _MARK or length > index_end:
        return nothing
    stream.seek(index_end - length)
    index = stream.read(length)
    return (
        CacheIndex(json.loads(index), index_end - length) if zlib.crc32(index) == crc else nothing
    )


def _write(file: Path, films: Iterable[tuple[_Entry, Pixels]], size: int) -> _Stored:
    """Write a cache file beside its place, map it, and move it into its place in one step."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file, recorded=False) as part:
            _write_contents(part, films)
            # Mapped before the move: afterwards another process may have put its own file there.
            stored = _read(part, size)
    except OSError as error:
        raise DatasetError(
            f"The cache {file} could not be written: {error}.",
            "Check the space and the permissions there, or choose another folder for the cache.",
        ) from error
    return stored


def _write_contents(file: Path, films: Iterable[tuple[_Entry, Pixels]]) -> None:
    entries = []
    with file.open("xb") as stream:
        for entry, pixels in films:
            stream.write(pixels.data)
            entries.append(astuple(entry))
        index = json.dumps(entries).encode()
        stream.write(index + _TRAILER.pack(len(index), zlib.crc32(index), _MARK))


def _decodes_differently(stored: _Stored, root: Path, config: PreprocessConfig) -> bool:
    """Whether a few of the stored films, decoded once more, are not what they were."""
    readable = [entry for entry in stored.entries if not entry.reason]
    unreadable = [entry for entry in stored.entries if entry.reason]
    spread = [
        readable[i] for i in np.linspace(0, len(readable) - 1, _PROBES, dtype=int) if readable
    ]
    for entry in spread + unreadable[:_PROBES]:
        again, _ = _decode(root, config, entry.path)
        if again.digest == entry.digest and (again.crc, again.reason) != (entry.crc, entry.reason):
            return True
    return False


def _usable_rows(stored: _Stored, table: FilmTable) -> list[int | None]:
    """The stored row of each film of the table; `None` where there is none to be trusted."""
    row_of = {entry.path: row for row, entry in enumerate(stored.entries)}
    rows = [row_of.get(film.path) for film in table.films]
    return [
        row if row is not None and _is_usable(stored, row, table.root) else None for row in rows
    ]


def _is_usable(stored: _Stored, row: int, root: Path) -> bool:
    entry = stored.entries[row]
    if zlib.crc32(stored.pixels[row].data) != entry.crc:
        return False
    return entry.is_unchanged(root) or _digest(root / entry.path) == entry.digest


def _is_current(stored: _Stored, rows: Sequence[int | None], root: Path) -> bool:
    return all(row is not None and stored.entries[row].is_unchanged(root) for row in rows)


def _renewed(
    stored: _Stored,
    rows: Sequence[int | None],
    table: FilmTable,
    config: PreprocessConfig,
    workers: int,
    progress: Progress | None,
) -> Iterator[tuple[_Entry, Pixels]]:
    """Every film of the table with its pixels: from its stored row, or else decoded."""
    stale = [film.path for film, row in zip(table.films, rows, strict=True) if row is None]
    decoded = map_in_processes(partial(_decode, table.root, config), stale, workers)
    done = 0
    for row in rows:
        if row is not None:
            entry = stored.entries[row]
            size, mtime_ns = _stamp(table.root / entry.path)
            yield replace(entry, bytes=size, mtime_ns=mtime_ns), stored.pixels[row]
        else:
            yield next(decoded)
            done += 1
            if progress is not None:
                progress(done, len(stale))


def _decode(root: Path, config: PreprocessConfig, path: str) -> tuple[_Entry, Pixels]:
    """Read one film. It is stamped before it is read, so that a change meanwhile shows later."""
    file = root / path
    size, mtime_ns = _stamp(file)
    digest = _digest(file)
    reason = ""
    try:
        pixels = preprocess(read_image(file, target=config.size, name=path).pixels, config)
    except ImageReadError as error:
        reason = error.reason
        pixels = np.zeros((config.size, config.size), dtype=np.uint8)
    pixels = np.ascontiguousarray(pixels)
    return _Entry(path, size, mtime_ns, digest, zlib.crc32(pixels.data), reason), pixels


def _stamp(file: Path) -> tuple[int, int]:
    """Size in bytes and time of change in nanoseconds; -1 where there is no such file."""
    try:
        status = file.stat()
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _digest(file: Path) -> str:
    """The film's digest; empty where there is no file to read, about which `read_image` tells."""
    try:
        return film_digest(file) if file.is_file() else ""
    except OSError:
        return ""
