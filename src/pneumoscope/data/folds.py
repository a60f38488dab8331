"""Folds: every film held out once, by models that have learned nothing of what it shares.

What is held out together decides what is rehearsed: random patients, stretches of patient numbers,
whole acquisition groups, or films that contradict a shortcut. In each fold the films that are held
out are `test`; a part of the other patients is `val`, which chooses epoch and settings, so that
nothing is chosen on films that are judged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.patient_blocks import check_order, stretches
from pneumoscope.data.patient_groups import patient_groups, random_groups
from pneumoscope.data.table import FilmTable
from pneumoscope.data.table_traits import TableTraits
from pneumoscope.data.trait_division import (
    conflict_films,
    conflict_statistics,
    deal_groups,
    known_traits,
)
from pneumoscope.errors import DatasetError, RecipeError
from pneumoscope.recipe.settings import SplitConfig

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]

INNER_FRACTION = 0.12
"""The share of each fold's other films that chooses epoch and settings."""


def fold_tables(
    table: FilmTable,
    config: SplitConfig,
    folds: int,
    *,
    digests: Sequence[str] | None = None,
    traits: TableTraits | None = None,
) -> list[FilmTable]:
    """The films divided anew for each fold: `test` is held out, `val` chooses, `train` is learned
    from; films that are left out are in no split.

    `config.mode` says what is held out: `blocks` stretches of patient numbers, `groups` whole
    acquisition groups, `conflict` for each fold the films that contradict one statistic
    (`config.statistics`, or else the strongest of them), and any other mode random patients. Films
    that came as test are left out. Patients who have a film held out
    have none in training. `traits` are needed for groups and conflict.

    Raises `RecipeError` for fewer than two folds, `DatasetError` where films or what is known of
    them do not suffice.
    """
    if folds < 2:
        raise RecipeError(f"Folds must be two or more, got {folds}.")
    patients = patient_groups(table, digests)
    kept = np.array([film.split != "test" for film in table.films])
    if not kept.all():
        kept &= ~np.isin(patients, patients[~kept])
    rng = np.random.default_rng(config.seed)
    tables = []
    for number, held_out in enumerate(_held_out(table, config, folds, patients, kept, traits, rng)):
        split = np.full(len(table), None, dtype=object)
        split[kept & ~np.isin(patients, patients[held_out])] = "train"
        inner = np.random.default_rng([config.seed, number])
        split[random_groups(table, patients, split == "train", INNER_FRACTION, inner)] = "val"
        split[held_out] = "test"
        divided = table.with_splits(split.tolist())
        _check(divided, number + 1, config.mode)
        tables.append(divided)
    return tables


def _held_out(
    table: FilmTable,
    config: SplitConfig,
    folds: int,
    patients: Ints,
    kept: Mask,
    traits: TableTraits | None,
    rng: np.random.Generator,
) -> list[Mask]:
    """The films that each fold holds out."""
    if config.mode == "blocks":
        check_order(table, kept)
        of = stretches(table, kept, folds * config.block_count) % folds
        return [kept & (of == fold) for fold in range(folds)]
    if config.mode in ("groups", "conflict"):
        traits = known_traits(traits)
        if config.mode == "groups":
            of = deal_groups(table, traits.groups, kept, folds)
            return [kept & (of == fold) for fold in range(folds)]
        return [
            conflict_films(table, config, statistic, traits, kept, rng)
            for statistic in conflict_statistics(table, config, folds, traits, kept)
        ]
    of = _deal_patients(table, patients, kept, folds, rng)
    return [kept & (of == fold) for fold in range(folds)]


def _deal_patients(
    table: FilmTable, patients: Ints, kept: Mask, folds: int, rng: np.random.Generator
) -> Ints:
    """The fold of each film: random patients, those of a class dealt to where its films are
    fewest."""
    members, member = np.unique(patients[kept], return_inverse=True)
    films = np.zeros((len(members), len(table.class_names)))
    np.add.at(films, (member, table.y_true[kept]), 1)
    loads = np.zeros((folds, len(table.class_names)))
    fold_of = np.zeros(len(members), dtype=np.int64)
    for patient in rng.permutation(len(members)):
        most = int(films[patient].argmax())
        fold_of[patient] = int(loads[:, most].argmin())
        loads[fold_of[patient]] += films[patient]
    result = np.full(len(table), -1)
    result[kept] = fold_of[member]
    return result


def _check(table: FilmTable, number: int, mode: str) -> None:
    counts = table.counts()
    for split, words in (("test", "holds out"), ("train", "learns from"), ("val", "chooses by")):
        if missing := [name for name in table.class_names if not counts.get(split, {}).get(name)]:
            raise DatasetError(
                f"Fold {number} of the mode {mode} {words} no film of {', '.join(missing)}.",
                "Ask for fewer folds, or for another mode of division.",
            )
