"""Which labelled films a model is judged on, where a person says little: those that its own run
has held out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pneumoscope.data.labelled_films import find_labelled_films, source_of
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.sources import films_folder
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import DatasetError, TrainingError
from pneumoscope.runs.folder import RunFolder
from pneumoscope.runs.start import read_start
from pneumoscope.wording import count_films

ALL = "all"
"""Stands for the films of all splits, where one of them would be chosen."""


@dataclass(frozen=True)
class ChosenFilms:
    """Labelled films of one split, or with `None` of all.

    `source` says where they come from. `note` says in a sentence what was chosen that nobody asked
    for; it is empty where a person said everything.
    """

    table: FilmTable
    split: str | None
    source: str
    note: str = ""


def choose_films(
    data: FilmTable | str | Path | None,
    run: RunFolder | None,
    *,
    splits: Path | None = None,
    split: str | None = None,
    labels: Labels = "folder",
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
) -> ChosenFilms:
    """The films to judge a model on, `run` being the one that it comes from, if any.

    Without `data`, or where `data` is the folder of the run's films, they are divided as the run
    divided them, unless `splits` is a table that says otherwise, and the held-out split is chosen:
    `test`, or `val` where there is none. `split` chooses another, or `all`. All other data are
    those of `find_labelled_films`.

    Raises `DatasetError` where there is neither data nor a run, and what `find_labelled_films`
    raises.
    """
    wanted = None if split == ALL else split
    if data is None and run is None:
        raise DatasetError(
            "There are no films to judge the model on.",
            "Give a folder or table of films; only the folder of a run knows its own.",
        )
    if isinstance(data, FilmTable):
        found = find_labelled_films(data, split=wanted)
        return ChosenFilms(found, wanted, str(data.root))
    own = run is not None and (data is None or are_films_of(Path(data), run))
    if run is None or not own or splits is not None:
        data = _films_of(run) if run is not None and data is None else Path(data or "")
        found = find_labelled_films(
            data, splits=splits, split=wanted, labels=labels, patients=patients, tables=tables
        )
        return ChosenFilms(found, wanted, source_of(data, found))
    data = _films_of(run) if data is None else data
    table = find_labelled_films(data, splits=run.split_table, patients=patients)
    if split is not None:
        note = f"The films are divided as in the run {run.name} ({run.split_table})."
        return ChosenFilms(find_labelled_films(table, split=wanted), wanted, str(data), note)
    held_out = "test" if any(film.split == "test" for film in table.films) else "val"
    chosen = find_labelled_films(table, split=held_out)
    settings = "; its settings were chosen on them" if held_out == "val" else ""
    note = (
        f"These are the {count_films(len(chosen))} that the run {run.name} held out as {held_out}"
        f"{settings}. --split chooses others, or {ALL}."
    )
    return ChosenFilms(chosen, held_out, str(data), note)


def _films_of(run: RunFolder) -> Path:
    try:
        return read_start(run).films_folder(run)
    except TrainingError as error:
        raise DatasetError(error.message, "Give the folder or table of films.") from error


def are_films_of(data: Path, run: RunFolder) -> bool:
    """Whether a folder is the one that a run found its films in."""
    if not data.is_dir():
        return False
    try:
        return films_folder(data).resolve() == _films_of(run).resolve()
    except DatasetError:
        return False
