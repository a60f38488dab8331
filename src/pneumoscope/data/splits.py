"""Dividing films into train, val and test, patient by patient.

What is divided are groups: a patient, together with every patient who shares a byte-identical film.
A group lies in one split as a whole. The same films and settings give the same splits, whatever the
order of the films.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError, RecipeError
from pneumoscope.recipe.settings import SplitConfig

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


def assign_splits(
    table: FilmTable, config: SplitConfig, digests: Sequence[str] | None = None
) -> FilmTable:
    """Give every film its split, as `SplitConfig` describes.

    `digests` are hashes of the films' bytes in table order, `""` where unknown; with them,
    byte-identical films keep their patients together. Fractions are of the films that are to be
    divided, in each class. As whole patients move, a random split is off by half a patient's films,
    or by more where a class is so small that it would get no patient.

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

    groups = _groups(table, digests)
    split = _before_division(table, groups, config.mode)
    if config.test_fraction and (split == "test").any():
        raise DatasetError(
            f"test_fraction is {config.test_fraction}, but the films already have a test split.",
            "Set test_fraction to 0, or use the mode `random`, which pools all films.",
        )
    rng = np.random.default_rng(config.seed)
    pool = split == "train"
    if config.mode == "blocks":
        _check_order(table, pool)
        chosen = _blocks(table, pool, config.val_fraction, config.block_count)
        split[pool & np.isin(groups, groups[chosen])] = "val"
    elif config.mode != "given":
        split[_random_groups(table, groups, pool, config.val_fraction, rng)] = "val"
    if config.test_fraction:
        rest = split == "train"
        fraction_of_rest = config.test_fraction * pool.sum() / max(rest.sum(), 1)
        split[_random_groups(table, groups, rest, fraction_of_rest, rng)] = "test"

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


def _groups(table: FilmTable, digests: Sequence[str] | None) -> Ints:
    """The group of each film, numbered in the order of patients."""
    patients, patient = np.unique(table.patient_ids, return_inverse=True)
    if digests is None:
        return patient.astype(np.int64)
    known = np.array([digest != "" for digest in digests], dtype=bool)
    contents, content = np.unique(np.asarray(digests)[known], return_inverse=True)
    nodes = len(patients) + len(contents)
    films = (patient[known], len(patients) + content)
    links = coo_array((np.ones(known.sum()), films), shape=(nodes, nodes))
    _, component = connected_components(links, directed=False)
    return np.asarray(component[patient], dtype=np.int64)


def _random_groups(
    table: FilmTable, groups: Ints, pool: Mask, fraction: float, rng: np.random.Generator
) -> Mask:
    """Films of randomly drawn groups: about `fraction` of the pool in each class, as a mask.

    Groups are drawn class by class, one at least and never all; a group with films of several
    classes belongs to the most frequent.
    """
    chosen = []
    members, member = np.unique(groups[pool], return_inverse=True)
    films_of = np.zeros((len(members), len(table.class_names)), dtype=np.int64)
    np.add.at(films_of, (member, table.y_true[pool]), 1)
    for label in range(len(table.class_names)):
        candidates = rng.permutation(np.flatnonzero(films_of.argmax(axis=1) == label))
        taken = np.concatenate([[0], films_of[candidates].sum(axis=1).cumsum()])
        nearest = int(np.abs(taken - fraction * taken[-1]).argmin())
        count = min(max(nearest, 1), len(candidates) - 1)
        chosen.append(members[candidates[:count]])
    return pool & np.isin(groups, np.concatenate(chosen))


def _blocks(table: FilmTable, pool: Mask, fraction: float, block_count: int) -> Mask:
    """Films of patients inside contiguous blocks of each series' numbers, as a mask.

    Blocks are spread evenly over a series from its lowest to its highest number; one block alone is
    the highest. Each class is divided by itself, so that both have validation films.
    """
    chosen = np.zeros(len(table), dtype=bool)
    series = np.array([f"{film.series}/{film.label}" for film in table.films])
    number = np.array([film.number or 0 for film in table.films])
    for name in np.unique(series[pool]):
        films = pool & (series == name)
        patients, patient, sizes = np.unique(
            table.patient_ids[films], return_inverse=True, return_counts=True
        )
        lowest = np.full(len(patients), np.iinfo(np.int64).max)
        np.minimum.at(lowest, patient, number[films])
        order = np.argsort(lowest, kind="stable")
        # A patient stands where the middle of its films stands, counted in films along the series.
        middle = sizes[order].cumsum() - sizes[order] / 2
        length = fraction * sizes.sum() / block_count
        starts = np.linspace(sizes.sum() - length, 0, block_count)[:, None]
        inside = ((middle >= starts) & (middle < starts + length)).any(axis=0)
        chosen |= films & np.isin(table.patient_ids, patients[order[inside]])
    return chosen


def _check_order(table: FilmTable, pool: Mask) -> None:
    """Raise `DatasetError` unless a number places every film of the pool among its series."""
    divided = [film for film, inside in zip(table.films, pool, strict=True) if inside]
    unordered = [film.path for film in divided if film.number is None]
    if unordered:
        raise DatasetError(
            "Blocks are stretches of patients in the order of their numbers, and nothing numbers "
            f"{len(unordered):,} of the {len(divided):,} films to divide, such as {unordered[0]}.",
            "Give a table with a column number (and series, where it starts anew), or divide by "
            "another mode, such as random.",
        )


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
