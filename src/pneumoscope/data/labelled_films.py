"""Which films, with which labels, of which split."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.data.patient_rules import AS_FOUND, PatientRule, recognise_patients
from pneumoscope.data.sources import films_folder, find_films
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import DatasetError


def find_labelled_films(
    data: FilmTable | str | Path,
    *,
    splits: Path | None = None,
    split: str | None = None,
    labels: Labels = "folder",
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    one_class: bool = False,
) -> FilmTable:
    """The films of one split, or with `None` all.

    `data` is a table, which is taken as it is, or anything that `find_films` reads. `splits` is a
    table such as a run's `split.csv`, whose paths are relative to the folder of `data`: it says
    which films there are, with which labels and splits. `patients`, `tables` and `one_class`
    are those of `find_films`.

    Raises `DatasetError` where there are no such films, and what `find_films` raises.
    """
    if isinstance(data, FilmTable):
        table = data
    elif splits is None:
        table = find_films(data, labels, patients, tables, one_class=one_class)
    else:
        table = FilmTable.read_csv(splits, films_folder(Path(data), tables)).with_labels(labels)
        table = recognise_patients(table, patients)
    chosen = table if split is None else table.select(split)
    if not len(chosen):
        present = sorted({film.split for film in table.films if film.split})
        raise DatasetError(
            f"There are no films in the split {split!r}." if split else "The table has no films.",
            f"These films have the splits {', '.join(present)}."
            if present
            else "These films are not divided into splits; leave the split out, or give the table "
            "that divides them, such as the split.csv of a run.",
        )
    return chosen


def source_of(data: FilmTable | str | Path, table: FilmTable) -> str:
    """Where the films of a table came from, for records: what was named, `data`, where the paths of
    films are relative to that or to its folder; else their root."""
    if isinstance(data, FilmTable) or table.root not in (Path(data), Path(data).parent):
        return str(table.root)
    return str(data)
