"""The folder of kept films: one file a film, under the identifier of its record."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pneumoscope.errors import HistoryError
from pneumoscope.history.faults import told

_NAME = re.compile(r"\.?([0-9a-f]{32})(?:\.part)?")


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
        if path.exists():
            return False
        part = self._part(identifier)
        with told(str(self.root)):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            try:
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                part.rename(path)
            finally:
                part.unlink(missing_ok=True)
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
        """Remove films, finished or not; those that are not there are passed over.

        Raises as `told`.
        """
        with told(str(self.root)):
            for identifier in identifiers:
                self._path(identifier).unlink(missing_ok=True)
                self._part(identifier).unlink(missing_ok=True)

    def older_than(self, seconds: float) -> Iterator[list[str]]:
        """The identifiers of films, finished or not, that were written before a time, in seconds
        since 1970; folder by folder. Files of others are passed over.

        Raises as `told`.
        """
        with told(str(self.root)):
            for folder in sorted(self.root.iterdir()):
                if re.fullmatch("[0-9a-f]{2}", folder.name) and folder.is_dir():
                    names = [path.name for path in folder.iterdir() if _is_older(path, seconds)]
                    yield [name[1] for name in map(_NAME.fullmatch, names) if name]

    def _path(self, identifier: str) -> Path:
        return self.root / identifier[-2:] / identifier

    def _part(self, identifier: str) -> Path:
        return self._path(identifier).with_name(f".{identifier}.part")


def _is_older(path: Path, seconds: float) -> bool:
    try:
        return path.stat().st_mtime < seconds
    except FileNotFoundError:  # removed meanwhile
        return False
