"""From what a person types to films, their names and, where folders tell, their classes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pneumoscope.data.sources import find_films
from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.data.tables.table_files import is_table
from pneumoscope.errors import DatasetError
from pneumoscope.inference.batch import expand_inputs, names_of_films
from pneumoscope.wording import printable


@dataclass(frozen=True)
class FilmToExplain:
    """A film's file, its name in what is written about it, and its class, where that is known."""

    file: Path
    name: str
    actual: str | None = None


@dataclass(frozen=True)
class FilmsToExplain:
    """The films, by name. `unlabelled` says why their classes are not known, if they are not."""

    films: tuple[FilmToExplain, ...]
    unlabelled: str = ""


def films_of_table(table: FilmTable, class_names: tuple[str, ...]) -> FilmsToExplain:
    """The films of a table with their labels, as the model calls them.

    Raises `DatasetError` where the model does not know a label, and as `find_films_to_explain`.
    """
    labels = [film.label for film in table.with_classes(class_names).films]
    return FilmsToExplain(_named(table.paths(), labels))


def find_films_to_explain(
    inputs: Sequence[str | Path],
    class_names: tuple[str, ...],
    tables: TableRules = AS_WRITTEN,
) -> FilmsToExplain:
    """The films meant by files, folders and patterns, as `expand_inputs` finds them.

    Where the only input is a table of films, or a folder with folders named as classes of the
    model, the films are those that `find_films` reads there, with their labels as the model calls
    them; `tables` is what a person says about a table, or about one that gives labels to a folder's
    films, and `tables.tell` gets what was passed over. A name is the film's path below the deepest
    folder that all films share, without characters that cannot be printed.

    Raises what `find_films` raises for a table, `expand_inputs` for everything else, and
    `DatasetError` where some labels are classes of the model and others are not, and for standard
    input, which cannot be read twice.
    """
    texts = [str(given) for given in inputs]
    if "-" in texts:
        raise DatasetError(
            "Films from standard input cannot be explained.", "Save the film into a file first."
        )
    table, unlabelled = _labelled_films(texts, class_names, tables)
    if table is not None:
        return films_of_table(table, class_names)
    meant = expand_inputs(texts, io.BytesIO(), laterals=tables.laterals)
    for note in meant.notes:
        tables.tell(note.sentence)
    files = [film for film in meant.films if isinstance(film, Path)]
    return FilmsToExplain(_named(files, [None] * len(files)), unlabelled)


def _named(files: Sequence[Path], labels: Sequence[str | None]) -> tuple[FilmToExplain, ...]:
    names = [printable(name) for name in names_of_films(files)]
    if len(set(names)) < len(names):
        raise DatasetError(
            "The names of two films differ only in characters that cannot be printed.",
            "Rename them, or explain them one after the other.",
        )
    return tuple(FilmToExplain(*film) for film in zip(files, names, labels, strict=True))


def _labelled_films(
    inputs: Sequence[str], class_names: tuple[str, ...], tables: TableRules
) -> tuple[FilmTable | None, str]:
    """The table of the films, or why there is none."""
    if len(inputs) > 1:
        return None, "Labels are taken from one folder or one table, and several inputs were given."
    path = Path(inputs[0])
    if is_table(path) or tables.labels_from is not None:
        return find_films(path, tables=tables), ""
    if not path.is_dir():
        return None, f"{path} is neither a folder nor a table."
    unlabelled = f"No folder in {path} is named as a class: {', '.join(class_names)}."
    try:
        # What is said of a data set may not hold of films without labels.
        table = find_films(path, tables=replace(tables, tell=AS_WRITTEN.tell))
    except DatasetError:
        # Not laid out as a data set: these are films all the same.
        return None, unlabelled
    known = {name.casefold() for name in class_names}
    if not any(label.casefold() in known for label in table.class_names):
        return None, unlabelled
    for line in (*table.table_notes, *(note.sentence for note in table.notes)):
        tables.tell(line)
    return table, ""
