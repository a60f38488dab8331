"""Whether films keep the splits that they come with, and what is said of it."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.data.sources import find_films
from pneumoscope.data.split_names import SPLITS
from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.columns import find_split_column
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.data.tables.table_files import read_rows
from pneumoscope.recipe.settings import Recipe, SplitConfig
from pneumoscope.wording import count_films, listed


def keep_given_splits(recipe: Recipe, data: Path, tables: TableRules = AS_WRITTEN) -> Recipe:
    """The recipe for films that somebody has divided: those of a table with splits keep them.

    So does one that only gives labels to the films of a folder. Folders are divided by the recipe
    as it is: the official `val` of Kermany's has 16 films. Raises as `find_films`.
    """
    table = data if data.is_file() else tables.labels_from
    if table is None or (data.is_dir() and not find_split_column(read_rows(table))):
        return recipe
    if not any(film.split for film in find_films(data, tables=tables).films):
        return recipe
    return recipe.model_copy(update={"split": SplitConfig(mode="given")})


def division_lines(table: FilmTable, config: SplitConfig) -> list[str]:
    """Whose films these are, how they were divided and into what, which were left out, and a
    warning where patients were not recognised."""
    summary = table.patients()
    counts = {split: sum(row.values()) for split, row in table.counts().items()}
    parts = [f"{counts[split]:,} {split}" for split in SPLITS if split in counts]
    lines = [
        f"{summary.sentence()}.",
        f"Divided {_how(table, config)}: {listed(parts)}.",
        *left_out_lines(table, config),
    ]
    return [*lines, f"warning: {summary.warning()}"] if summary.warning() else lines


def left_out_lines(table: FilmTable, config: SplitConfig) -> list[str]:
    """How many films of a divided table are in no split, and why: a line each reason."""
    held_out: dict[str, set[str]] = {}
    for film in table.films:
        if film.split in ("val", "test"):
            held_out.setdefault(film.patient_id, set()).add(film.split)
    left_out = [film for film in table.films if film.split is None]
    straddling = [held_out[film.patient_id] for film in left_out if film.patient_id in held_out]
    lines = []
    if straddling:
        places = set[str]().union(*straddling)
        lost = "train and val" if "test" in places else "train"
        where = " or ".join(sorted(places))
        lines.append(
            f"{count_films(len(straddling))} left out of {lost}, since other films of "
            f"{'its patient' if len(straddling) == 1 else 'their patients'} are in {where}."
        )
    if rest := len(left_out) - len(straddling):
        # Of a table with splits it is not known here which cells were empty.
        blank = "in no split, or " if config.mode == "given" else ""
        whose = "its patient's" if rest == 1 else "their patients'"
        lines.append(f"{count_films(rest)} left out: {blank}copies of {whose} films are held out.")
    return lines


def _how(table: FilmTable, config: SplitConfig) -> str:
    """What a mode of division did with films, in words."""
    if config.mode == "given":
        return "as they were given"
    # A test split that the films came with is kept, and then no other is held out.
    kept_test = not config.test_fraction and len(table.select("test")) and config.mode != "random"
    pooled = "train and val were put together" if kept_test else "all films were put together"
    dealt = {
        "rejoin": "divided anew",
        "random": "divided anew, whatever splits they had",
        "blocks": "whole stretches of patient numbers taken for val",
        "groups": "whole acquisition groups taken for val",
        "conflict": "films that contradict a shortcut taken for val",
    }[config.mode]
    rest = ", test stayed as given" if kept_test else ""
    return f"by the recipe (mode {config.mode}: {pooled} and {dealt}{rest})"
