"""Files written whole or not at all, and never over what somebody else made.

A result is written beside its place, under a short hidden name, and moved there in one step once it
is complete and on the disk. A kill at any instant leaves what was there before, or the new file.

What was written is listed in a record, `.pneumoscope.jsonl`, in the same folder: a line of JSON a
file, with its name and the SHA-256 of its bytes. So an earlier result that nobody has changed since
is told from what somebody else made.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Literal

RECORD = ".pneumoscope.jsonl"

# File systems take 255 bytes a name. Names as they are and shortened names differ in length, so
# that none of the one kind is ever one of the other.
_LONGEST_AS_IS = 200
_KEPT_OF_LONGER = 180
_LONGEST_SUFFIX = 16


@contextmanager
def whole_file(path: Path, *, recorded: bool = True) -> Iterator[Path]:
    """Give a path to write to, with the suffix of `path`; what is there at the end becomes `path`.

    A link at `path` is replaced and not followed. Where the block raises, what was written is
    removed and `path` stays as it was. `recorded` says whether the file goes into the record of its
    folder. Raises `OSError`, also where `path` is write-protected, a device or a folder.
    """
    if path.exists():
        if not path.is_file():
            raise OSError(errno.EINVAL, "there is something that is no regular file", str(path))
        if not path.is_symlink() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "it is write-protected", str(path))
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= _LONGEST_SUFFIX else ""
    part = path.with_name(f".{secrets.token_hex(8)}.part{suffix}")
    try:
        yield part
        with part.open("r+b") as file:
            os.fsync(file.fileno())
            if recorded:
                # Before the move: whatever a kill leaves at `path` is in the record.
                _record(path, hashlib.file_digest(file, "sha256").hexdigest())
        os.replace(part, path)  # noqa: PTH105 - replaces a link, and does not follow it
    finally:
        part.unlink(missing_ok=True)


def force_to_disk(path: Path) -> None:
    """Let the bytes of a file, or the names in a folder, survive a power failure. Raises
    `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, data: bytes, *, recorded: bool = True) -> None:
    """Write a file as `whole_file` does. Raises `OSError`."""
    with whole_file(path, recorded=recorded) as part:
        part.write_bytes(data)


def write_text(
    path: Path,
    text: str,
    *,
    errors: Literal["strict", "replace", "surrogateescape"] = "strict",
    recorded: bool = True,
) -> None:
    """Write UTF-8 as `whole_file` does, line ends as they are. Raises `OSError`."""
    write_bytes(path, text.encode("utf-8", errors), recorded=recorded)


def changed_or_foreign(paths: Iterable[Path]) -> list[Path]:
    """Those of `paths` where there is something else than what `whole_file` has written there.

    Raises `OSError` where a file cannot be read.
    """
    records: dict[Path, dict[str, set[str]]] = {}
    found = []
    for path in paths:
        if not os.path.lexists(path):
            continue
        if path.parent not in records:
            records[path.parent] = _recorded_digests(path.parent)
        digests = records[path.parent].get(path.name)
        if path.is_symlink() or not path.is_file() or not digests:
            found.append(path)
            continue
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() not in digests:
                found.append(path)
    return found


def recorded_names(folder: Path) -> frozenset[str]:
    """The names of the files that `whole_file` has recorded in a folder, whether or not they are
    still there. Raises `OSError` where the record cannot be read."""
    return frozenset(_recorded_digests(folder))


def fitting_name(name: str, suffix: str) -> str:
    """`name` and `suffix` as the name of a file that every usual file system takes.

    `name` may have folders in front. Of one above 200 bytes the start is kept, with a hash of the
    whole: the same name always gives the same file, and no two names share one.
    """
    *folders, last = PurePosixPath(name).parts
    encoded = os.fsencode(last)
    if len(encoded) > _LONGEST_AS_IS:
        digest = hashlib.sha256(encoded).hexdigest()
        start = encoded[:_KEPT_OF_LONGER].decode("utf-8", "ignore")
        last = f"{start}-{digest}"
    return str(PurePosixPath(*folders, last + suffix))


def _record(path: Path, sha256: str) -> None:
    line = json.dumps({"file": path.name, "sha256": sha256}).encode() + b"\n"
    # Not through a link, which may lead to a file of somebody else.
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path.parent / RECORD, flags, 0o666)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line  # a full disk has cut the line before
        file.write(line)


def _recorded_digests(folder: Path) -> dict[str, set[str]]:
    """The digests of what was written into a folder, by the names of the files."""
    record = folder / RECORD
    digests: dict[str, set[str]] = {}
    if record.is_symlink() or not record.is_file():
        return digests
    with record.open("rb") as lines:
        for line in lines:
            try:
                entry = json.loads(line)
                digests.setdefault(entry["file"], set()).add(entry["sha256"])
            except (ValueError, KeyError, TypeError):
                continue  # cut short by a full disk: its file is taken for somebody else's
    return digests
