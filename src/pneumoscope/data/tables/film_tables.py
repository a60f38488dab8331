"""Reading a table of films: from a file of any columns to a `FilmTable`, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.labels import (
    Labelled,
    one_label_a_film,
    reduce_to_finding,
    with_renamed_labels,
)
from pneumoscope.data.tables.listed_films import ListedFilm, Listing
from pneumoscope.data.tables.listing import list_films
from pneumoscope.data.tables.paths import place_films
from pneumoscope.data.tables.published_listing import list_published
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.data.tables.table_files import read_rows
from pneumoscope.errors import DatasetError
from pneumoscope.wording import counted

_PUBLISHED_FINDING = "PNEUMONIA"


def read_film_table(path: Path, rules: TableRules = AS_WRITTEN) -> FilmTable:
    """The films of a table file, sorted by path.

    The root of the table is `rules.films`, by default the file's own folder, and where films lie
    outside of that, the deepest folder that they share. Films that are missing stay in the table,
    but for published ones, of which people have parts.
    `table_notes` say what was guessed, left out and brought together; `rules.tell` gets them too.

    Raises `DatasetError` where the file is no such table, and names the column and the row;
    `MissingExtraError` for Parquet and Excel without the package that reads it.
    """
    listing = list_published(path, rules) if rules.published else list_films(read_rows(path), rules)
    notes = list(listing.notes)
    listing = _without(listing, notes, keep_laterals=rules.laterals)
    placed = place_films(listing)
    notes += placed.notes
    films: Sequence[ListedFilm] = [
        replace(film, path=path)
        for film, path, there in zip(listing.films, placed.paths, placed.there, strict=True)
        # Of published tables people have parts.
        if there or not rules.published
    ]
    labelled = label_films(listing, films, rules)
    notes += labelled.notes
    table = FilmTable.from_rows(
        placed.root,
        [row_of_film(film, label) for film, label in labelled.films],
        patients_from=listing.patient_column,
    )
    for note in notes:
        rules.tell(note)
    return replace(table, unused=listing.unused, table_notes=tuple(notes))


def _without(listing: Listing, notes: list[str], *, keep_laterals: bool) -> Listing:
    """The listing without lateral views and rows that have no label, which are counted in notes."""
    films = [film for film in listing.films if film.frontal or keep_laterals]
    if laterals := len(listing.films) - len(films):
        notes.append(
            f"Left out: {counted(laterals, 'row')} of lateral or other views (--laterals keeps "
            "them)."
        )
    labelled = [film for film in films if film.labels is not None]
    if unlabelled := len(films) - len(labelled):
        first = next(film.row for film in films if film.labels is None)
        notes.append(
            f"Left out: {counted(unlabelled, 'row')} without a label in the column "
            f"{listing.label_column!r}, the first of which is row {first}."
        )
    if not labelled:
        raise DatasetError(f"{listing.table} names no film with a label. {' '.join(notes)}")
    return replace(listing, films=tuple(labelled))


def label_films(listing: Listing, films: Sequence[ListedFilm], rules: TableRules) -> Labelled:
    """The films of a listing with one class each, renamed and reduced as `rules` say.

    Raises `DatasetError` as the functions of `labels.py`.
    """
    if rules.label_map:
        films = with_renamed_labels(films, dict(rules.label_map))
    finding = rules.finding or (_PUBLISHED_FINDING if rules.published else None)
    if finding is None:
        return one_label_a_film(listing, films)
    return reduce_to_finding(listing, films, finding, rules)


def row_of_film(film: ListedFilm, label: str) -> dict[str, str]:
    """A film of a listing as a row of a `FilmTable`."""
    return {
        **film.kept,
        "path": film.path,
        "label": label,
        "split": film.split,
        "patient_id": film.patient,
    }
