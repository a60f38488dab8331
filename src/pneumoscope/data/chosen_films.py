"""Which labelled films a model is judged on, where a person says little: those that its own run
has held out."""

from __future__ import annotations

import filecmp
from dataclasses import dataclass
from pathlib import Path

from pneumoscope.data.labelled_films import find_labelled_films, source_of
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import DatasetError, TrainingError
from pneumoscope.runs.folder import RunFolder
from pneumoscope.runs.start import read_start
from pneumoscope.wording import count_films

ALL = "all"
"""Stands for the films of all splits, where one of them would be chosen."""

_COMPARED_FILMS = 10


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

    Without `data`, or where `data` is a folder that the run's films lie in (see `are_films_of`),
    they are divided as the run divided them, unless `splits` is a table that says otherwise, and
    the held-out split is chosen: `test`, or `val` where there is none. `split` chooses another, or
    `all`. All other data are those of `find_labelled_films`.

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
    if run is None or (splits is None and not (data is None or are_films_of(Path(data), run))):
        data = Path(data or "")
        found = find_labelled_films(
            data, splits=splits, split=wanted, labels=labels, patients=patients, tables=tables
        )
        return ChosenFilms(found, wanted, source_of(data, found))
    if splits is not None:
        data = _films_of(run) if data is None else data
        table = find_labelled_films(
            data, splits=splits, labels=labels, patients=patients, tables=tables
        )
        source = source_of(data, table)
        if split is not None:
            return ChosenFilms(find_labelled_films(table, split=wanted), wanted, source)
        return _held_out(table, source, f"that {splits} holds out")
    moved = "" if data is None else _where_moved(Path(data), run)
    data = _films_of(run) if data is None else data
    table = find_labelled_films(data, splits=run.split_table, patients=patients)
    if split is not None:
        note = f"{moved}The films are divided as in the run {run.name} ({run.split_table})."
        return ChosenFilms(find_labelled_films(table, split=wanted), wanted, str(data), note)
    return _held_out(table, str(data), f"that the run {run.name} held out", moved)


def _held_out(table: FilmTable, source: str, who: str, before: str = "") -> ChosenFilms:
    """The films of `test` or, where there are none, of `val`; all where nothing divides them."""
    present = {film.split for film in table.films}
    held_out = next((split for split in ("test", "val") if split in present), None)
    if held_out is None:
        return ChosenFilms(table, None, source, before.strip())
    chosen = find_labelled_films(table, split=held_out)
    settings = "; its settings were chosen on them" if held_out == "val" else ""
    note = (
        f"{before}These are the {count_films(len(chosen))} {who} as {held_out}{settings}. --split "
        f"chooses others, or {ALL}."
    )
    return ChosenFilms(chosen, held_out, source, note)


def _films_of(run: RunFolder) -> Path:
    try:
        return read_start(run).films_folder(run)
    except TrainingError as error:
        raise DatasetError(
            error.message,
            "Name the folder that they lie in now behind the run, such as `pneumoscope evaluate "
            f"{run.path} FOLDER`; they stay divided as in the run.",
        ) from error


def are_films_of(data: Path, run: RunFolder) -> bool:
    """Whether the films of a run lie in a folder: it is the one that the run found them in, or
    most of the paths in the run's table of splits are there.

    Films of another collection may have the same names. Where those of the run are still in their
    place, some are compared with them.
    """
    if not data.is_dir():
        return False
    try:
        before: Path | None = _films_of(run)
    except DatasetError:
        before = None
    if before is not None and data.resolve() == before.resolve():
        return True
    try:
        table = FilmTable.read_csv(run.split_table, data)
    except DatasetError:
        return False
    there = [film.path for film in table.films if (data / film.path).is_file()]
    if 2 * len(there) <= len(table):
        return False
    return before is None or all(
        (before / path).is_file() and filecmp.cmp(before / path, data / path, shallow=False)
        for path in there[:: max(1, len(there) // _COMPARED_FILMS)]
    )


def _where_moved(data: Path, run: RunFolder) -> str:
    """A sentence where the films of a run lie elsewhere than it says, else nothing."""
    try:
        if _films_of(run).resolve() == data.resolve():
            return ""
    except DatasetError:
        pass
    return f"{data} holds the films of the run {run.name}. "
