"""Films that contradict a shortcut: healthy ones that look ill by a statistic, and the reverse.

A model that leans on sharpness is right wherever sharp films are healthy, and random validation
cannot tell. Films whose statistic speaks for the other class can.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pneumoscope.metrics import weighted

Sides = Literal["both", "healthy", "ill"]


def contradiction(values: NDArray[np.float64], is_ill: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How much the statistic of each film speaks for the other class, float64 `(N,)`: the share of
    films of its own class, 0 to 1, that speak for it as much or more.

    Which way a statistic speaks is told by all films: for illness where ill ones have more of it.
    """
    area = weighted.roc_auc(is_ill.astype(np.int64), values, np.ones((1, len(values))))[0]
    towards_illness = values if area >= 0.5 else -values
    against = np.where(is_ill, -towards_illness, towards_illness)
    rank = np.empty(len(values))
    for own in (is_ill, ~is_ill):
        ordered = np.sort(against[own])
        rank[own] = np.searchsorted(ordered, against[own], side="right") / max(len(ordered), 1)
    return rank


def conflicting(
    values: NDArray[np.float64],
    is_ill: NDArray[np.bool_],
    fraction: float,
    sides: Sides,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """The films, as a mask `(N,)`, that contradict a statistic most: `fraction` of each class.

    `values` are float64 `(N,)`. With `sides` healthy or ill only films of these are chosen so, and
    as many at random of the others. Films of equal value are told apart by chance.
    """
    scores = contradiction(values, is_ill) + rng.random(len(values)) * 1e-9
    chosen = np.zeros(len(values), dtype=bool)
    for own, name in ((~is_ill, "healthy"), (is_ill, "ill")):
        members = np.flatnonzero(own)
        keys = scores[members] if sides in ("both", name) else rng.random(len(members))
        chosen[members[np.argsort(-keys)[: round(fraction * len(members))]]] = True
    return chosen


def strongest_first(
    statistics: Sequence[tuple[str, NDArray[np.float64]]], is_ill: NDArray[np.bool_]
) -> list[str]:
    """Names of statistics, those that tell the classes best first; constant ones are left out."""
    alone = np.ones((1, len(is_ill)))
    labels = is_ill.astype(np.int64)
    strength = {
        name: abs(float(weighted.roc_auc(labels, values, alone)[0]) - 0.5)
        for name, values in statistics
        if np.ptp(values) > 0
    }
    return sorted(strength, key=lambda name: -strength[name])
