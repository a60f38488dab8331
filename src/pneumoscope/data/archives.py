"""Unpacking archives of films that may be hostile."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pneumoscope.errors import DatasetError
from pneumoscope.files import write_bytes


@dataclass(frozen=True)
class ArchiveLimits:
    """How much an archive may unpack to; the defaults hold the Kermany set five times over."""

    max_files: int = 50_000
    max_file_bytes: int = 512 * 2**20
    max_total_bytes: int = 16 * 2**30


_DEFAULT_LIMITS = ArchiveLimits()
# Others need more memory than a file declares, and no archive of films is known to use them.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# What zipfile and zlib raise, by the ways in which an archive can be damaged.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    RuntimeError,
    ValueError,
)


def extract_archive(
    archive: Path,
    folder: Path,
    *,
    place: Callable[[str], str | None] = str,
    limits: ArchiveLimits = _DEFAULT_LIMITS,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Unpack the files of a ZIP archive below `folder`, and return how many were written.

    `place` gives the place of an entry below `folder` from its name in the archive, or `None` to
    leave it out. A file that is already there with the right length and checksum is kept, so an
    interrupted job goes on where it stopped; files appear under their names only when complete.

    Nothing is written before all names and sizes are found good. Raises `DatasetError` for links
    and devices, absolute and climbing paths, two entries of one place, encrypted or damaged
    entries, other compression than ZIP's usual one, anything beyond `limits`, and where `folder`
    cannot be written.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            entries = _checked(source, archive, place, limits)
            written = 0
            for done, (target, entry) in enumerate(entries.items(), start=1):
                written += _extract(source, entry, folder, target)
                if progress is not None:
                    progress(done, len(entries))
            return written
    except _DAMAGE as error:
        raise DatasetError(
            f"The archive {archive} is damaged or no ZIP file: {error}.", "Download it again."
        ) from error
    except OSError as error:
        raise DatasetError(f"Unpacking {archive} into {folder} failed: {error}.") from error


def write_film(folder: Path, place: str, data: bytes) -> None:
    """Write a file below `folder` in one step, so that it is there in full or not at all.

    Raises `DatasetError` for a place that is not below `folder`, links included, and `OSError`.
    """
    path = folder / check_place(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise DatasetError(f"{path.parent} is a link that leads out of {folder}.")
    write_bytes(path, data, recorded=False)


def check_place(name: str) -> str:
    """The name of a file relative to a folder, as it was given.

    Raises `DatasetError` where it could lead out of the folder, on any system, or is no name.
    """
    parts = PurePosixPath(name).parts
    strange = "\\" in name or "\0" in name or re.match(r"[A-Za-z]:", name)
    if not parts or name.startswith("/") or ".." in parts or strange:
        raise DatasetError(f"{name!r} is not a place inside the folder.", "The source is not safe.")
    return name


def _checked(
    source: zipfile.ZipFile,
    archive: Path,
    place: Callable[[str], str | None],
    limits: ArchiveLimits,
) -> dict[str, zipfile.ZipInfo]:
    """The entries to unpack, by their place below the folder."""
    entries: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for entry in source.infolist():
        if len(source.infolist()) > limits.max_files:
            raise _refused(archive, f"it holds more than {limits.max_files:,} entries")
        check_place(entry.filename)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refused(archive, f"{entry.filename} is a link or a device")
        target = None if entry.is_dir() else place(entry.filename)
        if target is None:
            continue
        if entry.flag_bits & 1:
            raise _refused(archive, f"{entry.filename} is encrypted")
        if entry.compress_type not in _METHODS:
            raise _refused(archive, f"{entry.filename} is not compressed by deflate")
        total += entry.file_size
        if entry.file_size > limits.max_file_bytes or total > limits.max_total_bytes:
            raise _refused(archive, f"{entry.filename} unpacks to more than the limit")
        if check_place(target) in entries:
            raise _refused(archive, f"two entries would become {target}")
        entries[target] = entry
    return entries


def _extract(source: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, target: str) -> bool:
    """Unpack one entry unless it is already there; whether it was written."""
    path = folder / target
    same_size = path.is_file() and not path.is_symlink() and path.stat().st_size == entry.file_size
    if same_size and zlib.crc32(path.read_bytes()) == entry.CRC:
        return False
    # zipfile stops at the declared length, which was checked, and compares the checksum.
    with source.open(entry) as stream:
        write_film(folder, target, stream.read())
    return True


def _refused(archive: Path, reason: str) -> DatasetError:
    return DatasetError(
        f"The archive {archive} is refused: {reason}.",
        "Get it from its official source.",
    )
