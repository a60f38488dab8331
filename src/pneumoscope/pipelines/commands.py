"""The commands as functions of Python: what they compute, and the files and pages that they write.

They take what the options of the commands take, under the same names, and give back the figures
themselves. Nothing is printed; the log tells how a job comes on (`logs.py`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pneumoscope.claims import claim_folder
from pneumoscope.cores import prepare_libraries
from pneumoscope.data.labelled_films import find_labelled_films
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.errors import RecipeError, needs_extra
from pneumoscope.evaluation.compare import compare as compare_models
from pneumoscope.evaluation.comparison import COMPARISON_FILES, Comparison
from pneumoscope.evaluation.evaluate import evaluate as measure
from pneumoscope.evaluation.evaluation import EVALUATION_FILES, Evaluation
from pneumoscope.heatmaps.explain import Explanation
from pneumoscope.heatmaps.explain import explain as explain_films
from pneumoscope.heatmaps.explanation_folder import EXPLANATION_FILES
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.frame import REPORT_FILES

if TYPE_CHECKING:
    from rich.console import Console

    from pneumoscope.pipelines.train import RunResult
    from pneumoscope.recipe.settings import Recipe

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
    recipe: Recipe | str | Path,
    data: str | Path,
    run: str | Path | None = None,
    *,
    overrides: Sequence[str] = (),
    weights: str | None = None,
    epochs: int | None = None,
    labels: Labels | None = None,
    normal_class: str | None = None,
    patients: PatientRule = AS_FOUND,
    lung_fields: str | Path | None = None,
    resume: bool = False,
    accelerator: str = "auto",
    devices: int = 1,
    mlflow_uri: str | None = None,
    cache: str | Path | None = None,
    console: Console | None = None,
) -> RunResult:
    """Train a model as `pneumoscope train` does, and return what the run left behind.

    `recipe` is the name of a packaged recipe, a YAML file or a `Recipe`; `overrides` are those of
    `--set`, such as `"optimizer.lr=1e-4"`. `data` is a folder or a table of films, `run` the run's
    folder, by default `runs/<recipe's name>`. All others are the options of that name. `console`,
    one of rich, shows how the run comes on; without one, only the log tells.

    Raises `MissingExtraError` without PyTorch, `RecipeError`, `DatasetError` or `TrainingError` for
    settings, films or a run that do not do, and `PneumoscopeError` where another process trains
    there.
    """
    from pneumoscope.recipe.dotted import asks_for_division
    from pneumoscope.recipe.files import load_recipe
    from pneumoscope.recipe.settings import Recipe
    from pneumoscope.recipe.variants import with_epochs, with_normal_class

    prepare_libraries()  # before PyTorch is loaded
    with needs_extra("Training", "train"):
        from pneumoscope.networks.pretrained import choose_weights
        from pneumoscope.pipelines.train import train as train_run
        from pneumoscope.training.fit import FitOptions

    if labels:
        overrides = (*overrides, f"labels={labels}")
    if isinstance(recipe, Recipe):
        if overrides:
            raise RecipeError(
                "A Recipe was given, and overrides, which change a recipe's file.",
                "Change the Recipe, or give its file or name.",
            )
        settings = recipe
    else:
        settings = load_recipe(recipe, overrides)
    if weights:
        settings = choose_weights(settings, weights)
    if epochs:
        settings = with_epochs(settings, epochs)
    if normal_class is not None:
        settings = with_normal_class(settings, normal_class)
    return train_run(
        settings,
        data,
        run,
        options=FitOptions(
            resume=resume, accelerator=accelerator, devices=devices, mlflow_uri=mlflow_uri
        ),
        lung_fields=Path(lung_fields) if lung_fields else None,
        patients=patients,
        divide_anew=asks_for_division(overrides),
        cache_directory=Path(cache) if cache else None,
        console=console,
    )


@_with_settings_of(measure)
def evaluate(
    model: Predictor | str | Path,
    data: FilmTable | str | Path,
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    **settings: Any,
) -> Evaluation:
    """As `pneumoscope evaluate`: with `out`, evaluation.json, scores.csv and report.html are
    written into that folder, over files of somebody else only with `overwrite`.
    """
    if out is not None:
        _claim(out, (*EVALUATION_FILES, *REPORT_FILES), data, overwrite)
    evaluation = measure(model, data, **settings)
    if out is not None:
        from pneumoscope.report.evaluation_page import write_evaluation_report

        predictor = model if isinstance(model, Predictor) else Predictor.load(model)
        if settings.get("prevalence") is not None:
            predictor = predictor.at_prevalence(settings["prevalence"])
        evaluation.write(Path(out))
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
    if out is not None:
        _claim(out, (*COMPARISON_FILES, *REPORT_FILES), data, overwrite)
    comparison = compare_models(models, data, **settings)
    if out is not None:
        from pneumoscope.report.comparison_page import write_comparison_report

        comparison.write(Path(out))
        write_comparison_report(comparison, Path(out))
    return comparison


@_with_settings_of(explain_films)
def explain(
    model: Predictor | str | Path,
    films: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    overwrite: bool = False,
    **settings: Any,
) -> Explanation:
    """As `pneumoscope explain`: `out` gets report.html too, and nothing of somebody else is
    replaced without `overwrite`.
    """
    claim_folder(Path(out), (*EXPLANATION_FILES, *REPORT_FILES), overwrite=overwrite)
    explanation = explain_films(model, films, out, overwrite=overwrite, **settings)
    if explanation.films:
        from pneumoscope.report.explained_films_page import write_explained_films_page

        write_explained_films_page(explanation)
    return explanation


def _claim(
    out: str | Path, patterns: Sequence[str], data: FilmTable | str | Path, overwrite: bool
) -> None:
    """Make sure that results may be written into `out`, and over no film of `data`."""

    def films() -> Iterator[Path]:
        yield from find_labelled_films(data).paths()

    claim_folder(Path(out), patterns, films=films(), overwrite=overwrite)
