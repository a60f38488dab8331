"""From the paths in a table to files below one folder.

Paths are read as they are, relative to a folder: without blanks around them, and with backslashes
as separators where no file is called so. Where not one of the films is there, the table may have
been written for another place, and these readings of all paths are tried, in this order:

    without the first folders that all paths share     CheXpert-v1.0-small/train/... in its folder
    with a suffix                                      0004cfab in place of 0004cfab.dcm
    by name, anywhere below the folder                 NIH's 00000001_000.png in images_001/images

The first under which a film is there counts for the whole table, and is said. Links are followed: a
table names its films on purpose.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from pneumoscope.data.tables.listed_films import Listing
from pneumoscope.errors import DatasetError
from pneumoscope.wording import count_films

_SUFFIXES = (".dcm", ".dicom", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
_SAMPLED_FILMS = 200
_NAMED_FILMS = 5


@dataclass(frozen=True)
class PlacedFilms:
    """The folder that all films lie below, and their paths below it, with forward slashes, in the
    order of the listing; which of them are there; `notes` say how they were found, and which are
    missing."""

    root: Path
    paths: tuple[str, ...]
    there: tuple[bool, ...]
    notes: tuple[str, ...]


def place_films(listing: Listing) -> PlacedFilms:
    """Find the files of the films that a table lists. Those that are missing keep their path.

    Raises `DatasetError` for a row without a path, where not one film is there, where a name is
    that of several files, and where films share no folder.
    """
    base = Path(os.path.abspath(listing.folder))  # noqa: PTH100 - links stay as they are
    texts = [_text(listing, row.path, row.row) for row in listing.films]
    files = [_file(base, text) for text in texts]
    there = [_is_file(file) for file in files]
    notes = []
    if not any(there):
        for words, reading, tried in _readings(base, texts):
            if any(_is_file(reading(text)) for text in tried):
                files = [reading(text) for text in texts]
                there = [_is_file(file) for file in files]
                notes.append(f"Films were found below {listing.folder}, {words}.")
                break
        else:
            raise DatasetError(
                f"None of the {len(texts)} films in {listing.table} exists.",
                f"Paths are read relative to {listing.folder}, such as '{texts[0]}' in row "
                f"{listing.films[0].row} (column {listing.path_column!r}). Name the folder of the "
                "films with --films ROOT.",
            )
    notes += _missing(listing, files, there)
    root, paths = _below_one_folder(listing, base, files)
    return PlacedFilms(root, paths, tuple(there), tuple(notes))


def _text(listing: Listing, path: str, row: int) -> str:
    if not path.strip() or "\0" in path:
        raise DatasetError(
            f"Row {row} of {listing.table} has {path!r} for the path of a film (column "
            f"{listing.path_column!r}).",
            "Every row needs one.",
        )
    return path


def _file(base: Path, text: str) -> str:
    """The file that a path means: as it is where that is there, else as it was probably meant."""
    as_written = _joined(base, text)
    tidy = _tidy(text)
    if tidy == text or _is_file(as_written):
        return as_written
    return _joined(base, tidy)


def _tidy(text: str) -> str:
    return text.strip().replace("\\", "/")


def _joined(base: Path, text: str) -> str:
    return os.path.normpath(os.path.join(base, text))  # noqa: PTH118 - names of any kind


def _is_file(file: str) -> bool:
    # Of names that no file can have, Path.is_file would raise.
    return os.path.isfile(file)  # noqa: PTH113


def _readings(
    base: Path, texts: Sequence[str]
) -> Iterator[tuple[str, Callable[[str], str], Sequence[str]]]:
    """Other readings of all paths, in words and as a function from a path to a file, and the paths
    to try them on."""
    sample = texts[:: max(1, len(texts) // _SAMPLED_FILMS)]
    parts = [PurePath(_tidy(text)).parts for text in texts]
    shared = [
        names[0]
        for names in itertools.takewhile(
            lambda names: len(set(names)) == 1, zip(*(path[:-1] for path in parts), strict=False)
        )
    ]
    for suffix in ("", *_SUFFIXES):
        for dropped in range(len(shared) + 1):
            if not suffix and not dropped:
                continue
            first = PurePath(*shared[:dropped]).as_posix()
            words = [f"without {first} before their paths"] if dropped else []
            words += [f"with the suffix {suffix}"] if suffix else []

            def reading(text: str, dropped: int = dropped, suffix: str = suffix) -> str:
                rest = PurePath(*PurePath(_tidy(text)).parts[dropped:])
                return _joined(base, f"{rest}{suffix}")

            yield " and ".join(words), reading, sample
    if all(len(path) == 1 for path in parts):
        by_name = _FilesByName(base)
        yield "by their names, in whatever folder", by_name.find, texts


class _FilesByName:
    """The files below a folder by their names, with and without suffix."""

    def __init__(self, base: Path) -> None:
        self._base, self._files = base, dict[str, list[str]]()
        visited: set[str] = set()
        for folder, folders, names in os.walk(base, followlinks=True):
            real = os.path.realpath(folder)
            if real in visited:
                folders.clear()
                continue
            visited.add(real)
            folders.sort()
            for name in sorted(names):
                file = os.path.join(folder, name)  # noqa: PTH118
                stem = os.path.splitext(name)[0]  # noqa: PTH122
                for key in {name, stem}:
                    self._files.setdefault(key, []).append(file)

    def find(self, text: str) -> str:
        name = _tidy(text)
        found = self._files.get(name) or self._files.get(os.path.splitext(name)[0], [])  # noqa: PTH122
        if len(found) > 1:
            raise DatasetError(
                f"{name} is the name of several files: {found[0]} and {found[1]}.",
                "Name the folder of the films with --films ROOT, or give paths in the table.",
            )
        return found[0] if found else _joined(self._base, name)


def _missing(listing: Listing, files: Sequence[str], there: Sequence[bool]) -> list[str]:
    """What is said of films that are not there, each film once."""
    missing = {
        file: f"row {row.row} ({row.path.strip()})"
        for row, file, found in zip(listing.films, files, there, strict=True)
        if not found
    }
    if not missing:
        return []
    named = list(missing.values())[:_NAMED_FILMS]
    more = f" and {len(missing) - len(named):,} more" if len(missing) > len(named) else ""
    are = "is" if len(missing) == 1 else "are"
    return [
        f"{count_films(len(missing))} of {listing.table.name} {are} not there: "
        f"{', '.join(named)}{more}."
    ]


def _below_one_folder(
    listing: Listing, base: Path, files: Sequence[str]
) -> tuple[Path, tuple[str, ...]]:
    """The folder of the listing where all films lie below it, else the deepest that they share."""
    inside = f"{base}{os.sep}" if str(base) != os.sep else os.sep
    if all(file.startswith(inside) for file in files):
        root, prefix = listing.folder, inside
    else:
        try:
            shared = os.path.commonpath([os.path.dirname(file) for file in files])  # noqa: PTH120
        except ValueError as error:
            raise DatasetError(
                f"The films in {listing.table} lie on several drives.", "Put them on one."
            ) from error
        root, prefix = Path(shared), os.path.join(shared, "")  # noqa: PTH118
    return root, tuple(file[len(prefix) :].replace(os.sep, "/") for file in files)
