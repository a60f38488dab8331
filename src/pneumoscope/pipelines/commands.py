"""The commands as functions of Python: what they compute, and the files and pages that they write.

They take what the options of the commands take, under the same names, and give back the figures
themselves. Nothing is printed; the log tells how a job comes on (`logs.py`).
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pneumoscope.claims import claim_folder
from pneumoscope.cores import prepare_libraries
from pneumoscope.data.chosen_films import choose_films
from pneumoscope.data.film_groups import FilmGroups
from pneumoscope.data.labelled_films import find_labelled_films
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import DatasetError, PneumoscopeError, RecipeError, needs_extra
from pneumoscope.evaluation.compare import compare as compare_models
from pneumoscope.evaluation.comparison import COMPARISON_FILES, Comparison
from pneumoscope.evaluation.evaluate import evaluate as measure
from pneumoscope.evaluation.evaluation import EVALUATION_FILES, Evaluation
from pneumoscope.evaluation.stress import stress_test
from pneumoscope.evaluation.stress_test import STRESS_FILE
from pneumoscope.heatmaps.explain import Explanation
from pneumoscope.heatmaps.explain import explain as explain_films
from pneumoscope.heatmaps.explanation_folder import EXPLANATION_FILES
from pneumoscope.inference.predictor import Predictor
from pneumoscope.logs import tell
from pneumoscope.modelfile.find import find_model, run_of
from pneumoscope.report.frame import REPORT_FILES

if TYPE_CHECKING:
    from rich.console import Console

    from pneumoscope.pipelines.train import RunResult
    from pneumoscope.recipe.settings import Recipe

_log = logging.getLogger(__name__)

# What `evaluate` takes to choose films.
_WHICH_FILMS = ("splits", "split", "labels", "patients", "tables")

Function = TypeVar("Function", bound=Callable[..., Any])


def _with_settings_of(computing: Callable[..., Any]) -> Callable[[Function], Function]:
    """Let the signature and the help of a function show the settings that it hands on."""

    def shown(function: Function) -> Function:
        own = inspect.signature(function)
        named = [each for each in own.parameters.values() if each.kind is not each.VAR_KEYWORD]
        handed_on = [
            each
            for each in inspect.signature(computing).parameters.values()
            if each.kind is each.KEYWORD_ONLY and each.name not in own.parameters
        ]
        signature = own.replace(parameters=[*named, *handed_on])
        function.__signature__ = signature  # type: ignore[attr-defined]
        function.__doc__ = f"{inspect.getdoc(function)}\n\n{inspect.getdoc(computing)}"
        return function

    return shown


def train(
    recipe: Recipe | str | Path | None = None,
    data: str | Path | None = None,
    run: str | Path | None = None,
    *,
    network: str | None = None,
    overrides: Sequence[str] = (),
    weights: str | None = None,
    epochs: int | None = None,
    labels: Labels | None = None,
    normal_class: str | None = None,
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    folds: int | None = None,
    fold_seeds: int | None = None,
    groups: str | Path | None = None,
    lung_fields: str | Path | None = None,
    resume: bool = False,
    accelerator: str = "auto",
    devices: int = 1,
    mlflow_uri: str | None = None,
    cache: str | Path | None = None,
    console: Console | None = None,
) -> RunResult:
    """Train a model as `pneumoscope train` does, and return what the run left behind.

    `data`, a folder or a table of films, is all that must be said. `recipe` is the name of a
    packaged recipe, a YAML file or a `Recipe`, by default one that suits the films; `network` the
    backbone, `overrides` are those of `--set`, such as `"optimizer.lr=1e-4"`. `run` is the run's
    folder, by default `runs/<recipe's name>` or the next one with a number; with `resume` it goes
    on, and knows its recipe and its films. All others are the options of that name. `console`, one
    of rich, shows how the run comes on; without one, only the log tells.

    Raises `MissingExtraError` without PyTorch, `RecipeError`, `DatasetError` or `TrainingError` for
    settings, films or a run that do not do, and `PneumoscopeError` where another process trains
    there.
    """
    for setting, value in (("count", folds), ("seeds", fold_seeds)):
        if value is not None:
            overrides = (*overrides, f"folds.{setting}={value}")
    if epochs is not None and epochs < 1:
        raise RecipeError(f"A run of {epochs} epochs trains nothing.", "Give 1 or more.")
    from pneumoscope.pipelines.training_plan import (
        Resumption,
        TrainingPlan,
        Wishes,
        plan_resumption,
        plan_training,
    )

    wishes = Wishes(
        recipe=str(recipe) if isinstance(recipe, Path) else recipe,
        network=network,
        overrides=tuple(overrides),
        weights=weights,
        epochs=epochs,
        labels=labels,
        normal_class=normal_class,
    )
    films = None if data is None else Path(data)
    folder = None if run is None else Path(run)
    masks = None if lung_fields is None else Path(lung_fields)
    plan: TrainingPlan
    if resume:
        plan = plan_resumption(wishes, folder, films, lung_fields=masks)
    elif films is None:
        raise DatasetError("There are no films to train on.", "Give `data`, a folder or a table.")
    else:
        plan = plan_training(
            wishes, films, folder, lung_fields=masks, patients=patients, tables=tables
        )
    for line in plan.words:
        tell(_log, line)
        if console is not None:
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    if isinstance(plan, Resumption) and (accelerator, devices) == ("auto", 1):
        accelerator, devices = plan.accelerator, plan.devices
    prepare_libraries()  # before PyTorch is loaded
    with needs_extra("Training", "train"):
        from pneumoscope.pipelines.train import train as train_run
        from pneumoscope.training.fit import FitOptions

    return train_run(
        plan.recipe,
        plan.data,
        plan.folder.path,
        options=FitOptions(
            resume=resume, accelerator=accelerator, devices=devices, mlflow_uri=mlflow_uri
        ),
        lung_fields=plan.lung_fields,
        patients=patients,
        tables=tables,
        groups=None if groups is None else FilmGroups.read(Path(groups)),
        divide_anew=plan.divide_anew,
        cache_directory=None if cache is None else Path(cache),
        console=console,
    )


@_with_settings_of(measure)
def evaluate(
    model: Predictor | str | Path,
    data: FilmTable | str | Path | None = None,
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    stress: bool = False,
    **settings: Any,
) -> Evaluation:
    """As `pneumoscope evaluate`: with `out`, evaluation.json, scores.csv and report.html are
    written into that folder, over files of somebody else only with `overwrite`. With `stress`, so
    is stress.json, which `read_stress_test` of pneumoscope.evaluation.stress_test reads.
    """
    if stress and out is None:
        raise PneumoscopeError("A stress test is written into a folder.", "Name one as `out`.")
    which = {name: settings.pop(name) for name in _WHICH_FILMS if name in settings}
    own = None if isinstance(model, Predictor) else run_of(find_model(model))
    films = choose_films(data, own, **which)
    if films.note:
        tell(_log, films.note)
    if out is not None:
        files = (*EVALUATION_FILES, *([STRESS_FILE] if stress else []), *REPORT_FILES)
        claim_folder(Path(out), files, films=films.table.paths(), overwrite=overwrite)
    evaluation = measure(model, films, **settings)
    if out is not None:
        from pneumoscope.report.evaluation_page import write_evaluation_report

        predictor = model if isinstance(model, Predictor) else Predictor.load(model)
        if settings.get("prevalence") is not None:
            predictor = predictor.at_prevalence(settings["prevalence"])
        evaluation.write(Path(out))
        if stress:
            batches = {name: settings[name] for name in ("batch_size",) if name in settings}
            stress_test(predictor, evaluation, films.table, **batches).write(Path(out))
        write_evaluation_report(Path(out), predictor)
    return evaluation


@_with_settings_of(compare_models)
def compare(
    models: Sequence[str | Path],
    data: FilmTable | str | Path,
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    **settings: Any,
) -> Comparison:
    """As `pneumoscope compare`: with `out`, the report, its figures and its tables are written into
    that folder, over files of somebody else only with `overwrite`.
    """
    if isinstance(models, str | Path):
        raise PneumoscopeError(
            f"A comparison needs several models, and {models} is one.", "Give a list of them."
        )
    if out is not None:

        def films() -> Iterator[Path]:
            # What is said of a table is said once, where the films are read.
            tables = replace(settings.get("tables", AS_WRITTEN), tell=AS_WRITTEN.tell)
            yield from find_labelled_films(data, tables=tables).paths()

        files = (*COMPARISON_FILES, *REPORT_FILES)
        claim_folder(Path(out), files, films=films(), overwrite=overwrite)
    comparison = compare_models(models, data, **settings)
    if out is not None:
        from pneumoscope.report.comparison_page import write_comparison_report

        comparison.write(Path(out))
        write_comparison_report(comparison, Path(out))
    return comparison


@_with_settings_of(explain_films)
def explain(
    model: Predictor | str | Path,
    films: FilmTable | str | Path | Sequence[str | Path] | None = None,
    out: str | Path = "explanations",
    *,
    overwrite: bool = False,
    **settings: Any,
) -> Explanation:
    """As `pneumoscope explain`: `out` gets report.html too, and nothing of somebody else is
    replaced without `overwrite`. Without `films`, a run's folder shows those that it held out.
    """
    claim_folder(Path(out), (*EXPLANATION_FILES, *REPORT_FILES), overwrite=overwrite)
    if films is None:
        own = None if isinstance(model, Predictor) else run_of(find_model(model))
        chosen = choose_films(None, own)
        tell(_log, chosen.note)
        films = chosen.table
    explanation = explain_films(model, films, out, overwrite=overwrite, **settings)
    if explanation.films:
        from pneumoscope.report.explained_films_page import write_explained_films_page

        write_explained_films_page(explanation)
    return explanation
