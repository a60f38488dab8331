"""Dividing films into train, val and test, patient by patient.

What is divided are groups: a patient, together with every patient who shares a byte-identical film.
A group lies in one split as a whole. The same films and settings give the same splits, whatever the
order of the films.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.patient_blocks import blocks, check_order
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


def assign_splits(
    table: FilmTable,
    config: SplitConfig,
    digests: Sequence[str] | None = None,
    traits: TableTraits | None = None,
) -> FilmTable:
    """Give every film its split, as `SplitConfig` describes.

    `traits` tell how films were made, which the modes `groups` and `conflict` go by: there, other
    films of patients who have one held out are in no split. `digests` are hashes of the films'
    bytes in table order, `""` where unknown; with them, byte-identical films keep their patients
    together. Fractions are of the films that are to be divided, in each class. As whole patients
    move, a random split is off by half a patient's films, or by more where a class is so small that
    it would get no patient.

    Folders may hold a patient in two splits, or a film under two names. The held-out films then
    win: films of a group that is in test are left out of train and val (`split` is `None`), and
    films of a group that is in val are left out of train.

    Raises `DatasetError` where a class would be missing from train or val, where `test_fraction` is
    asked for although the films come with a test split, and for blocks of films without an order;
    `RecipeError` for fractions that leave nothing to train or to validate on.
    """
    if config.val_fraction + config.test_fraction >= 1:
        raise RecipeError(
            f"val_fraction {config.val_fraction} and test_fraction {config.test_fraction} "
            "leave nothing to train on.",
            "Their sum must be below 1.",
        )
    if config.mode != "given" and not config.val_fraction:
        raise RecipeError(
            f"Split {config.mode!r} with val_fraction 0 leaves nothing to validate on."
        )

    groups = patient_groups(table, digests)
    split = _before_division(table, groups, config.mode)
    if config.test_fraction and (split == "test").any():
        raise DatasetError(
            f"test_fraction is {config.test_fraction}, but the films already have a test split.",
            "Set test_fraction to 0, or use the mode `random`, which pools all films.",
        )
    rng = np.random.default_rng(config.seed)
    pool = split == "train"
    if config.mode == "blocks":
        check_order(table, pool)
        chosen = blocks(table, pool, config.val_fraction, config.block_count)
        split[pool & np.isin(groups, groups[chosen])] = "val"
    elif config.needs_traits:
        held_out = _by_traits(table, config, pool, traits, rng)
        split[pool & np.isin(groups, groups[held_out])] = None
        split[held_out] = "val"
    elif config.mode != "given":
        split[random_groups(table, groups, pool, config.val_fraction, rng)] = "val"
    if config.test_fraction:
        rest = split == "train"
        fraction_of_rest = config.test_fraction * pool.sum() / max(rest.sum(), 1)
        split[random_groups(table, groups, rest, fraction_of_rest, rng)] = "test"

    result = table.with_splits(split.tolist())
    _check(result, config)
    return result


def _before_division(table: FilmTable, groups: Ints, mode: str) -> NDArray[np.object_]:
    """The splits that stay as the folders say; all films that are to be divided are in train."""
    split = np.array([film.split for film in table.films], dtype=object)
    if mode == "random":
        split[:] = "train"
    elif mode != "given":
        split[split != "test"] = "train"
    for held_out, others in (("test", ("train", "val")), ("val", ("train",))):
        in_held_out = np.isin(groups, groups[split == held_out])
        split[in_held_out & np.isin(split, others)] = None
    return split


def _by_traits(
    table: FilmTable,
    config: SplitConfig,
    pool: Mask,
    traits: TableTraits | None,
    rng: np.random.Generator,
) -> Mask:
    """The films that are held out by how they were made; other films of their patients are not."""
    traits = known_traits(traits)
    if config.mode == "groups":
        names = {group for group, inside in zip(traits.groups, pool, strict=True) if inside}
        folds = max(2, min(round(1 / config.val_fraction), len(names - {None})))
        first: Mask = deal_groups(table, traits.groups, pool, folds) == 0
        return pool & first
    (statistic,) = conflict_statistics(table, config, 1, traits, pool)
    return conflict_films(table, config, statistic, traits, pool, rng)


def _check(table: FilmTable, config: SplitConfig) -> None:
    counts = table.counts()
    for split in ("train", "val"):
        missing = [name for name in table.class_names if not counts.get(split, {}).get(name)]
        if not missing:
            continue
        message = f"Split {config.mode!r} gives {split} no film of {', '.join(missing)}."
        if config.mode == "given":
            hint = "Use the split mode `rejoin`, which carves val out of the training films."
        else:
            hint = "Every class needs two patients or more; check val_fraction and test_fraction."
        raise DatasetError(message, hint)
