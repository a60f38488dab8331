"""Folds of a recipe: a run for each, whose test films are those that the fold holds out.

A fold that has ended is left alone, and one that was stopped goes on, as long as recipe and films
are the same.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from pneumoscope.data.folds import fold_tables
from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.table import FilmTable
from pneumoscope.data.table_traits import TableTraits
from pneumoscope.errors import DatasetError, TrainingError
from pneumoscope.evaluation.evaluation import read_evaluation
from pneumoscope.evaluation.out_of_fold import Fold, OutOfFold
from pneumoscope.evaluation.rehearsal import Rehearsal, RehearsedRecipe
from pneumoscope.files import write_text
from pneumoscope.lock import only_process
from pneumoscope.pipelines.fitting import fit_and_judge
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import FoldConfig, Recipe, SplitConfig
from pneumoscope.runs.folder import RunFolder
from pneumoscope.training.fit import FitOptions


def fold_recipe(recipe: Recipe, seed: int = 0) -> Recipe:
    """The recipe of a fold's run: its films are divided already; `seed` is added to that of the
    recipe."""
    return recipe.model_copy(
        update={
            "split": SplitConfig(mode="given"),
            "folds": FoldConfig(),
            "seed": recipe.seed + seed,
        }
    )


def fold_folder(folder: Path, seed: int) -> Path:
    """Where the folds of a seed, from 0, lie below a folder."""
    return folder / f"seed-{seed + 1}" if seed else folder


def run_folds(
    recipe: Recipe,
    films: PreparedFilms,
    tables: Sequence[FilmTable],
    folder: Path,
    options: FitOptions,
    console: Console,
) -> Iterator[Fold]:
    """Train and judge a fold after the other, in `folder/1`, `folder/2` and so on; gives the
    folds, with what their models say of the films that chose their settings, and of those held out.

    `tables` are `fold_tables` of the films. Raises `TrainingError` where a folder holds a fold of
    another recipe or of other films.
    """
    for number, table in enumerate(tables, start=1):
        run = RunFolder(folder / str(number))
        if not _is_finished(run, recipe, table):
            with only_process(run.lock, "run", "--out"):
                _begin(run, recipe, table)
                divided = replace(films, table=table)
                resumed = replace(options, resume=run.last.is_file())
                fit_and_judge(recipe, divided, run, resumed, console)
        yield Fold.read(run.evaluation("val"), run.evaluation("test"))


def cross_fit(
    recipe: Recipe, films: PreparedFilms, run: RunFolder, options: FitOptions, console: Console
) -> OutOfFold:
    """Train the folds that a recipe asks for, in `run.folds`, on all films but those of test, write
    what they tell into `run.fold_figures`, and give back what their models say.

    Raises as `run_folds`, and `DatasetError` where films cannot be divided so.
    """
    config = recipe.folds
    split = recipe.split.model_copy(update={"mode": config.mode or recipe.split.mode})
    table = films.table
    console.print("Measuring how films were made.", highlight=False)
    traits = TableTraits.of(table, films.groups)
    films = replace(films, groups=traits.group_table(table))
    if films.groups is not None:
        films.groups.write(run.groups)
    tables = fold_tables(table, split, config.count, digests=traits.digests, traits=traits)
    runs: list[list[Fold]] = []
    found: list[RehearsedRecipe] = []
    for seed in range(config.seeds):
        folder = fold_folder(run.folds, seed)
        given = fold_recipe(recipe, seed)
        folds = []
        for fold in run_folds(given, films, tables, folder, options, console):
            folds.append(fold)
            console.print(f"Fold {len(folds)} of {config.count} is done.", highlight=False)
        runs.append(folds)
        found.append(
            RehearsedRecipe.of(recipe.name, split.mode, seed, folds, table.films, traits.groups)
        )
    Rehearsal.of(table, config.count, found).write_json(run.fold_figures)
    return OutOfFold.of(runs)


def _is_finished(run: RunFolder, recipe: Recipe, table: FilmTable) -> bool:
    """Whether a fold has come to its end."""
    if not run.recipe.is_file():
        return False
    _check_same(run, recipe, table)
    with contextlib.suppress(DatasetError):
        read_evaluation(run.evaluation("test"))
        return True
    return False


def _begin(run: RunFolder, recipe: Recipe, table: FilmTable) -> None:
    table.write_csv(run.split_table)
    write_text(run.recipe, recipe.to_yaml())


def _check_same(run: RunFolder, recipe: Recipe, table: FilmTable) -> None:
    before = FilmTable.read_csv(run.split_table, table.root) if run.split_table.is_file() else None
    if load_recipe(run.recipe) != recipe or (before and before.digest != table.digest):
        raise TrainingError(
            f"{run.path} holds a fold with other settings or other films.",
            "Choose another folder, or give the same recipe and films to go on with it.",
        )
