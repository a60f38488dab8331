"""What rehearsals found: figures of every recipe on every way of holding films out."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable

from pneumoscope.evaluation.out_of_fold import FoldFigures
from pneumoscope.metrics.records import Record

REHEARSAL_FILE = "rehearsal.json"


class RehearsedRecipe(Record):
    """A recipe on the folds of one mode, trained from one seed: figures of each fold, of all
    held-out films together, and of each acquisition group."""

    name: str
    mode: str
    seed: int
    folds: tuple[FoldFigures, ...]
    all: FoldFigures
    groups: tuple[FoldFigures, ...]

    def values(self, figure: str) -> list[float]:
        """A figure of each fold, where it can be told."""
        return _known(getattr(fold, figure) for fold in self.folds)

    def mean(self, figure: str) -> float:
        """The mean over folds of a figure."""
        return statistics.fmean(self.values(figure)) if self.values(figure) else math.nan

    def spread(self, figure: str) -> float:
        """The standard deviation over folds of a figure."""
        values = self.values(figure)
        return statistics.stdev(values) if len(values) > 1 else math.nan

    def worst(self, figure: str) -> float:
        """The least over folds of a figure of which more is better."""
        return min(self.values(figure), default=math.nan)

    def worst_group(self, figure: str, index: int, least: int = 20) -> tuple[str, float]:
        """The group, and its figure, that is worst among those with `least` films of a class."""
        rows = {
            group.name: getattr(group, figure)
            for group in self.groups
            if group.films[index] >= least and not math.isnan(getattr(group, figure))
        }
        name = min(rows, key=lambda name: rows[name], default="")
        return name, rows.get(name, math.nan)


class Rehearsal(Record):
    """All that was rehearsed on the same films: `films` counts them by class, `digest` is the hash
    of their table."""

    films: dict[str, int]
    digest: str
    class_names: tuple[str, ...]
    folds: int
    recipes: tuple[RehearsedRecipe, ...]

    def with_recipe(self, recipe: RehearsedRecipe) -> Rehearsal:
        """The same, and one more."""
        return self.model_copy(update={"recipes": (*self.recipes, recipe)})


def _known(values: Iterable[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]
