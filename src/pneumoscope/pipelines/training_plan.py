"""What `pneumoscope train` will do, found out before anything that takes long is started.

Nothing here imports torch, but for networks that only timm knows: what is missing or taken is
noticed in a moment.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pneumoscope.class_roles import find_normal_class
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.prepared import check_lung_fields
from pneumoscope.data.sources import find_films
from pneumoscope.data.table import FilmTable, Labels
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import RecipeError, TrainingError
from pneumoscope.pipelines.default_recipe import choose_recipe
from pneumoscope.pipelines.network_names import check_network
from pneumoscope.recipe.backbones import is_ours
from pneumoscope.recipe.dotted import asks_for_division
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import Recipe
from pneumoscope.recipe.variants import with_epochs, with_normal_class
from pneumoscope.recipe.weights import check_weights, choose_weights, unused_weights
from pneumoscope.runs.claim import check_apart, check_free, check_resumable
from pneumoscope.runs.folder import RunFolder, newest_run, next_run
from pneumoscope.runs.start import read_start
from pneumoscope.runs.unfinished import how_to_finish, is_unfinished
from pneumoscope.wording import count_films, counted


@dataclass(frozen=True)
class Wishes:
    """What a person says of the recipe: each is `None`, or empty, where nothing is said.

    `recipe` is one, a file or the name of a packaged one, `network` a backbone, `overrides` are
    `part.key=value` strings; the others are those of `choose_weights`, `with_epochs`,
    `FilmTable.with_labels` and `with_normal_class`.
    """

    recipe: Recipe | str | None = None
    network: str | None = None
    overrides: tuple[str, ...] = ()
    weights: str | None = None
    epochs: int | None = None
    labels: Labels | None = None
    normal_class: str | None = None


@dataclass(frozen=True)
class TrainingPlan:
    """A run to be started, or gone on with. `words` tell a person what was chosen, and why.

    `divide_anew` says whether a table that has splits is divided by the recipe all the same.
    """

    recipe: Recipe
    data: Path
    folder: RunFolder
    lung_fields: Path | None
    divide_anew: bool
    words: tuple[str, ...]


@dataclass(frozen=True)
class Resumption(TrainingPlan):
    """A run to be gone on with, `accelerator` and `devices` being those that it was begun with."""

    accelerator: str
    devices: int


def plan_training(
    wishes: Wishes,
    data: Path,
    run: Path | None = None,
    *,
    lung_fields: Path | None = None,
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
) -> TrainingPlan:
    """The plan of a new run on the films of a folder or table.

    Without a recipe, one is chosen (see `choose_recipe`). `run` is its folder, by default
    `runs/<name>`, or the next free one with a number.

    Raises `UnknownModelError` and `RecipeError` for the recipe, its weights and missing lung masks,
    `DatasetError` for the films, and `TrainingError` for a folder that is taken or
    holds the films.
    """
    if wishes.network is not None:
        check_network(wishes.network)
    recipe = None if wishes.recipe is None else _recipe(wishes.recipe, wishes)
    if run is not None:
        check_free(RunFolder(run))
    labels = wishes.labels or (recipe.labels if recipe else "folder")
    films = find_films(data, labels, patients, tables)
    if run is not None:
        check_apart(RunFolder(run), films.paths())
    words = []
    if recipe is None:
        chosen = choose_recipe(
            films,
            _overrides(wishes),
            network=wishes.network,
            weights=wishes.weights,
            lung_fields=lung_fields is not None,
        )
        recipe = _finished(chosen.recipe, wishes)
        words.append(f"No recipe was given. {chosen.reason}")
    find_normal_class(films.class_names, recipe.normal_class)
    check_lung_fields(recipe, lung_fields)
    check_network(recipe.model.name)
    check_weights(recipe)
    folder = RunFolder(run) if run is not None else next_run(recipe.name)
    if wishes.weights and (unused := unused_weights(recipe, wishes.weights)):
        words.append(unused)
    words += [describe_recipe(recipe), f"The run is written to {folder.path}."]
    divide_anew = asks_for_division(wishes.overrides)
    return TrainingPlan(recipe, data, folder, lung_fields, divide_anew, tuple(words))


def plan_resumption(
    wishes: Wishes,
    run: Path | None,
    data: Path | None = None,
    *,
    lung_fields: Path | None = None,
) -> Resumption:
    """The plan of a run that goes on: that in the folder `run`, or the last one of the recipe.

    What is not said is read from the folder: recipe, films, lung masks, accelerator and devices.
    Where a recipe is named, wishes are those that the run was begun with, as `train` checks.

    Raises `TrainingError` where there is nothing to go on with, or the films are gone, and as
    `plan_training` for a recipe.
    """
    recipe = None if wishes.recipe is None else _recipe(wishes.recipe, wishes)
    if recipe is None and wishes != Wishes():
        raise TrainingError(
            "A run goes on with the settings that it was begun with, and others are given too.",
            "Leave them out, or start a new run without --resume.",
        )
    if run is not None:
        folder = RunFolder(run)
    elif recipe is not None:
        folder = newest_run(recipe.name)
    else:
        raise TrainingError(
            "It is not known which run goes on.", "Name its folder: --resume runs/NAME."
        )
    if is_unfinished(folder) and not folder.can_go_on:
        raise TrainingError(
            f"There is no checkpoint {folder.last} to go on from.", how_to_finish(folder)
        )
    check_resumable(folder)
    if recipe is None:
        recipe = load_recipe(folder.recipe)
    if folder.start.is_file() or data is None:
        start = read_start(folder)
        data = data or start.films_folder(folder)
        if lung_fields is None and start.lung_fields:
            lung_fields = Path(start.lung_fields)
        accelerator, devices = start.accelerator, start.devices
    else:
        accelerator, devices = "auto", 1
    check_lung_fields(recipe, lung_fields)
    words = (
        f"The run in {folder.path} is finished; its model is evaluated and the report made anew."
        if folder.model.is_file() and folder.report.is_file()
        else f"The run in {folder.path} goes on, with the films in {data}.",
        *_gone(folder, data),
    )
    # The recipe of a run says how its films were divided.
    anew = wishes.recipe is None or asks_for_division(wishes.overrides)
    return Resumption(recipe, data, folder, lung_fields, anew, words, accelerator, devices)


def _gone(folder: RunFolder, data: Path) -> tuple[str, ...]:
    """A sentence on films of a run that are no longer in the folder `data`, where some are not."""
    if not data.is_dir() or not folder.split_table.is_file():
        return ()
    table = FilmTable.read_csv(folder.split_table, data)
    gone = Counter(film.split for film in table.films if not (data / film.path).is_file())
    if not gone:
        return ()
    where = ", ".join(f"{count} of {split or 'no split'}" for split, count in gone.items())
    are = "is" if gone.total() == 1 else "are"
    return (
        f"Warning: {count_films(gone.total())} of the {len(table):,} that the run was begun with "
        f"{are} no longer in {data}: {where}.",
    )


def describe_recipe(recipe: Recipe) -> str:
    """`Recipe transfer: mobilenetv2, pretrained, 224 pixels, 10 epochs.`"""
    weights = "from scratch" if recipe.model.weights == "none" else "pretrained"
    stop = " at most" if recipe.early_stopping else ""
    return (
        f"Recipe {recipe.name}: {recipe.model.name}, {weights}, {recipe.preprocess.size} pixels, "
        f"{counted(recipe.epochs, 'epoch')}{stop}."
    )


def _overrides(wishes: Wishes) -> tuple[str, ...]:
    labels = (f"labels={wishes.labels}",) if wishes.labels else ()
    return (*wishes.overrides, *labels)


def _recipe(given: Recipe | str, wishes: Wishes) -> Recipe:
    """The recipe that a person has given or named, with the rest of the wishes."""
    network = () if wishes.network is None else (f"model.name={wishes.network}",)
    overrides = (*network, *_overrides(wishes))
    if isinstance(given, str):
        recipe = load_recipe(given, overrides)
    elif overrides:
        raise RecipeError(
            f"A Recipe was given, and {', '.join(overrides)}, which change a recipe's file.",
            "Change the Recipe, or give its file or name.",
        )
    else:
        recipe = given
    if wishes.network is not None and is_ours(wishes.network):
        recipe = choose_weights(recipe, "none")
    if wishes.weights:
        recipe = choose_weights(recipe, wishes.weights)
    return _finished(recipe, wishes)


def _finished(recipe: Recipe, wishes: Wishes) -> Recipe:
    if wishes.epochs:
        recipe = with_epochs(recipe, wishes.epochs)
    if wishes.normal_class is not None:
        recipe = with_normal_class(recipe, wishes.normal_class)
    return recipe
