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

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError, TrainingError
from pneumoscope.evaluation.evaluation import Evaluation, read_evaluation
from pneumoscope.files import write_text
from pneumoscope.lock import only_process
from pneumoscope.pipelines.train import fit_and_judge
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import Recipe, SplitConfig
from pneumoscope.runs.folder import RunFolder
from pneumoscope.training.fit import FitOptions

TEST = "test"


def fold_recipe(recipe: Recipe, seed: int = 0) -> Recipe:
    """The recipe of a fold's run: its films are divided already; `seed` is added to that of the
    recipe."""
    return recipe.model_copy(
        update={"split": SplitConfig(mode="given"), "seed": recipe.seed + seed}
    )


def run_folds(
    recipe: Recipe,
    films: PreparedFilms,
    tables: Sequence[FilmTable],
    folder: Path,
    options: FitOptions,
    console: Console,
) -> Iterator[Evaluation]:
    """Train and judge a fold after the other, in `folder/1`, `folder/2` and so on; gives the
    evaluation of each fold's held-out films.

    `tables` are `fold_tables` of the films. Raises `TrainingError` where a folder holds a fold of
    another recipe or of other films.
    """
    for number, table in enumerate(tables, start=1):
        run = RunFolder(folder / str(number))
        finished = _finished(run, recipe, table)
        if finished is None:
            with only_process(run.lock, "run", "--out"):
                _begin(run, recipe, table)
                divided = replace(films, table=table)
                resumed = replace(options, resume=run.last.is_file())
                finished = fit_and_judge(recipe, divided, run, resumed, console)[TEST]
        yield finished


def _finished(run: RunFolder, recipe: Recipe, table: FilmTable) -> Evaluation | None:
    """The evaluation of a fold that has ended, or `None`."""
    if not run.recipe.is_file():
        return None
    _check_same(run, recipe, table)
    with contextlib.suppress(DatasetError):
        return read_evaluation(run.evaluation(TEST))
    return None


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
