"""Rehearsals: how recipes fare on films that were made otherwise than those they learn from.

Each recipe is trained small (fewer pixels, few epochs) on the folds of several ways of holding
films out, and beside each stands the dumbest model that could pass: a logistic regression on what
the network of a recipe sees without having been trained on films.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pneumoscope.class_roles import find_normal_class
from pneumoscope.data.cache import PixelCache
from pneumoscope.data.film_groups import FilmGroups
from pneumoscope.data.folds import fold_tables
from pneumoscope.data.labelled_films import find_labelled_films
from pneumoscope.data.lung_fields import read_lung_fields
from pneumoscope.data.patient_rules import AS_FOUND, PatientRule
from pneumoscope.data.prepared import PreparedFilms, check_lung_fields, default_cache_directory
from pneumoscope.data.table import FilmTable
from pneumoscope.data.table_traits import TableTraits
from pneumoscope.data.tables.rules import AS_WRITTEN, TableRules
from pneumoscope.errors import RecipeError
from pneumoscope.evaluation.out_of_fold import Fold, ScoredLabels
from pneumoscope.evaluation.rehearsal import Rehearsal, RehearsedRecipe
from pneumoscope.metrics.checks import Floats
from pneumoscope.pipelines.folds import fold_folder, fold_recipe, run_folds
from pneumoscope.recipe.settings import Recipe, SplitConfig, SplitMode
from pneumoscope.recipe.variants import with_epochs
from pneumoscope.runs.folder import RunFolder
from pneumoscope.training.fit import FitOptions
from pneumoscope.training.frozen_features import frozen_features
from pneumoscope.training.step_time import seconds_per_film

PROBE = "linear probe"
# Export, judging and what else a fold needs besides its epochs, as films of an epoch.
_FILMS_BESIDES = 1500


@dataclass(frozen=True)
class RehearsalPlan:
    """What is rehearsed: recipes as they will be trained, on how many folds of each mode."""

    recipes: tuple[Recipe, ...]
    modes: tuple[SplitMode, ...]
    folds: int
    seeds: int = 1


@dataclass(frozen=True)
class RehearsedFilms:
    """The films of a rehearsal, with what is known of how they were made."""

    films: PreparedFilms
    traits: TableTraits

    def tables(self, mode: SplitMode, folds: int) -> list[FilmTable]:
        """The folds of a mode."""
        config = SplitConfig(mode=mode)
        return fold_tables(
            self.films.table, config, folds, digests=self.traits.digests, traits=self.traits
        )


def small(recipe: Recipe, size: int, epochs: int | None) -> Recipe:
    """The recipe with films of `size` pixels and, where said, in `epochs` epochs; it runs to its
    end, so that all recipes get what they are given."""
    recipe = recipe.model_copy(
        update={
            "preprocess": replace(recipe.preprocess, size=size),
            "early_stopping": None,
        }
    )
    return recipe if epochs is None else with_epochs(recipe, epochs)


def read_films(
    recipes: Sequence[Recipe],
    data: Path,
    *,
    groups: FilmGroups | None = None,
    lung_fields: Path | None = None,
    patients: PatientRule = AS_FOUND,
    tables: TableRules = AS_WRITTEN,
    cache_directory: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RehearsedFilms:
    """The films for some recipes, which must see them alike; `patients` and `tables` are what a
    person says about patients and a table of films. Raises `RecipeError` where they do
    not, and what `find_labelled_films`, `TableTraits.of` and `read_lung_fields` raise."""
    first = recipes[0]
    for recipe in recipes:
        if (recipe.preprocess, recipe.labels) != (first.preprocess, first.labels):
            raise RecipeError(
                f"The recipes {first.name} and {recipe.name} prepare films in different ways.",
                "Rehearse them one by one, each into a folder of its own.",
            )
        check_lung_fields(recipe, lung_fields)
    table = find_labelled_films(data, labels=first.labels, patients=patients, tables=tables)
    table = table.with_normal_class(find_normal_class(table.class_names, first.normal_class))
    cache = PixelCache.open_or_build(
        table, first.preprocess, cache_directory or default_cache_directory(), progress=progress
    )
    films = PreparedFilms.of(table, cache)
    if lung_fields is not None:
        half = replace(first.preprocess, size=first.preprocess.size // 2)
        films = replace(films, lungs=read_lung_fields(films.table, lung_fields, half))
    traits = TableTraits.of(films.table, groups, progress=progress)
    films = replace(films, groups=traits.group_table(films.table))
    return RehearsedFilms(films, traits)


def expected_seconds(plan: RehearsalPlan, films: RehearsedFilms, out: Path) -> dict[str, float]:
    """How long the folds of each recipe that are not in `out` yet will take on this machine, as
    busy as it is now, by the recipe's name."""
    classes = len(films.films.table.class_names)
    tables = {mode: films.tables(mode, plan.folds) for mode in plan.modes}
    times = {}
    for recipe in plan.recipes:
        work = 0.0
        for mode, seed in itertools.product(plan.modes, range(plan.seeds)):
            for number, table in enumerate(tables[mode], start=1):
                run = RunFolder(fold_folder(out / recipe.name / mode, seed) / str(number))
                if not run.evaluation("test").is_dir():
                    counted = len(table.select("train")) + 0.3 * len(table.select("val"))
                    work += counted * recipe.epochs + _FILMS_BESIDES
        times[recipe.name] = work and work * seconds_per_film(recipe, classes)
    return times


def rehearse(
    plan: RehearsalPlan,
    films: RehearsedFilms,
    out: Path,
    *,
    options: FitOptions | None = None,
    console: Console | None = None,
) -> Iterator[Rehearsal]:
    """Rehearse every recipe on every mode, the probe first; gives the rehearsal as it grows.

    Folds lie in `out/<recipe>/<mode>/<number>`, or `.../seed-2/<number>` and so on; those that have
    ended are not trained again. Raises as `run_folds`.
    """
    options = options or FitOptions()
    console = console or Console(quiet=True)
    rehearsal = Rehearsal.of(films.films.table, plan.folds)
    features = frozen_features(plan.recipes[0].model, films.films)
    for mode in plan.modes:
        folds = [_probe(features, table) for table in films.tables(mode, plan.folds)]
        rehearsal = rehearsal.with_recipe(_judged(PROBE, mode, 0, folds, films))
    yield rehearsal
    for mode in plan.modes:
        tables = films.tables(mode, plan.folds)
        for recipe in plan.recipes:
            for seed in range(plan.seeds):
                folder = fold_folder(out / recipe.name / mode, seed)
                given = fold_recipe(recipe, seed)
                folds = [*run_folds(given, films.films, tables, folder, options, console)]
                rehearsal = rehearsal.with_recipe(_judged(recipe.name, mode, seed, folds, films))
                yield rehearsal


def _judged(
    name: str, mode: SplitMode, seed: int, folds: Sequence[Fold], films: RehearsedFilms
) -> RehearsedRecipe:
    return RehearsedRecipe.of(name, mode, seed, folds, films.films.table.films, films.traits.groups)


def _probe(features: np.ndarray, table: FilmTable) -> Fold:
    """A fold of the linear probe: fitted to the films in train, with weights for its classes."""
    split = np.array([film.split for film in table.films])
    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.01, max_iter=2000, class_weight="balanced")
    )
    train = split == "train"
    model.fit(features[train], table.y_true[train])

    def scored(name: str) -> ScoredLabels:
        chosen = np.flatnonzero(split == name)
        return ScoredLabels(
            _logits(model.predict_log_proba(features[chosen])),
            table.y_true[chosen],
            tuple(table.films[index].patient_id for index in chosen),
            tuple(table.films[index].path for index in chosen),
        )

    return Fold(scored("val"), scored("test"))


def _logits(log_probabilities: Floats) -> Floats:
    """Log probabilities are logits; those of what is as good as impossible are bounded."""
    return np.maximum(log_probabilities, math.log(1e-12))
