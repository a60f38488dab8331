"""The one way from a folder to the films in it, for every command.

Films are the files with a suffix of `FORMATS`, damaged or not, and those with another or none whose
first bytes are a film's. DICOM objects are told apart by their tags (`imaging.dicom.study`): chest
radiographs from the front are films. Everything else is passed over, and accounted for.

Links are followed, wherever they lead: whoever puts one into a folder of films means what it
points to. No folder is read twice within a search below one folder, so that loops end.

Folders of results that lie among the films, such as an audit or runs, are no films: they are known
by the record of what was written there (see `files.py`).
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pneumoscope.errors import DatasetError
from pneumoscope.files import RECORD, recorded_names
from pneumoscope.folders.account import FolderAccount, FolderNote
from pneumoscope.imaging.formats import FILM_SUFFIXES, HEAD_BYTES, recognise

if TYPE_CHECKING:
    from pneumoscope.imaging.dicom.study import ObjectTags

NO_FILM_SUFFIXES = frozenset(
    {".csv", ".db", ".html", ".ini", ".json", ".md", ".npy", ".parquet", ".pdf", ".py", ".tsv"}
    | {".txt", ".xls", ".xlsx", ".xml", ".yaml", ".yml", ".zip"}
)
"""Files of these are not opened: the first letters of a text may be those of a picture's format."""

_DICOM_SUFFIXES = frozenset({".dcm", ".dic", ".dicom"})
# Tags that tell objects apart stand near the beginning of a file, before all that is long.
_TAG_BYTES = 2**16
_HIDDEN_NAMES = frozenset({"thumbs.db", "desktop.ini"})
_MASKS = re.compile(r"(^|[^a-z])(masks?|segmentations?|lung_fields)$", re.IGNORECASE)


@dataclass(frozen=True)
class FoundFilm:
    """A film of a folder, and what its tags say if it is a DICOM film."""

    path: Path
    tags: ObjectTags | None = None


class FolderSearch:
    """A search for films below a folder, `root`.

    `laterals` takes lateral views too. Several searches may share an `account`.
    """

    def __init__(
        self, root: Path, *, laterals: bool = False, account: FolderAccount | None = None
    ) -> None:
        self.root = root
        self.account = account or FolderAccount()
        self._laterals = laterals
        self._real_root = root.resolve()

    @property
    def notes(self) -> tuple[FolderNote, ...]:
        """What was passed over so far, and what was read that lies elsewhere."""
        return self.account.notes()

    def name(self, path: Path) -> str:
        """A path below the root, as tables write it."""
        return path.relative_to(self.root).as_posix()

    def entries(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """The folders and the files directly in a folder, sorted, without those that are hidden and
        folders of our own results.

        Raises `DatasetError` where it cannot be opened.
        """
        folders: list[Path] = []
        files: list[Path] = []
        try:
            for entry in sorted(folder.iterdir()):
                if entry.name == RECORD:
                    continue  # Our own record of what we wrote there is no news to anybody.
                if entry.name.startswith((".", "__MACOSX")) or entry.name.lower() in _HIDDEN_NAMES:
                    self.account.add("hidden", self.name(entry))
                elif not entry.is_dir():
                    files.append(entry)
                elif is_own(entry):
                    self.pass_over_folder("own", entry)
                else:
                    folders.append(entry)
        except OSError as error:
            raise DatasetError(
                f"The folder {folder} could not be read: {error.strerror}."
            ) from error
        return folders, files

    def films_below(self, folder: Path) -> list[FoundFilm]:
        """The films in a folder of the root and in those below it, at any depth, sorted by path."""
        files = (file for here in self._folders_below(folder) for file in here)
        return sorted(filter(None, map(self.film, files)), key=lambda film: film.path)

    def film(self, file: Path) -> FoundFilm | None:
        """The film in a file; `None` where it is none, which is accounted for."""
        kind, head = _look(file)
        tags = None
        if head:
            # pydicom takes long to import, and most films are of other formats.
            from pneumoscope.imaging.dicom.study import read_tags

            tags = read_tags(head)
            kind = tags.kind
        if kind == "film" or (kind == "lateral" and self._laterals):
            self.note_link(file)
            return FoundFilm(file, tags)
        self.account.add(kind, self.name(file))
        return None

    def note_link(self, path: Path) -> None:
        """Account for a file or folder that is read, if it is a link that leads out of the root."""
        if path.is_symlink() and not path.resolve().is_relative_to(self._real_root):
            self.account.add("leads-out", self.name(path))

    def pass_over_folder(self, kind: str, folder: Path) -> None:
        """Account for a folder that is passed over as a whole, with as many films as it seems to
        hold: nothing in it is opened."""
        films = sum(
            Path(name).suffix.lower() in FILM_SUFFIXES
            for _, _, names in os.walk(folder)
            for name in names
            if not name.startswith(".")
        )
        self.account.add(kind, self.name(folder), films)

    def _folders_below(self, top: Path) -> Iterator[list[Path]]:
        """The files of a folder, and of each below it: real folders first, then linked ones."""
        read: set[tuple[int, int]] = set()
        waiting, linked = deque([top]), deque[Path]()
        while waiting or linked:
            here = waiting.popleft() if waiting else linked.popleft()
            if here != top and (kind := _round_again(here, read)):
                self.account.add(kind, self.name(here))
                continue
            try:
                read.add(_identity(here))
                folders, files = self.entries(here)
            except (OSError, DatasetError):
                if here == top:
                    raise
                self.account.add("unopened", self.name(here))
                continue
            self.note_link(here)
            yield files
            for inner in folders:
                if is_masks(inner):
                    self.pass_over_folder("masks", inner)
                else:
                    (linked if inner.is_symlink() else waiting).append(inner)


def is_masks(folder: Path) -> bool:
    """Whether a folder is called as those of masks are, which look like films and are none."""
    return _MASKS.search(folder.name) is not None


def is_own(folder: Path) -> bool:
    """Whether a folder holds results that we wrote, or folders of such, as `runs` does, and neither
    a film that somebody else put there nor a link to a folder, which we never make."""
    if not _has_record(folder):
        return False
    for parent, inner, names in os.walk(folder):
        here = Path(parent)
        if any((here / name).is_symlink() for name in inner):
            return False
        foreign = (name for name in {*names} - _recorded(here) if not name.startswith("."))
        if any(_look(here / name)[0] == "film" for name in foreign):
            return False
    return True


def _has_record(folder: Path) -> bool:
    """Whether we wrote into a folder, or into each that lies in it."""
    if (folder / RECORD).is_file():
        return True
    try:
        with os.scandir(folder) as entries:
            inner = [Path(entry) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return False
    return bool(inner) and all(map(_has_record, inner))


def _recorded(folder: Path) -> frozenset[str]:
    try:
        return recorded_names(folder)
    except OSError:
        return frozenset()  # whatever lies there is then taken for somebody else's


def _round_again(folder: Path, read: set[tuple[int, int]]) -> str:
    """The kind of a folder that was read already, or from which the way leads back to itself; else
    empty."""
    if folder.is_symlink() and folder.parent.resolve().is_relative_to(folder.resolve()):
        return "loop"
    try:
        return "read-already" if _identity(folder) in read else ""
    except OSError:
        return ""


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _look(file: Path) -> tuple[str, bytes]:
    """The kind of a file by its name and first bytes, and of a DICOM file its beginning."""
    suffix = file.suffix.lower()
    if file.name.upper() == "DICOMDIR":
        return "dicomdir", b""
    if suffix in NO_FILM_SUFFIXES:
        return "other-file", b""
    named = "film" if suffix in FILM_SUFFIXES else "other-file"
    if named == "film" and suffix not in _DICOM_SUFFIXES:
        return "film", b""
    try:
        # A pipe or a device could block: only regular files are opened.
        if not file.is_file():
            broken = file.is_symlink() and not file.exists()
            return ("broken-link" if broken and named != "film" else named), b""
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
            known = recognise(head)
            if known is None or known.name != "DICOM":
                return ("film" if known else named), b""
            return "film", head + opened.read(_TAG_BYTES)
    except OSError:
        # Not allowed to look inside: a film to be listed, so that reading it says why.
        return "film", b""
