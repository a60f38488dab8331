"""Films held out by how they were made: whole acquisition groups, or those that contradict a
shortcut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.conflict import conflicting, strongest_first
from pneumoscope.data.table import FilmTable
from pneumoscope.data.table_traits import TableTraits
from pneumoscope.errors import DatasetError
from pneumoscope.recipe.settings import SplitConfig
from pneumoscope.wording import counted

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


def known_traits(traits: TableTraits | None) -> TableTraits:
    """The traits of films, which must be known; raises `DatasetError` where they are not."""
    if traits is None:
        raise DatasetError(
            "Acquisition groups and conflicts need films that were measured, and these were not.",
            "Divide them with assign_splits(..., traits=TableTraits.of(table)).",
        )
    return traits


def conflict_statistics(
    table: FilmTable, config: SplitConfig, count: int, traits: TableTraits, kept: Mask
) -> list[str]:
    """The statistics whose contradictions are held out: those of the recipe, or the `count` that
    tell the classes best. Raises `DatasetError` where there are not so many."""
    known = kept & ~np.isnan(next(iter(traits.statistics.values())))
    named: list[str] = [*config.statistics]
    names = named or strongest_first(
        [(name, values[known]) for name, values in traits.statistics.items()],
        table.y_true[known] > 0,
    )
    if len(names) < count:
        raise DatasetError(
            f"There are {len(names)} statistics for {count} folds: {', '.join(names) or 'none'}.",
            "In the mode conflict each fold holds out what contradicts one statistic. Ask for "
            "fewer folds, or name more in split.statistics.",
        )
    return names[:count]


def conflict_films(
    table: FilmTable,
    config: SplitConfig,
    statistic: str,
    traits: TableTraits,
    kept: Mask,
    rng: np.random.Generator,
) -> Mask:
    """The films, of those kept, that contradict a statistic most: `val_fraction` of each class."""
    values = traits.statistics[statistic]
    place = np.flatnonzero(kept & ~np.isnan(values))
    is_ill = table.y_true[place] > 0
    chosen = conflicting(values[place], is_ill, config.val_fraction, config.sides, rng)
    held_out = np.zeros(len(table), dtype=bool)
    held_out[place[chosen]] = True
    return held_out


def deal_groups(table: FilmTable, groups: Sequence[str | None], kept: Mask, folds: int) -> Ints:
    """The fold of each film's acquisition group, -1 for films of none: the largest groups first,
    each to where its classes are rarest. Raises `DatasetError` for fewer groups than folds."""
    names = sorted({group for group, inside in zip(groups, kept, strict=True) if group and inside})
    if len(names) < folds:
        raise DatasetError(
            f"The films make {counted(len(names), 'acquisition group')}, and {folds} or more are "
            "needed.",
            "Give more films (some 60 make a group), fewer folds, or a table (--groups).",
        )
    place = {name: index for index, name in enumerate(names)}
    member = np.array([place.get(group or "", -1) for group in groups])
    dealt = kept & (member >= 0)
    films = np.zeros((len(names), len(table.class_names)))
    np.add.at(films, (member[dealt], table.y_true[dealt]), 1)
    shares = films / np.maximum(films.sum(axis=0), 1)
    loads = np.zeros((folds, len(table.class_names)))
    fold_of: Ints = np.full(len(names) + 1, -1)  # the last is of films without a group
    for group in np.argsort(-shares.max(axis=1), kind="stable"):
        fold = ((loads + shares[group]) ** 2).sum(axis=1) - (loads**2).sum(axis=1)
        fold_of[group] = int(fold.argmin())
        loads[fold_of[group]] += shares[group]
    folds_of_films: Ints = fold_of[member]
    return folds_of_films
