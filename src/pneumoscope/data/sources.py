"""Finding films with labels: in folders of classes (`class_folders.py`), in folders whose labels a
table gives (`joined_labels.py`), and in tables of films."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pneumoscope.data.class_folders import (
    LAYOUTS,
    UNLABELLED,
    FilmInFolders,
    films_in_class_folders,
    patients_by_folders,
)
from pneumoscope.data.patient_rules import (
    AS_FOUND,
    PatientRule,
    recognise_by_folders,
    recognise_patients,
)
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.data.tables.film_tables import label_films, read_film_table, row_of_film
from pneumoscope.data.tables.joined_labels import join_labels
from pneumoscope.data.tables.listed_films import ListedFilm, Listing
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.data.tables.table_files import KINDS_OF_TABLES, is_table
from pneumoscope.errors import DatasetError
from pneumoscope.wording import count_films

_NAMED_FILMS = 5


def find_films(
    root: str | Path,
    labels: Labels = "folder",
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    *,
    one_class: bool = False,
) -> FilmTable:
    """The table of all films under a folder, or in a table file, sorted by path.

    `labels` says where classes come from: the `folder` (or the table's column), or the `pathogen`
    in the film's name. `patients` is what a person says about patients; see `patients.py` for the
    rest. `tables` is what a person says about a table, and about labels that a table gives to the
    films of a folder. Links are followed, wherever they lead.

    The table's `notes` say what was passed over in a folder; `tables.tell` gets them too.

    Raises `DatasetError` where there is no such folder, no film or, unless `one_class` allows it,
    only one class, for a pattern that does not find every patient, and as `read_film_table` and
    `join_labels`;
    `MissingExtraError` for a table that needs a package.
    """
    root = Path(root)
    if root.is_file() and tables.labels_from is not None:
        raise DatasetError(
            f"--labels-from gives labels to the films of a folder, and {root} is a file.",
            "Give the folder of the films as DATA, or leave the option out.",
        )
    if root.is_file():
        table = recognise_patients(_from_table(root, tables).with_labels(labels), patients)
    elif tables.labels_from is not None:
        table = join_labels(films_folder(root), tables.labels_from, tables).with_labels(labels)
        table = recognise_patients(table, patients)
    else:
        folder = films_folder(root)
        tables.refuse_folder(folder)
        films, notes = films_in_class_folders(folder, laterals=tables.laterals)
        table = _label_by_folders(root, films, tables).with_labels(labels)
        table = recognise_patients(replace(table, notes=notes), patients)
        table = recognise_by_folders(table, patients_by_folders(films))
    for note in table.notes:
        tables.tell(note.sentence)
    if len(table.class_names) == 1 and not one_class:
        raise DatasetError(
            f"All {len(table)} films in {root} are {table.class_names[0]}.",
            f"{LAYOUTS} {UNLABELLED.format(root)}",
        )
    return table


def films_folder(source: Path, tables: TableRules = AS_WRITTEN) -> Path:
    """What the paths of films are relative to: a folder, or the root of a table of films.

    Raises `DatasetError` where there is neither, and as `read_film_table`.
    """
    if source.is_dir():
        return source
    if source.is_file():
        return _from_table(source, tables).root
    raise DatasetError(f"There is no folder or table {source}.", LAYOUTS)


def film_digest(path: Path) -> str:
    """A hash of a film's bytes: byte-identical films share it. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def film_digests(table: FilmTable) -> list[str]:
    """A hash of each film's bytes, in table order.

    Raises `DatasetError` where a film is missing or cannot be read.
    """
    digests, unread = [], []
    for film, path in zip(table.films, table.paths(), strict=True):
        try:
            digests.append(film_digest(path))
        except OSError as error:
            unread.append(f"{film.path} ({error.strerror or error})")
    if unread:
        named = "; ".join(unread[:_NAMED_FILMS])
        more = f"; and {len(unread) - _NAMED_FILMS:,} more" if len(unread) > _NAMED_FILMS else ""
        raise DatasetError(
            f"{count_films(len(unread))} could not be read: {named}{more}.",
            "Put them in their place, or take their rows out of the table. "
            "`pneumoscope data audit` lists all such films.",
        )
    return digests


def _label_by_folders(root: Path, films: Sequence[FilmInFolders], tables: TableRules) -> FilmTable:
    """Films under the names of their folders, which `tables` may change as it does a table's."""
    listed = [ListedFilm(0, film.path, (film.label,), split=film.split or "") for film in films]
    labelled = label_films(Listing.of_folders(root, listed), listed, tables)
    for note in labelled.notes:
        tables.tell(note)
    table = FilmTable.from_rows(root, [row_of_film(*film) for film in labelled.films])
    return replace(table, table_notes=labelled.notes)


def _from_table(path: Path, tables: TableRules) -> FilmTable:
    if not is_table(path):
        hint = "Save it as .xlsx or CSV." if path.suffix.lower() in {".xls", ".ods"} else LAYOUTS
        raise DatasetError(f"{path} is neither a folder nor a table ({KINDS_OF_TABLES}).", hint)
    return read_film_table(path, tables)
