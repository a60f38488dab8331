"""The folder of kept films: one file a film, under the identifier of its record."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pneumoscope.errors import HistoryError
from pneumoscope.history.faults import told

_NAME = re.compile("[0-9a-f]{32}")


class FilmFolder:
    """Films at `FOLDER/ab/ID`, `ab` being the last two digits of the identifier. Only their owner
    may read them."""

    def __init__(self, root: Path) -> None:
        """Raises `HistoryError` where there can be no such folder."""
        self.root = root.absolute()
        with told(str(self.root)):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, identifier: str, data: bytes) -> bool:
        """Keep a film, whole or not at all, and say whether it was not there already.

        It is handed to the operating system and not forced to the disk, since that would cost more
        than reading the film did: a power failure may take the films of the last seconds, which
        `read` then notices. Raises as `told`.
        """
        path = self._path(identifier)
        with told(str(self.root)):
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

    def read(self, identifier: str, sha256: str) -> bytes | None:
        """A kept film; `None` where it is not there any more.

        Raises `HistoryError` where its bytes are not those that were kept, and as `told`.
        """
        with told(str(self.root)):
            try:
                data = self._path(identifier).read_bytes()
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
            for folder in sorted(self.root.iterdir()):
                if re.fullmatch("[0-9a-f]{2}", folder.name) and folder.is_dir():
                    names = [path.name for path in folder.iterdir() if _is_older(path, seconds)]
                    yield [name for name in names if _NAME.fullmatch(name)]

    def _path(self, identifier: str) -> Path:
        return self.root / identifier[-2:] / identifier


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
