"""Train the recipes of the five systems on the same films, and compare what comes out.

A reproduction is a folder: a run for every recipe (`runs/<recipe>`), and the comparison of their
models (`comparison/`, with `report.html`). It is planned before it starts, and a plan of the same
folder leaves finished runs alone and goes on with started ones.

All recipes take the division of the films that the first of them asks for. With divisions of their
own, one model would have learned from films that another is judged on, and no films would be left
that they can be compared on.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from rich.console import Console

from pneumoscope.class_roles import describe_classes, find_normal_class
from pneumoscope.data.division import keep_given_splits
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.patients import PatientSummary
from pneumoscope.data.sources import find_films
from pneumoscope.data.splits import assign_splits
from pneumoscope.data.table import FilmTable
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import RecipeError, TrainingError, UnknownModelError
from pneumoscope.evaluation.compare import compare
from pneumoscope.evaluation.comparison import Comparison
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.phantoms import write_phantoms
from pneumoscope.pipelines.train import train
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import Recipe
from pneumoscope.recipe.systems import recipes_of
from pneumoscope.recipe.variants import with_epochs, with_normal_class
from pneumoscope.recipe.weights import choose_weights
from pneumoscope.report.comparison_page import write_comparison_report
from pneumoscope.report.frame import REPORT_FILE
from pneumoscope.runs.folder import RunFolder
from pneumoscope.runs.log import epochs_so_far
from pneumoscope.training.fit import FitOptions

# Enough for every split to show both classes, few enough to fill one batch.
PHANTOMS = 48
_PHANTOM_WIDTHS = (224, 320)

RunFailure = RecipeError | TrainingError | UnknownModelError
"""What ends one run while the others go on."""


@dataclass(frozen=True)
class PlannedRun:
    """A recipe, the folder of its run, and how far that has come."""

    recipe: Recipe
    folder: RunFolder
    state: Literal["new", "started", "finished"]
    epochs_done: int = 0


@dataclass(frozen=True)
class Plan:
    """What a reproduction will do. `films` counts those of each split, readable or not; `classes`
    says which of them is the healthy one.

    `rule` and `tables` are what a person says about patients and a table of films, `patients` how
    patients were recognised.
    """

    data: Path
    out: Path
    rule: PatientRule
    tables: TableRules
    patients: PatientSummary
    films: dict[str, int]
    classes: str
    runs: tuple[PlannedRun, ...]

    @property
    def compared_split(self) -> str:
        """Where models are compared: `test` where there is one, since nothing was chosen by it."""
        return "test" if self.films.get("test") else "val"


@dataclass(frozen=True)
class Reproduction:
    """The comparison of all models that could be trained, and what kept others from it."""

    comparison: Comparison
    report: Path
    failures: dict[str, RunFailure]


class Listener(Protocol):
    """Who wants to know how a reproduction gets on."""

    def run_starts(self, run: PlannedRun) -> None:
        """A run that is not finished begins, or goes on."""

    def epoch_ends(self, epoch: int, roc_auc: float) -> None:
        """The epoch, from 1, of the present run has ended with this validation ROC-AUC."""

    def run_ends(self, run: PlannedRun, failure: RunFailure | None) -> None:
        """The present run is finished, or has failed."""

    def comparing(self, done: int, total: int) -> None:
        """So many films of all have been read for the comparison, counted once a model."""


def choose_recipes(
    systems: Sequence[str] = (),
    *,
    weights: str | None = None,
    epochs: int | None = None,
    fast: bool = False,
    normal_class: str | None = None,
    overrides: Sequence[str] = (),
) -> tuple[Recipe, ...]:
    """The recipes of some systems (by letter; none stand for all) as one reproduction trains them.

    `weights`, `epochs` and `normal_class` are those of `choose_weights`, `with_epochs` and
    `with_normal_class`, by default what each recipe says; `fast` trains one epoch a stage, and from
    scratch unless `weights` says otherwise. `overrides` are `part.key=value` strings for every
    recipe. Raises `UnknownModelError` for an unknown system and `RecipeError` for wrong settings.
    """
    if fast and weights is None:
        weights = "none"
    recipes: list[Recipe] = []
    for name in recipes_of(systems):
        recipe = load_recipe(name, overrides)
        if weights is not None:
            recipe = choose_weights(recipe, weights)
        if fast or epochs is not None:
            recipe = with_epochs(recipe, epochs or len(recipe.stages))
        if normal_class is not None:
            recipe = with_normal_class(recipe, normal_class)
        if recipes:
            recipe = recipe.model_copy(update={"split": recipes[0].split})
        recipes.append(recipe)
    return tuple(recipes)


def draw_phantoms(folder: Path) -> None:
    """Draw the films of a reproduction without films of its own, unless they are there already.

    They appear whole or not at all.
    """
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".phantoms-") as unfinished:
        write_phantoms(Path(unfinished) / "films", PHANTOMS, seed=0, widths=_PHANTOM_WIDTHS)
        shutil.move(Path(unfinished) / "films", folder)


def plan_reproduction(
    recipes: Sequence[Recipe],
    data: str | Path,
    out: str | Path,
    *,
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    divide_anew: bool = False,
) -> Plan:
    """See what is there and what is left to do. `patients`, `tables` and `divide_anew` are those of
    `train`.

    Raises `DatasetError` for films that cannot be found or divided, `RecipeError` where it is not
    known which class is the healthy one, and `TrainingError` where a started run has other settings
    or other films.
    """
    data, out = Path(data), Path(out)
    if not divide_anew:
        recipes = [keep_given_splits(recipe, data, tables) for recipe in recipes]
    table = find_films(data, recipes[0].labels, patients, tables)
    stated = recipes[0].normal_class
    table = table.with_normal_class(find_normal_class(table.class_names, stated))
    counts = assign_splits(table, recipes[0].split).counts()
    films = {split: sum(by_class.values()) for split, by_class in counts.items() if split}
    runs = [_find_run(recipe, RunFolder(out / "runs" / recipe.name), table) for recipe in recipes]
    classes = describe_classes(table.class_names, stated)
    return Plan(data, out, patients, tables, table.patients(), films, classes, tuple(runs))


def reproduce(
    plan: Plan,
    listener: Listener,
    *,
    accelerator: str = "auto",
    reported: bool = False,
    cache_directory: Path | None = None,
) -> Reproduction:
    """Finish every run of a plan, compare the models, and write the comparison and its report.

    `reported` is that of `compare`.

    A run that fails with a `RunFailure` is left out, and the others go on. Raises `TrainingError`
    where none is left, and whatever else ends a run: nothing is lost, since the same plan goes on
    from the last epoch.
    """
    failures: dict[str, RunFailure] = {}
    for run in plan.runs:
        if run.state == "finished":
            continue
        listener.run_starts(run)
        options = FitOptions(
            resume=run.state == "started", accelerator=accelerator, on_epoch=listener.epoch_ends
        )
        try:
            train(
                run.recipe,
                plan.data,
                run.folder.path,
                options=options,
                patients=plan.rule,
                tables=plan.tables,
                divide_anew=True,  # the plan's recipes say how
                cache_directory=cache_directory,
                console=Console(quiet=True, force_terminal=False),
            )
        except (RecipeError, TrainingError, UnknownModelError) as failure:
            failures[run.recipe.name] = failure
        listener.run_ends(run, failures.get(run.recipe.name))
    trained = [run.folder for run in plan.runs if run.recipe.name not in failures]
    if not trained:
        first, reason = next(iter(failures.items()))
        raise TrainingError(f"No recipe could be trained; {first}: {reason.message}", reason.hint)
    comparison = compare(
        [run.path for run in trained],
        plan.data,
        splits=trained[0].split_table,
        split=plan.compared_split,
        tables=plan.tables,
        reported=reported,
        progress=listener.comparing,
    )
    folder = plan.out / "comparison"
    comparison.write(folder)
    return Reproduction(comparison, write_comparison_report(comparison, folder), failures)


def _find_run(recipe: Recipe, folder: RunFolder, table: FilmTable) -> PlannedRun:
    if not folder.last.is_file():
        return PlannedRun(recipe, folder, "new")
    begun = load_recipe(folder.recipe)
    other = [key for key in Recipe.model_fields if getattr(begun, key) != getattr(recipe, key)]
    if other:
        raise TrainingError(
            f"The run in {folder.path} was started with other settings ({', '.join(other)}).",
            "Repeat its own command, with the same systems, or choose another folder (--out).",
        )
    divided = FilmTable.read_csv(folder.split_table, table.root)
    if [film.path for film in divided.films] != [film.path for film in table.films]:
        raise TrainingError(
            f"The run in {folder.path} was started with other films than those of {table.root}.",
            "Give the same --data, or choose another folder (--out).",
        )
    state: Literal["started", "finished"] = "finished" if _is_finished(folder) else "started"
    return PlannedRun(recipe, folder, state, len(epochs_so_far(folder.log)))


def _is_finished(folder: RunFolder) -> bool:
    """Whether a run has done what it does last: complete its model file, and report."""
    if not folder.model.is_file() or not (folder.path / REPORT_FILE).is_file():
        return False
    return "evaluation" in read_manifest(folder.model).training
