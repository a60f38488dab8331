"""Tuning: short runs of one recipe with other settings, and the best recipe among them.

A tuning is a folder: the recipe with its `search` section and the split table that all trials
share, named as in a run; the study (`tuning.db`); a run for each trial (`trials/<number>/`, of
which the best keeps its checkpoints); all trials as a table (`trials.csv`); the best recipe
(`best.yaml`) and the report. Trials are judged by validation films; no test film is shown to a
network.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from pneumoscope.class_roles import describe_classes
from pneumoscope.data.division import keep_given_splits
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.prepared import PreparedFilms, default_cache_directory, prepare_films
from pneumoscope.data.sources import find_films
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import RecipeError, TrainingError
from pneumoscope.files import whole_file, write_text
from pneumoscope.pipelines.tuning.display import TuningDisplay
from pneumoscope.pipelines.tuning.study import Pruned, RunningTrial, SharedStudy
from pneumoscope.recipe.dotted import check_search, with_settings
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import LUNG_SETTINGS, Recipe
from pneumoscope.recipe.trials import Trial, best_of
from pneumoscope.report.tuning_page import write_tuning_report
from pneumoscope.runs.folder import RunFolder
from pneumoscope.training.fit import FitOptions, fit
from pneumoscope.wording import csv_cell

BEST, TRIALS = "best.yaml", "trials.csv"
_PLAIN = (str, int, float)


@dataclass(frozen=True)
class TuningOptions:
    """How far to tune: until `trials` are finished, over all processes and repetitions of the
    command, or until `minutes` have passed, after which no further trial starts.

    `seed` decides what is tried; what a network makes of it follows from the recipe's own seed.
    """

    trials: int = 20
    minutes: float | None = None
    seed: int = 0
    accelerator: str = "auto"


@dataclass(frozen=True)
class TuningResult:
    """What a tuning has come to. `best` and `best_recipe` are `None` before the first complete
    trial; `running` are the numbers of trials that other processes are still at."""

    folder: Path
    trials: tuple[Trial, ...]
    best: Trial | None
    best_recipe: Path | None
    report: Path | None
    running: tuple[int, ...]


def tune(
    recipe: Recipe | str | Path,
    data: str | Path,
    folder: str | Path,
    *,
    options: TuningOptions | None = None,
    lung_fields: Path | None = None,
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    divide_anew: bool = False,
    cache_directory: Path | None = None,
    console: Console | None = None,
) -> TuningResult:
    """Search the settings that a recipe's `search` section names for the highest validation
    ROC-AUC.

    The first trial is the recipe as it is, so the best is never worse on these validation films.
    Being the best of many it is an optimistic figure, which other films have to confirm. A tuning
    that was stopped goes on in the same `folder`, and several processes may tune there at once, on
    one machine; the folder should not lie on a network drive, whose locks cannot be relied on.
    `patients`, `tables` and `divide_anew` are those of `train`.

    Raises `RecipeError` where there is nothing to search or it is not known which class is the
    healthy one, `TrainingError` where the folder belongs to another recipe, and as `train` does.
    """
    recipe = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    _check_is_searchable(recipe, lung_fields)
    if not divide_anew:
        recipe = keep_given_splits(recipe, Path(data), tables)
    # Where it is not known which class is the healthy one, nothing is written yet.
    classes = describe_classes(
        find_films(data, recipe.labels, patients, tables).class_names, recipe.normal_class
    )
    options = options or TuningOptions()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    study = SharedStudy(folder, recipe, options.seed)
    prepare = partial(
        prepare_films,
        data=Path(data),
        split_table=RunFolder(folder).split_table,
        cache_directory=cache_directory or default_cache_directory(),
        lung_fields=lung_fields,
        patients=patients,
        tables=tables,
    )
    display = TuningDisplay(
        console or Console(stderr=True),
        wanted=options.trials,
        finished=len(study.finished_trials()),
    )
    started = time.monotonic()
    with display:
        display.classes(classes)
        with study.lock:
            _open_folder(folder, recipe)
            display.films_found(prepare(recipe, progress=display.decoding).table, recipe.split)
        while options.minutes is None or time.monotonic() - started < 60 * options.minutes:
            trial = study.claim(options.trials)
            if trial is None:
                break
            try:
                _run(trial, recipe, prepare, display, options.accelerator)
            finally:
                study.release(trial)
            with study.lock:
                _keep_results(study, recipe)
                display.trial_ends(trial.number, study.finished_trials())
    with study.lock:
        return _result(study, recipe)


def _check_is_searchable(recipe: Recipe, lung_fields: Path | None) -> None:
    if not recipe.search:
        raise RecipeError(
            f"The recipe {recipe.name} has no section `search`: there is nothing to tune.",
            "Name the settings to try, for example "
            "--set 'search={optimizer.lr: {low: 1.0e-4, high: 1.0e-2, log: true}}'.",
        )
    check_search(recipe)
    about_lungs = sorted(LUNG_SETTINGS & recipe.search.keys())
    if about_lungs and lung_fields is None:
        raise RecipeError(
            f"To search {' and '.join(about_lungs)}, it must be known where the lungs are.",
            "Give a folder of masks (--lung-fields), or leave them out of the search.",
        )


def _open_folder(folder: Path, recipe: Recipe) -> None:
    """Write down the recipe of a new tuning, or make sure that a tuning is the same recipe's."""
    kept = RunFolder(folder).recipe
    if not kept.is_file():
        written = (RunFolder(folder).split_table, folder / TRIALS, folder / BEST)
        if foreign := [path for path in written if os.path.lexists(path)]:
            raise TrainingError(
                f"{foreign[0]} is not of a tuning, and would be replaced.",
                "Choose another folder (--out).",
            )
        write_text(kept, recipe.to_yaml())
    elif load_recipe(kept) != recipe:
        raise TrainingError(
            f"The tuning in {folder} was started with other settings.",
            "Repeat its own command to go on, or choose another folder.",
        )


def _run(
    trial: RunningTrial,
    recipe: Recipe,
    prepare: Callable[..., PreparedFilms],
    display: TuningDisplay,
    accelerator: str,
) -> None:
    """Train with the settings of a trial, to its end or until it is pruned."""
    try:
        settings = with_settings(recipe, trial.values)
    except RecipeError as error:
        # Values that are fine by themselves may exclude each other.
        trial.prune(error.message)
        return
    display.trial_starts(trial.number, settings.epochs)
    films = prepare(settings, progress=display.decoding)
    run = RunFolder(trial.folder)
    write_text(run.recipe, settings.to_yaml())

    def on_epoch(epoch: int, score: float) -> None:
        display.epoch_ends(trial.number, epoch, score)
        trial.report(epoch, score)

    options = FitOptions(accelerator=accelerator, on_epoch=on_epoch)
    try:
        fit(settings, films, run, options, Console(quiet=True))
    except Pruned as stop:
        trial.prune(str(stop))
    except TrainingError as error:
        # Settings with which training cannot go on are a finding, and no reason to end the study.
        # The first sentence says what happened; the films of the batch follow.
        trial.prune(error.message.split(". ")[0])
    else:
        trial.finish()


def _keep_results(study: SharedStudy, recipe: Recipe) -> None:
    """Write the trials so far and the best recipe; keep the checkpoints of the best trial only."""
    trials = study.finished_trials()
    best = best_of(trials)
    _write_trials(study.folder / TRIALS, trials)
    if best is not None:
        name, words = f"{recipe.name}-tuned", f"the best of {len(trials)} trials of tuning"
        described = f"{recipe.description} Settings of trial {best.number}, {words}.".strip()
        tuned = with_settings(recipe, {**best.values, "name": name, "description": described})
        write_text(study.folder / BEST, tuned.to_yaml())
    in_use = {*study.running_numbers(), *([best.number] if best else [])}
    for folder in (study.folder / "trials").iterdir():
        checkpoints = RunFolder(folder).checkpoints
        if int(folder.name) not in in_use and checkpoints.is_dir():
            shutil.rmtree(checkpoints)


def _write_trials(path: Path, trials: Sequence[Trial]) -> None:
    """A table of the trials; values that are not numbers or words are written as JSON."""
    names = list(trials[0].values)
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["trial", "state", "val_roc_auc", "epochs", "seconds", "note", *names])
        for trial in trials:
            values = [trial.values[name] for name in names]
            row = [
                trial.number,
                trial.state,
                "" if trial.score is None else trial.score,
                trial.epochs,
                round(trial.seconds, 1),
                trial.note,
                *(value if isinstance(value, _PLAIN) else json.dumps(value) for value in values),
            ]
            writer.writerow(map(csv_cell, row))


def _result(study: SharedStudy, recipe: Recipe) -> TuningResult:
    trials = study.finished_trials()
    best = best_of(trials)
    report = None
    if trials:
        report = write_tuning_report(study.folder, recipe, trials, study.importances())
    best_recipe = study.folder / BEST if best else None
    return TuningResult(study.folder, trials, best, best_recipe, report, study.running_numbers())
