"""Stretches of patient numbers, which follow acquisition: what lies together was made together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


def blocks(table: FilmTable, pool: Mask, fraction: float, block_count: int) -> Mask:
    """Films of patients inside contiguous blocks of each series' numbers, as a mask.

    Blocks are spread evenly over a series from its lowest to its highest number; one block alone is
    the highest. Each class is divided by itself, so that both have validation films.
    """
    chosen = np.zeros(len(table), dtype=bool)
    for row in _series(table, pool):
        length = fraction * row.films / block_count
        starts = np.linspace(row.films - length, 0, block_count)[:, None]
        inside: Mask = np.any((row.middle >= starts) & (row.middle < starts + length), axis=0)
        chosen[row.place] = inside[row.rank]
    return chosen


def stretches(table: FilmTable, pool: Mask, count: int) -> Ints:
    """The stretch of each film of the pool, 0 to `count` - 1, and -1 of others: each series of a
    class is cut into `count` stretches of about equally many films, lowest numbers first."""
    stretch = np.full(len(table), -1)
    for row in _series(table, pool):
        cut = (row.middle * count // row.films).astype(np.int64)
        stretch[row.place] = cut[row.rank]
    return stretch


def check_order(table: FilmTable, pool: Mask) -> None:
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


class _Row(NamedTuple):
    """A series of a class: the places of its films in the table, the rank of each film's patient by
    number, where the middle of each patient's films stands, counted in films, and how many films
    there are."""

    place: Ints
    rank: Ints
    middle: NDArray[np.float64]
    films: int


def _series(table: FilmTable, pool: Mask) -> Iterator[_Row]:
    series = np.array([f"{film.series}/{film.label}" for film in table.films])
    number = np.array([film.number or 0 for film in table.films])
    for name in np.unique(series[pool]):
        place = np.flatnonzero(pool & (series == name))
        patients, patient, sizes = np.unique(
            table.patient_ids[place], return_inverse=True, return_counts=True
        )
        lowest = np.full(len(patients), np.iinfo(np.int64).max)
        np.minimum.at(lowest, patient, number[place])
        order = np.argsort(lowest, kind="stable")
        rank = np.argsort(order)[patient]
        yield _Row(place, rank, sizes[order].cumsum() - sizes[order] / 2, len(place))
