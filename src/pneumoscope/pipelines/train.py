"""One run, from a recipe and a folder of films to an evaluated model file.

`runs.folder` says what lies in the folder of a run; its report shows all of it. Test films are read
last, when everything in the model file is fixed.
"""

from __future__ import annotations

import contextlib
import csv
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from pneumoscope.class_roles import describe_classes
from pneumoscope.data.division import division_lines, keep_given_splits
from pneumoscope.data.film_groups import FilmGroups
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.prepared import (
    PreparedFilms,
    check_lung_fields,
    default_cache_directory,
    prepare_films,
)
from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import TrainingError
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.files import whole_file, write_text
from pneumoscope.imaging.film import UnreadableFilm
from pneumoscope.lock import only_process
from pneumoscope.logs import tell
from pneumoscope.modelfile.file import add_provenance
from pneumoscope.pipelines.cache_folder import check_cache_folder
from pneumoscope.pipelines.fitting import fit_and_judge
from pneumoscope.pipelines.folds import cross_fit
from pneumoscope.pipelines.network_names import check_network
from pneumoscope.recipe.class_weights import class_weights_in_words
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import Recipe
from pneumoscope.recipe.weights import check_weights
from pneumoscope.report.run_page import write_run_report
from pneumoscope.runs.claim import check_free, check_resumable
from pneumoscope.runs.folder import RunFolder, newest_run, next_run
from pneumoscope.runs.log import read_epochs
from pneumoscope.runs.start import RunStart
from pneumoscope.training.fit import FitOptions
from pneumoscope.training.hardware import chosen_accelerator, describe_hardware
from pneumoscope.wording import csv_cell

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunResult:
    """What a finished run left behind, with an evaluation for each held-out split.

    `unreadable` are the films that were left out.
    """

    folder: Path
    model: Path
    report: Path
    evaluations: dict[str, Evaluation]
    unreadable: tuple[UnreadableFilm, ...]


def train(
    recipe: Recipe | str | Path,
    data: str | Path,
    run: str | Path | None = None,
    *,
    options: FitOptions | None = None,
    lung_fields: Path | None = None,
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    groups: FilmGroups | None = None,
    divide_anew: bool = False,
    cache_directory: Path | None = None,
    console: Console | None = None,
) -> RunResult:
    """Train a model by a recipe on a folder (or table) of films.

    `lung_fields` is a folder of masks, for recipes that need them. `run` is the folder for
    everything that the run writes, by default `runs/<recipe's name>` or, where that is taken, the
    first free one of `-2`, `-3` and so on behind it. With `options.resume` the run
    in that folder goes on, by default the last one; its recipe must be the same, and its split
    table is used as it is. The model is called as the folder is.

    A table of films that has splits keeps them, unless `divide_anew` asks for the recipe's own
    division, which folders get. `patients` and `tables` are what a person says about patients and
    a table of films, and `groups` which of them were made alike; where a division or folds go by
    that and nobody says it, it is found. `console` shows how the run comes on; without one, only
    the log tells (`logs.py`).

    Raises `DatasetError`, `RecipeError` or `TrainingError`, and `PneumoscopeError` where another
    process trains there; a run that was stopped can be resumed.
    """
    recipe = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    options = options or FitOptions()
    console = console or Console(quiet=True)
    first_process = os.environ.get("LOCAL_RANK", "0") == "0"
    if run is not None:
        folder = RunFolder(run)
    elif options.resume or not first_process:
        folder = newest_run(recipe.name)
    else:
        folder = next_run(recipe.name)
    if not divide_anew:
        recipe = keep_given_splits(recipe, Path(data), tables)
    if recipe.folds.count and options.devices > 1:
        raise TrainingError(
            f"Folds are trained on one device, got {options.devices}.",
            "Leave out --devices, or train without folds.",
        )
    check_lung_fields(recipe, lung_fields)
    if not options.resume:
        check_network(recipe.model.name)
        check_weights(recipe)
    chosen_accelerator(options.accelerator)  # one that is not there ends the run before it starts
    cache_directory = cache_directory or default_cache_directory()
    check_cache_folder(cache_directory)
    job = partial(
        _run,
        recipe,
        Path(data),
        folder,
        options,
        lung_fields,
        patients,
        tables,
        groups,
        cache_directory,
        console,
    )
    # With several devices, Lightning starts the command again for each of the others.
    if not first_process:
        return job(first_process=False)
    if options.resume:
        _check_that_it_can_go_on(folder, recipe)
    with only_process(folder.lock, "run", "--run"):
        if not options.resume:
            _start(folder, recipe)
        return job(first_process=True)


def _run(
    recipe: Recipe,
    data: Path,
    folder: RunFolder,
    options: FitOptions,
    lung_fields: Path | None,
    patients: PatientRule,
    tables: TableRules,
    groups: FilmGroups | None,
    cache_directory: Path,
    console: Console,
    *,
    first_process: bool,
) -> RunResult:
    with _progress(console, "decoding films") as progress:
        films = prepare_films(
            recipe,
            data,
            folder.split_table,
            cache_directory=cache_directory,
            lung_fields=lung_fields,
            patients=patients,
            tables=tables,
            groups=groups or _kept_groups(folder),
            progress=progress,
        )
    if first_process:
        if films.groups is not None:
            films.groups.write(folder.groups)
        classes = describe_classes(films.table.class_names, recipe.normal_class)
        console.print(classes, highlight=False, markup=False, soft_wrap=True)
        _tell(console, recipe, films)
        _write_unreadable(folder.unreadable, films)
        start = RunStart.of(
            folder, films.table.root, lung_fields, options.accelerator, options.devices
        )
        start.write(folder)
    folds = None
    if recipe.folds.count:
        folds = cross_fit(recipe, films, folder, options, console)
    # What was stopped before its first epoch begins anew.
    options = replace(options, resume=options.resume and folder.last.is_file())
    evaluations = fit_and_judge(recipe, films, folder, options, console, folds)
    # What is known only now: figures of the held-out splits, the time of all epochs with their
    # validation, and what the run, or its last part, trained on.
    epochs = read_epochs(folder.log)
    add_provenance(
        folder.model,
        {
            "evaluation": {split: found.card_figures() for split, found in evaluations.items()},
            "epochs": len(epochs),
            "seconds": round(sum(epoch.seconds for epoch in epochs)),
            "hardware": describe_hardware(recipe, options.accelerator, options.devices),
        },
    )
    with _progress(console, "auditing films") as progress:
        report = write_run_report(folder.path, progress=progress)
    tell(_log, "trained", run=folder.path, model=folder.model)
    return RunResult(folder.path, folder.model, report, evaluations, films.unreadable)


def _kept_groups(folder: RunFolder) -> FilmGroups | None:
    """The acquisition groups that a run has kept, `None` where it has none."""
    return FilmGroups.read(folder.groups) if folder.groups.is_file() else None


def _check_that_it_can_go_on(folder: RunFolder, recipe: Recipe) -> None:
    check_resumable(folder)
    if load_recipe(folder.recipe) != recipe:
        raise TrainingError(
            f"The run in {folder.path} was started with other settings.",
            f"Its own settings are in its folder: `pneumoscope train --resume {folder.path}`.",
        )


def _start(folder: RunFolder, recipe: Recipe) -> None:
    check_free(folder)
    folder.split_table.unlink(missing_ok=True)
    write_text(folder.recipe, recipe.to_yaml())


def without_test_films(table: FilmTable) -> tuple[str, ...]:
    """What it means that a division holds out no test films, in a line; nothing where it does."""
    if any(film.split == "test" for film in table.films):
        return ()
    return (
        "No films are held out as test: all figures will be of the val films, which also choose "
        "the epoch, the calibration and the thresholds. --set split.test_fraction=0.15 holds some "
        "out.",
    )


def _tell(console: Console, recipe: Recipe, films: PreparedFilms) -> None:
    """Say whose films these are, how they are divided, and how much each class weighs."""
    of_classes = films.table.counts()["train"]
    weights = class_weights_in_words(
        recipe.loss.class_weights, [*of_classes], [*of_classes.values()]
    )
    lines = [
        *division_lines(films.table, recipe.split),
        *without_test_films(films.table),
        f"Class weights: {weights}.",
    ]
    console.print(*lines, sep="\n", highlight=False, markup=False, soft_wrap=True)


@contextlib.contextmanager
def _progress(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _write_unreadable(path: Path, films: PreparedFilms) -> None:
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "reason"])
        for film in films.unreadable:
            writer.writerow((csv_cell(film.path), csv_cell(film.reason)))
