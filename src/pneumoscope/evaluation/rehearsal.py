"""What rehearsals found: figures of every recipe on every way of holding films out."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from pneumoscope.data.table import FilmRecord, FilmTable
from pneumoscope.evaluation.attributes import blocks
from pneumoscope.evaluation.out_of_fold import Fold, FoldFigures, judge_folds
from pneumoscope.metrics.records import Record, reading

REHEARSAL_FILE = "rehearsal.json"


class RehearsedRecipe(Record):
    """A recipe on the folds of one mode, trained from one seed: figures of each fold, of all
    held-out films together, of each acquisition group and of each stretch of patient numbers."""

    name: str
    mode: str
    seed: int
    folds: tuple[FoldFigures, ...]
    all: FoldFigures
    groups: tuple[FoldFigures, ...] = ()
    blocks: tuple[FoldFigures, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        mode: str,
        seed: int,
        folds: Sequence[Fold],
        films: Sequence[FilmRecord],
        groups: Sequence[str | None],
    ) -> RehearsedRecipe:
        """Judge folds of some films, whose acquisition groups are given in the same order."""
        paths = [film.path for film in films]
        stretches = blocks([(film.series or None, film.number) for film in films])
        rows, everything, of_values = judge_folds(
            folds,
            {
                "groups": dict(zip(paths, groups, strict=True)),
                "blocks": dict(zip(paths, stretches, strict=True)),
            },
        )
        return cls(name=name, mode=mode, seed=seed, folds=tuple(rows), all=everything, **of_values)

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

    def worst_part(
        self, kind: Literal["groups", "blocks"], figure: str, of_class: int, least: int = 20
    ) -> tuple[str, float]:
        """The group or block, and its figure, that is worst among those with `least` films of a
        class; an empty name and `nan` where there is none."""
        rows = {
            part.name: value
            for part in getattr(self, kind)
            if part.films[of_class] >= least and not math.isnan(value := getattr(part, figure))
        }
        name = min(rows, key=lambda name: rows[name], default="")
        return name, rows.get(name, math.nan)


class Rehearsal(Record):
    """All that was rehearsed on the same films. `films` counts them by class, without those of
    test, which folds leave out; `digest` is the hash of their table."""

    films: dict[str, int]
    digest: str
    class_names: tuple[str, ...]
    folds: int
    recipes: tuple[RehearsedRecipe, ...]

    @classmethod
    def of(cls, table: FilmTable, folds: int, recipes: Sequence[RehearsedRecipe] = ()) -> Rehearsal:
        """A rehearsal on the films of a table."""
        labels = [film.label for film in table.films if film.split != "test"]
        return cls(
            films={name: labels.count(name) for name in table.class_names},
            digest=table.digest,
            class_names=table.class_names,
            folds=folds,
            recipes=tuple(recipes),
        )

    def with_recipe(self, recipe: RehearsedRecipe) -> Rehearsal:
        """The same, and one more."""
        return self.model_copy(update={"recipes": (*self.recipes, recipe)})


def read_rehearsal(path: Path) -> Rehearsal:
    """The rehearsal, or folds of a run, in a file. Raises `DatasetError` where there is none."""
    with reading("rehearsal", path, "`pneumoscope rehearse`, or `train --folds`, writes it."):
        return Rehearsal.read_json(path)


def _known(values: Iterable[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]
