"""Labels for the DICOM films of a folder, from a table that knows them by their identifiers.

Which column tells which identifier is stated (`--join`), or found: of the columns that are called
as one of the identifiers, or else of all, the one whose cells are those of the most films; of
several such, the narrowest, so that a film's own row goes before its study's. Identifiers are
compared in memory. What is said names films by their paths and rows by their numbers, since a
patient's identifier is never printed or written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from pneumoscope.data.split_names import known_split
from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.columns import find_label_column, find_split_column, folded
from pneumoscope.data.tables.film_tables import label_films, row_of_film
from pneumoscope.data.tables.labels import label_parts
from pneumoscope.data.tables.listed_films import ListedFilm, Listing
from pneumoscope.data.tables.listing import split_of_row
from pneumoscope.data.tables.rules import TableRules
from pneumoscope.data.tables.table_files import TableRow, TableRows, read_rows
from pneumoscope.errors import DatasetError
from pneumoscope.folders.account import FolderNote
from pneumoscope.folders.search import FolderSearch, FoundFilm
from pneumoscope.imaging.dicom.study import IDENTIFIERS
from pneumoscope.wording import count_films, listed

# Letters and digits of what columns of each identifier are called.
_COLUMN_NAMES: Mapping[str, frozenset[str]] = {
    "SOPInstanceUID": frozenset({"sopinstanceuid", "sopuid", "instanceuid", "imageuid", "dicomid"}),
    "StudyInstanceUID": frozenset({"studyinstanceuid", "studyuid", "studyid", "study"}),
    "AccessionNumber": frozenset({"accessionnumber", "accession", "accessionno", "accessionid"}),
    "PatientID": frozenset({"patientid", "patient", "subjectid", "subject", "mrn", "pid"}),
}


@dataclass(frozen=True)
class _Join:
    """A column of a table, an identifier, and the row or rows of each value."""

    column: str
    identifier: str
    rows: Mapping[str, Sequence[TableRow]]
    films: int

    @classmethod
    def of(
        cls, table: TableRows, films: Sequence[FoundFilm], column: str, identifier: str
    ) -> _Join:
        rows: dict[str, list[TableRow]] = {}
        for row in table.rows:
            if value := row.cells[column].strip():
                rows.setdefault(value, []).append(row)
        matched = sum(_identifier(film, identifier) in rows for film in films)
        return cls(column, identifier, rows, matched)


def join_labels(root: Path, labels_from: Path, rules: TableRules) -> FilmTable:
    """The films of a folder, at any depth, that have a row with a label in the table `labels_from`.

    Splits are those of the table's column of splits, or else of folders train, val and test in
    `root`. Films without a row are left out; the table's `notes` count them, the rows without a
    film, and what was passed over in the folder. What was guessed of the table goes to
    `table_notes` and `rules.tell`.

    Raises `DatasetError` where no film has tags, a row or a label, where rows contradict each other
    about a film, and for columns that are not there; and as `read_rows`.
    """
    table = read_rows(labels_from)
    search = FolderSearch(root, laterals=rules.laterals)
    films = []
    for film in search.films_below(root):
        if film.tags is None:
            search.account.add("no-tags", search.name(film.path))
        else:
            films.append(film)
    if not films:
        raise DatasetError(
            f"{root} holds no DICOM films, whose tags could tell their rows in {table.path}.",
            "Labels of other films are told by folders of classes, or by a table with a column of "
            "paths.",
        )
    join = _find_join(table, films, rules.join)
    listing = _list_films(table, join, films, search, rules)
    labelled = label_films(listing, listing.films, rules)
    table_notes = (*table.notes, *labelled.notes)
    for note in table_notes:
        rules.tell(note)
    rows = [row_of_film(*film) for film in labelled.films]
    return replace(
        FilmTable.from_rows(root, rows),
        notes=(_joined(table, join, len(rows)), *search.notes),
        table_notes=table_notes,
    )


def _list_films(
    table: TableRows,
    join: _Join,
    films: Sequence[FoundFilm],
    search: FolderSearch,
    rules: TableRules,
) -> Listing:
    """What the rows of each film say; films and rows that have none of each other are counted."""
    label_column, split_column = find_label_column(table, rules), find_split_column(table)
    rows_of_films: list[ListedFilm] = []
    used: set[int] = set()
    for film in films:
        path = search.name(film.path)
        rows = join.rows.get(_identifier(film, join.identifier), ())
        used.update(row.number for row in rows)
        labelled = [row for row in rows if row.cells[label_column].strip()]
        if not labelled:
            search.account.add("no-label" if rows else "no-row", path)
        for row in labelled:
            text = row.cells[label_column].strip()
            split = (
                split_of_row(table, row, split_column)
                if split_column
                else known_split(PurePosixPath(path).parts[0]) or ""
            )
            labels = label_parts(text) if rules.finding is not None else (text,)
            rows_of_films.append(ListedFilm(row.number, path, labels, split=split))
    for row in table.rows:
        if row.number not in used:
            search.account.add("no-film", f"row {row.number} of {table.path.name}")
    if not rows_of_films:
        raise DatasetError(
            f"No film in {search.root} has a label in the column {label_column!r} of {table.path}.",
            "Name another column with --label-column.",
        )
    return Listing(
        table=table.path,
        folder=search.root,
        films=tuple(rows_of_films),
        path_column=join.column,
        label_column=label_column,
        patient_column=None,
        unused=(),
        notes=(),
    )


def _joined(table: TableRows, join: _Join, labelled: int) -> FolderNote:
    return FolderNote(
        "joined",
        labelled,
        join.column,
        f"labels of {count_films(labelled)} are those of {table.path.name}, whose column "
        f"{join.column!r} was taken for their {join.identifier}",
    )


def _identifier(film: FoundFilm, identifier: str) -> str:
    """A film's identifier; one that no cell has where it has none."""
    return (film.tags.identifiers.get(identifier, "") if film.tags else "") or "\0"


def _find_join(table: TableRows, films: Sequence[FoundFilm], stated: str | None) -> _Join:
    """The column and the identifier by which most films have a row."""
    pairs = list(_stated_pairs(table, stated)) if stated else list(_pairs(table))
    named = [pair for pair in pairs if folded(pair[0]) in _COLUMN_NAMES[pair[1]]]
    for tried in (named, pairs):
        joins = [_Join.of(table, films, *pair) for pair in tried]
        # `max` gives the first of equals, which is the narrowest.
        if joins and (best := max(joins, key=lambda join: join.films)).films:
            return best
    compared = listed(sorted({repr(column) for column, _ in pairs}))
    raise DatasetError(
        f"No row of {table.path} belongs to one of the {count_films(len(films))}: no cell in "
        f"{compared} is one of their identifiers ({listed(sorted({name for _, name in pairs}))}).",
        "Say which column tells which with --join COLUMN=IDENTIFIER. Spreadsheets drop zeros "
        "before numbers: format such columns as text.",
    )


def _pairs(table: TableRows) -> Iterator[tuple[str, str]]:
    return ((column, name) for name in IDENTIFIERS for column in table.columns)


def _stated_pairs(table: TableRows, stated: str) -> Iterator[tuple[str, str]]:
    """The columns and identifiers that `--join` may mean."""
    column, mark, name = stated.rpartition("=")
    identifiers = {folded(known): known for known in IDENTIFIERS}
    if not mark and stated in table.columns:
        return ((stated, name) for name in IDENTIFIERS)
    if folded(name) not in identifiers or (mark and column not in table.columns):
        raise DatasetError(
            f"--join has {stated!r}.",
            f"Expected one of {listed(IDENTIFIERS)}, a column of {table.path} "
            f"({listed(table.columns)}), or both as COLUMN=IDENTIFIER.",
        )
    columns = (column,) if mark else table.columns
    return ((column, identifiers[folded(name)]) for column in columns)
