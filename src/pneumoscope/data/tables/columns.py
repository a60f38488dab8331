"""Which columns of a table tell films, labels, patients and splits: as somebody says, or else by
the names that people give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pneumoscope.data.patients import patient_column
from pneumoscope.data.split_names import known_split
from pneumoscope.data.tables.published import likely_table
from pneumoscope.data.tables.rules import TableRules
from pneumoscope.data.tables.table_files import TableRows
from pneumoscope.errors import DatasetError, nearest
from pneumoscope.wording import listed

# Letters and digits of the names, in lower case. `Image Index` and `Finding Labels` are NIH's,
# `ImageID` and `Labels` PadChest's, `Path` CheXpert's, `dicom_id` MIMIC's.
_PATHS = frozenset(
    f"{what}{how}"
    for what in ("image", "img", "film", "file", "dicom", "dcm", "picture", "xray", "cxr")
    for how in ("", "path", "file", "name", "filename", "filepath", "index", "id")
) | {"path", "fname", "filepaths", "relativepath", "fullpath", "uri"}
_LABELS = frozenset(
    {
        *("label", "labels", "class", "classes", "classname", "classlabel", "target", "category"),
        *("finding", "findings", "findinglabel", "findinglabels", "diagnosis", "diagnoses"),
        *("disease", "pathology", "groundtruth"),
    }
)
_OF_FILMS = frozenset({".jpg", ".jpeg", ".png", ".dcm", ".tif", ".tiff", ".bmp", ".webp"})
_SPLITS = frozenset({"split", "subset", "partition", "dataset", "set", "fold", "phase"})


@dataclass(frozen=True)
class FilmColumns:
    """The columns of a table that tell films, labels and, where there are such, patients and
    splits; `guessed` are those of films and labels whose names nobody stated."""

    path: str
    label: str
    patient: str | None
    split: str | None
    guessed: tuple[str, ...]

    def sentence(self) -> str:
        """Which columns were guessed, in words; empty where they are called as ours are."""
        kinds = {self.path: "films", self.label: "labels"}
        parts = [f"{kinds[name]} by the column {name!r}" for name in self.guessed]
        as_ours = {folded(name) for name in self.guessed} <= {"path", "label"}
        return "" if as_ours else listed(parts)


def find_columns(table: TableRows, rules: TableRules) -> FilmColumns:
    """The columns of a table, as `rules` name them, or by their usual names.

    A name is usual in any case and with any blanks and underscores. Raises `DatasetError` for a
    column that is not there, and where none or several may be meant.
    """
    path = _column(table, rules.path_column, "films", "--path-column", _PATHS, "path")
    label = find_label_column(table, rules)
    if rules.patient_column is not None:
        patient: str | None = _stated(table, rules.patient_column, "--patient-column")
    else:
        patient = patient_column(name for name in table.columns if name not in (path, label))
    guessed = [
        name
        for name, stated in ((path, rules.path_column), (label, rules.label_column))
        if stated is None
    ]
    return FilmColumns(path, label, patient, find_split_column(table), tuple(guessed))


def find_label_column(table: TableRows, rules: TableRules) -> str:
    """The column of labels. Raises `DatasetError` as `find_columns`."""
    return _column(table, rules.label_column, "labels", "--label-column", _LABELS, "label")


def folded(name: str) -> str:
    """A column's name without what people write in different ways: case, blanks, underscores."""
    return re.sub(r"[\W_]", "", name).casefold()


def _column(
    table: TableRows,
    stated: str | None,
    what: str,
    option: str,
    usual: frozenset[str],
    own: str,
) -> str:
    if stated is not None:
        return _stated(table, stated, option)
    meant = [name for name in table.columns if folded(name) in usual]
    # Of several, the one that is called as we call it is meant.
    meant = [name for name in meant if folded(name) == own] or meant
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise DatasetError(
            f"Several columns of {table.path} may tell {what}: {_names(meant)}.",
            f"Say which: {option} {meant[0]!r}.",
        )
    published = likely_table(table.columns)
    hint = f"It looks like a published one: --table {published}. Else say" if published else "Say"
    raise DatasetError(
        f"No column of {table.path} is known to tell {what}. Its columns are "
        f"{_names(table.columns)}.",
        f"{hint} which column it is: {option} NAME."
        + (
            " If that is the first film and no header, put a row with the names of columns above."
            if any(PurePath(name).suffix.lower() in _OF_FILMS for name in table.columns)
            else ""
        ),
    )


def _stated(table: TableRows, name: str, option: str) -> str:
    """The column that somebody names, in any case."""
    for column in table.columns:
        if column == name:
            return column
    alike = [column for column in table.columns if folded(column) == folded(name)]
    if len(alike) == 1:
        return alike[0]
    raise DatasetError(
        f"{table.path} has no column {name!r} ({option}). Its columns are {_names(table.columns)}.",
        nearest(name, table.columns),
    )


def find_split_column(table: TableRows) -> str | None:
    """The column of splits: `split`, or one that is called so in another way and names splits."""
    for column in table.columns:
        if folded(column) == "split":
            return column
    for column in table.columns:
        if folded(column) in _SPLITS and _names_splits(row.cells[column] for row in table.rows):
            return column
    return None


def _names_splits(cells: Iterable[str]) -> bool:
    filled = {cell for cell in cells if cell.strip()}
    return bool(filled) and all(known_split(cell) for cell in filled)


def _names(columns: Sequence[str], most: int = 30) -> str:
    """Columns in words, of very many the first."""
    shown = [repr(name) for name in columns[:most]]
    more = [f"{len(columns) - most} more"] if len(columns) > most else []
    return listed([*shown, *more])
