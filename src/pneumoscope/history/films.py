"""The folder of kept films: one file a film, under the identifier of its record."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pneumoscope.errors import HistoryError
from pneumoscope.files import force_to_disk
from pneumoscope.history.faults import told
from pneumoscope.history.identifiers import is_id

OWNER = "history-id"
"""The file in the folder that says whose films these are."""


class FilmFolder:
    """Films at `FOLDER/ab/ID`, `ab` being the last two digits of the identifier. Only their owner
    may read them. It is made by `make` or `claim`."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def make(self) -> None:
        """Make the folder where it is not there. Raises `HistoryError` where there can be none."""
        with told(str(self.root)):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def claim(self, history: str) -> None:
        """Let the folder, which is made if needed, belong to a history for good.

        One history claims at a time. Raises `HistoryError` where it is another's, and as `told`.
        """
        self.make()
        owner = self.root / OWNER
        with told(str(self.root)):
            if _write_new(owner, history.encode()):
                force_to_disk(owner)
                force_to_disk(self.root)
        self.check(history)

    def check(self, history: str | None) -> None:
        """Raise `HistoryError` where the folder does not belong to a history; `None`: where it
        belongs to any. And as `told`."""
        file = self.root / OWNER
        with told(str(self.root)):
            try:
                owner = file.read_bytes().decode(errors="replace")
            except FileNotFoundError:
                owner = None
        if owner == history:
            return
        if owner is None:
            raise HistoryError(
                f"{self.root} is not the folder of films of this history.",
                "Name the folder that it was used with.",
            )
        raise HistoryError(
            f"The films in {self.root} belong to another history.",
            "Name another folder, or the database that these films were kept with. Only where that "
            f"is gone for good, remove {file}: films that the new history does not know are then "
            "deleted.",
        )

    def write(self, identifier: str, data: bytes) -> bool:
        """Keep a film, whole or not at all, and say whether it was not there already.

        It is handed to the operating system and not forced to the disk, since that would cost more
        than reading the film did: a power failure may take the films of the last seconds, which
        `read` then notices. Raises as `told`.
        """
        path = self._path(identifier)
        with told(str(self.root)):
            return _write_new(path, data)

    def put(self, identifier: str, data: bytes) -> None:
        """Keep a film in place of what else is there under its identifier, and force it to the
        disk; its name gets there by `flush`. Raises as `told`."""
        path = self._path(identifier)
        with told(str(self.root)):
            if not _write_new(path, data) and path.read_bytes() != data:
                path.unlink()
                _write_new(path, data)
            force_to_disk(path)

    def flush(self) -> None:
        """Force the names of all films to the disk. Raises as `told`."""
        with told(str(self.root)):
            for folder in (*self._folders(), self.root, self.root.parent):
                force_to_disk(folder)

    def read(self, identifier: str, sha256: str) -> bytes | None:
        """A kept film; `None` where it is not there any more.

        Raises `HistoryError` where its bytes are not those that were kept, and as `told`.
        """
        path = self._path(identifier)
        with told(str(self.root)):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                return None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise HistoryError(
                f"The kept film of {identifier} is damaged.",
                "Delete the record, and send the film again.",
            )
        return data

    def remove(self, identifiers: Iterable[str]) -> None:
        """Remove films, whole or not; those that are not there are passed over.

        Raises as `told`.
        """
        with told(str(self.root)):
            for identifier in identifiers:
                self._path(identifier).unlink(missing_ok=True)

    def older_than(self, seconds: float) -> Iterator[list[str]]:
        """The identifiers of films, whole or not, that were written before a time, in seconds
        since 1970; folder by folder. Files of others are passed over.

        Raises as `told`.
        """
        with told(str(self.root)):
            for folder in self._folders():
                names = [path.name for path in folder.iterdir() if _is_older(path, seconds)]
                yield [name for name in names if is_id(name)]

    def _folders(self) -> list[Path]:
        """The folders that films are in."""
        return [
            folder
            for folder in sorted(self.root.iterdir())
            if re.fullmatch("[0-9a-f]{2}", folder.name) and folder.is_dir()
        ]

    def _path(self, identifier: str) -> Path:
        if not is_id(identifier):  # it could lead anywhere
            raise HistoryError(f"{identifier!r} is no identifier of a film.")
        return self.root / identifier[-2:] / identifier


def _write_new(path: Path, data: bytes) -> bool:
    """Write a file, whole or not at all, unless there is one, and say whether there was none."""
    try:
        descriptor = _create(path)
    except FileExistsError:
        return False
    # No record knows it yet: a part that a kill leaves is found as what nothing keeps.
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return True


def _create(path: Path) -> int:
    """A new file, open for writing, in a folder that is made if needed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return os.open(path, flags, 0o600)


def _is_older(path: Path, seconds: float) -> bool:
    try:
        return path.stat().st_mtime < seconds
    except FileNotFoundError:  # removed meanwhile
        return False
