"""What the rows of a table say of films, before it is decided which films there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ListedFilm:
    """What one row says of a film.

    `path` is as the table has it. `labels` are the findings that the row states, `None` where it
    states nothing; of `uncertain` ones it says so. `split` is one of ours, or empty. `reader` is
    who says all this, where a table tells. `kept` are cells of columns that are ours.
    """

    row: int
    path: str
    labels: tuple[str, ...] | None
    uncertain: tuple[str, ...] = ()
    patient: str = ""
    split: str = ""
    frontal: bool = True
    reader: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """The films that a table lists, row by row.

    `folder` is what paths are relative to. `label_column` is where labels stand, in words.
    `patient_column` tells patients, and of the columns `unused` nothing is known. `notes` say how
    the table was read.
    """

    table: Path
    folder: Path
    films: tuple[ListedFilm, ...]
    path_column: str
    label_column: str
    patient_column: str | None
    unused: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def of_folders(cls, root: Path, films: Sequence[ListedFilm]) -> Listing:
        """Films that a folder lists by lying in it, with the names of their folders as labels."""
        return cls(root, root, tuple(films), "path", "folder", None, (), ())
