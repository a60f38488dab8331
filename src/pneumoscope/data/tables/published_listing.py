"""The films that a published table lists, by its description in `published.py`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pneumoscope.data.circumstances import circumstance_columns
from pneumoscope.data.split_names import known_split
from pneumoscope.data.tables.columns import folded
from pneumoscope.data.tables.labels import label_parts
from pneumoscope.data.tables.listed_films import ListedFilm, Listing
from pneumoscope.data.tables.published import PUBLISHED_TABLES, Companion, PublishedTable
from pneumoscope.data.tables.rules import TableRules
from pneumoscope.data.tables.table_files import TableRow, TableRows, read_rows
from pneumoscope.errors import DatasetError
from pneumoscope.wording import listed

_PRESENT, _UNCERTAIN, _ABSENT = 1.0, -1.0, 0.0


def list_published(path: Path, rules: TableRules) -> Listing:
    """The films of the published table that `rules` name, with the tables beside it that it needs.

    Raises `DatasetError` where one of these is missing or has not the columns that it should have,
    and for a cell that is none of the values of its column.
    """
    kind = PUBLISHED_TABLES[rules.published or ""]
    notes = []
    table = read_rows(_beside(path, kind.base) or path) if kind.base else read_rows(path)
    for companion in kind.companions:
        beside = _beside(path, companion)
        if beside is None:
            notes.append(f"{_name_beside(path, companion)} is missing, so {companion.without}.")
        else:
            table = _joined(table, read_rows(beside), companion, kind)
    columns = _Columns(table, kind)
    return Listing(
        table=table.path,
        folder=rules.films or _folder(path, kind),
        films=tuple(columns.film(row) for row in table.rows),
        path_column=listed(kind.path_columns()),
        label_column=columns.label_column,
        patient_column=columns.patient,
        unused=(),
        notes=(f"{path.name}: read as a table of {kind.title}.", *notes),
    )


class _Columns:
    """The columns of a table under the names that its description has."""

    def __init__(self, table: TableRows, kind: PublishedTable) -> None:
        self._table, self._kind = table, kind
        self._of = {folded(name): name for name in table.columns}
        self._path = {name: self._needed(name) for name in kind.path_columns()}
        self._labels = next((self._of[folded(n)] for n in kind.labels if folded(n) in self._of), "")
        self._view = self._needed(kind.view) if kind.view else None
        self._split = self._needed(kind.split) if kind.split else None
        self._reader = self._of.get(folded(kind.reader)) if kind.reader else None
        self.patient = self._needed(kind.patient) if kind.patient else None
        used = {*self._path.values(), self._view, self._split, self._reader, self.patient}
        self._told = circumstance_columns(table.columns, (*self._path.values(), self._labels))
        self._findings: list[tuple[str, str]] = []
        if kind.findings:
            self._findings = [(name, self._needed(name)) for name in kind.findings]
        elif not self._labels:
            if kind.labels and not kind.reader:
                self._needed(kind.labels[-1])
            self._findings = [(name, name) for name in table.columns if name not in used]

    @property
    def label_column(self) -> str:
        """Where labels stand, in words."""
        return self._labels or listed([column for _, column in self._findings])

    def film(self, row: TableRow) -> ListedFilm:
        """What a row says of a film."""
        cells, kind = row.cells, self._kind
        path = kind.path.format_map({name: cells[column] for name, column in self._path.items()})
        patient = re.search(kind.patient_pattern, cells[self.patient]) if self.patient else None
        film = ListedFilm(
            row=row.number,
            path=path if all(cells[column].strip() for column in self._path.values()) else "",
            labels=self._listed_labels(row) if self._labels else None,
            patient=patient[1] if patient else "",
            split=(known_split(cells[self._split]) or "") if self._split else "",
            frontal=self._view is None or cells[self._view].strip() in kind.frontal,
            reader=cells[self._reader] if self._reader else "",
            kept={name: cells.get(column, "") for name, column in self._told.items()},
        )
        return film if self._labels else self._with_findings(film, row)

    def _listed_labels(self, row: TableRow) -> tuple[str, ...] | None:
        renamed = dict(self._kind.renamed)
        return (
            tuple(renamed.get(part, part) for part in label_parts(row.cells[self._labels])) or None
        )

    def _with_findings(self, film: ListedFilm, row: TableRow) -> ListedFilm:
        values = [(name, self._value(row, column)) for name, column in self._findings]
        present = tuple(name for name, value in values if value == _PRESENT)
        uncertain = tuple(name for name, value in values if value == _UNCERTAIN)
        # A study that no row of a joined table is about has no cells there at all.
        unlabelled = not any(column in row.cells for _, column in self._findings)
        return replace(film, labels=None if unlabelled else present, uncertain=uncertain)

    def _value(self, row: TableRow, column: str) -> float | None:
        cell = row.cells.get(column, "").strip()
        try:
            value = float(cell) if cell else None
        except ValueError:
            value = 2.0
        if value not in (None, _PRESENT, _UNCERTAIN, _ABSENT):
            raise DatasetError(
                f"Row {row.number} of {self._table.path} has {cell!r} in the column {column!r}.",
                f"In {self._kind.title} it is 1, 0, -1 or empty.",
            )
        return value

    def _needed(self, name: str) -> str:
        column = self._of.get(folded(name))
        if column is None:
            raise DatasetError(
                f"{self._table.path} has no column {name!r}, which the table of "
                f"{self._kind.title} has. Its columns are "
                f"{listed([repr(other) for other in self._table.columns])}.",
                "Leave --table out for tables of other columns, and name those of films and labels "
                "with --path-column and --label-column.",
            )
        return column


def _joined(
    table: TableRows, other: TableRows, companion: Companion, kind: PublishedTable
) -> TableRows:
    """The rows of a table with the cells of the first row of another that belongs to them."""
    for part in (table, other):
        if missing := [name for name in companion.on if name not in part.columns]:
            raise DatasetError(
                f"{part.path} has no column {missing[0]!r}, by which the tables of {kind.title} "
                f"belong together. Its columns are {listed([repr(name) for name in part.columns])}."
            )
    cells_of: dict[tuple[str, ...], Mapping[str, str]] = {}
    for row in other.rows:
        cells_of.setdefault(tuple(row.cells[name] for name in companion.on), row.cells)
    rows = tuple(
        TableRow(
            row.number,
            {**cells_of.get(tuple(row.cells[name] for name in companion.on), {}), **row.cells},
        )
        for row in table.rows
    )
    new = tuple(name for name in other.columns if name not in table.columns)
    return replace(table, columns=(*table.columns, *new), rows=rows)


def _beside(path: Path, companion: Companion) -> Path | None:
    """The companion table beside a table, compressed or not; `None` where one that is not needed
    is missing."""
    name = _name_beside(path, companion)
    for file in _spellings(path.with_name(name)):
        if file.is_file():
            return file
    if companion.without:
        return None
    raise DatasetError(
        f"There is no {name} beside {path.name} in {path.parent}.",
        "The published table comes in several files, which belong into one folder.",
    )


def _spellings(path: Path) -> Iterator[Path]:
    yield path
    name = path.name.removesuffix(".gz")
    yield path.with_name(name if path.suffix == ".gz" else f"{name}.gz")


def _name_beside(path: Path, companion: Companion) -> str:
    return re.sub(companion.pattern, companion.name, path.name)


def _folder(path: Path, kind: PublishedTable) -> Path:
    if kind.own_folder and path.absolute().parent.name == kind.own_folder:
        return Path(os.path.normpath(path.parent / ".."))
    return path.parent
