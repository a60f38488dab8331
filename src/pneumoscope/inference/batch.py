"""From what a person types to the films that are meant."""

from __future__ import annotations

import glob
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pneumoscope.errors import DatasetError
from pneumoscope.folders.account import FolderAccount, FolderNote
from pneumoscope.folders.search import FolderSearch
from pneumoscope.imaging.film import ReadLimits
from pneumoscope.imaging.formats import FORMAT_NAMES


class StandardInput(io.BytesIO):
    """The film that came through a pipe, read once so that it can be looked at twice."""

    name = "stdin"


@dataclass(frozen=True)
class MeantFilms:
    """The films that are meant, and what was passed over in folders."""

    films: list[Path | StandardInput]
    notes: tuple[FolderNote, ...] = ()


def expand_inputs(inputs: Iterable[str], stdin: BinaryIO, *, laterals: bool = False) -> MeantFilms:
    """The films meant by files, folders, patterns such as `ward/**/*.dcm`, and `-` for stdin.

    Inputs keep their order; the films of a folder (searched to any depth, as `folders.search` says)
    and of a pattern are sorted by path, and none comes twice. `laterals` takes lateral views in
    folders too; what is named as a file, or matches a pattern, is taken as it is. A file that does
    not exist stays in the list, to be reported with the unreadable ones.

    Raises `DatasetError` for a folder or a pattern without films.
    """
    films: dict[str, Path | StandardInput] = {}
    account = FolderAccount()
    for text in inputs:
        if text == "-":
            # One byte more than a film may have: reading it then says so.
            limit = ReadLimits().max_bytes + 1
            films.setdefault("-", StandardInput(stdin.read(limit)))
            continue
        for path in _expand(text, laterals, account):
            films.setdefault(os.path.abspath(path), path)  # noqa: PTH100
    return MeantFilms(list(films.values()), account.notes())


def names_of_films(films: Sequence[Path | StandardInput]) -> list[str]:
    """A relative path for each film, as deep as it lies below the deepest folder that all share.

    So films of one name in two folders do not collide where something is written for each.
    """
    # Not resolved: a link keeps the name by which the person knows the film.
    absolute = [
        None if isinstance(film, StandardInput) else Path(os.path.abspath(film))  # noqa: PTH100
        for film in films
    ]
    parents = [path.parent for path in absolute if path is not None]
    shared = Path(os.path.commonpath(parents)) if parents else Path()
    return [
        StandardInput.name if path is None else path.relative_to(shared).as_posix()
        for path in absolute
    ]


def _expand(text: str, laterals: bool, account: FolderAccount) -> list[Path]:
    def films_in(folder: Path) -> list[Path]:
        search = FolderSearch(folder, laterals=laterals, account=account)
        return [film.path for film in search.films_below(folder)]

    path = Path(text)
    if path.is_dir():
        found = films_in(path)
        if not found:
            told = "".join(f"; {note.sentence}" for note in account.notes())
            raise DatasetError(
                f"The folder {path} holds no films{told}.", f"Films are {FORMAT_NAMES} files."
            )
        return found
    if glob.has_magic(text) and not path.exists():
        matches = sorted(set(_matches(text)))
        found = [
            film for match in matches for film in (films_in(match) if match.is_dir() else [match])
        ]
        if not found:
            raise DatasetError(f"No film matches the pattern {text!r}.")
        return found
    return [path]


def _matches(pattern: str) -> Iterator[Path]:
    """What a pattern matches, as `glob.glob` does; but `**` does not follow links to folders.

    They may lead back up, and with two such links the ways round have no end.
    """
    start, *rest = Path(pattern).parts
    if "**" not in rest and start != "**":
        # Path.glob takes no absolute patterns.
        yield from map(Path, glob.iglob(pattern))  # noqa: PTH207
        return
    parts = [start, *rest]
    place = parts.index("**")
    above, below = parts[:place], parts[place + 1 :]
    for base in glob.iglob(os.path.join(*above)) if above else ["."]:  # noqa: PTH118, PTH207
        for parent, folders, _ in os.walk(base):
            folders[:] = [name for name in folders if not name.startswith(".")]
            if below:
                yield from _matches(os.path.join(glob.escape(parent), *below))  # noqa: PTH118
            else:
                yield Path(parent)
