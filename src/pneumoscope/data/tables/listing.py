"""The films that a table lists whose columns nobody has published."""

from __future__ import annotations

from collections.abc import Mapping

from pneumoscope.data.circumstances import circumstance_columns
from pneumoscope.data.split_names import SPLITS, known_split
from pneumoscope.data.tables.columns import FilmColumns, find_columns
from pneumoscope.data.tables.labels import label_parts
from pneumoscope.data.tables.listed_films import ListedFilm, Listing
from pneumoscope.data.tables.rules import TableRules
from pneumoscope.data.tables.table_files import TableRow, TableRows
from pneumoscope.errors import DatasetError
from pneumoscope.wording import listed

_KEPT = ("series", "number")


def list_films(table: TableRows, rules: TableRules) -> Listing:
    """The films of a table, by the columns that `rules` name or that are known by their names.

    Raises `DatasetError` as `find_columns`, for a row without a path, and for one with a split that
    is none, or with a `number` that is none.
    """
    columns = find_columns(table, rules)
    used = {columns.path, columns.label, columns.patient, columns.split, *_KEPT, "patient_id"}
    told = circumstance_columns(table.columns, used)
    kept = {name: name for name in _KEPT if name in table.columns} | told
    found = [part for part in (columns.sentence(), *table.notes) if part]
    return Listing(
        table=table.path,
        folder=rules.films or table.path.parent,
        films=tuple(_film(table, row, columns, kept, rules) for row in table.rows),
        path_column=columns.path,
        label_column=columns.label,
        patient_column=columns.patient,
        unused=tuple(name for name in table.columns if name not in {*used, *told.values()}),
        notes=(f"{table.path.name}: {'; '.join(found)}.",) if found else (),
    )


def _film(
    table: TableRows,
    row: TableRow,
    columns: FilmColumns,
    kept: Mapping[str, str],
    rules: TableRules,
) -> ListedFilm:
    """What a row says of a film; `kept` are columns of the table under our names for them."""
    text = row.cells[columns.label]
    labels = label_parts(text) if rules.finding is not None else (text,)
    return ListedFilm(
        row=row.number,
        path=row.cells[columns.path],
        labels=labels if text.strip() else None,
        patient=row.cells[columns.patient] if columns.patient else "",
        split=split_of_row(table, row, columns.split) if columns.split else "",
        kept={name: row.cells[column] for name, column in kept.items()},
    )


def split_of_row(table: TableRows, row: TableRow, column: str) -> str:
    """The split that a row gives, empty where it gives none. Raises `DatasetError` for another."""
    cell = row.cells[column]
    if not cell.strip():
        return ""
    split = known_split(cell)
    if split is None:
        raise DatasetError(
            f"Row {row.number} of {table.path} has the split {cell!r} in the column {column!r}.",
            f"Expected {listed([*SPLITS, 'nothing'])}. To divide the films whatever stands there, "
            "call the column otherwise, such as 'old_split': then it is passed over.",
        )
    return split
