"""Confidence intervals by the bootstrap, with patients and not films as the units drawn.

Films of one patient resemble each other, so drawing films one by one would make intervals too
narrow. Patients are drawn with replacement, and each brings all of its films: the cluster bootstrap
(Efron & Tibshirani 1993; Field & Welsh 2007). A replicate is a row of weights that says how often
each film counts, so all replicates of a metric are computed at once. Shares and areas under curves
take from it how much they vary, and their ends from `metrics.bounded`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, PlainSerializer

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.bounded import area_interval, share_interval
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.figures import Figures, Name
from pneumoscope.metrics.weighted import mean_of_defined

# Weights held at once: 8 MB of float64, and a few times that in intermediate arrays.
CHUNK_ELEMENTS = 1_000_000
LEAST_DEFINED_SHARE = 0.5

Number = Annotated[
    float,
    BeforeValidator(lambda number: math.nan if number is None else number),
    PlainSerializer(lambda number: None if math.isnan(number) else number, when_used="json"),
]
"""A number that may be undefined: `nan`, and in the JSON of a `Record` null."""


@dataclass(frozen=True)
class Interval:
    """A figure with its confidence interval; `low` and `high` bound it at `level`.

    An undefined figure is `nan`, and so are the ends of an interval that could not be found.
    """

    value: Number
    low: Number
    high: Number
    level: float = 0.95

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "undefined"
        if math.isnan(self.low):
            return f"{self.value:.3f}"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def bootstrap_intervals(
    statistic: Callable[[Floats], Mapping[Name, Floats]],
    patients: Sequence[str],
    *,
    rng: np.random.Generator,
    replicates: int = 2000,
    level: float = 0.95,
) -> dict[Name, Interval]:
    """Intervals of every figure of `statistic`.

    `statistic` takes weights `(B, N)` and returns named figures `(B,)`. `patients` `(N,)` names the
    patient of each film. Intervals are those of `share_interval` and `area_interval` for what
    `Figures` says to be shares and areas, and else percentiles of the replicates. The value of an
    interval is the statistic of the sample itself. Replicates in which a figure is undefined (a
    rare class was not drawn) are left out; where that is more than half of them, or where the
    replicates of what is neither share nor area are all equal, both ends are `nan`, and so are
    value and ends where the figure is undefined on the sample. Results depend on `rng` only, not on
    how replicates are grouped in memory.
    """
    if replicates < 1 or not 0.0 < level < 1.0:
        raise DatasetError(
            "An interval needs one or more replicates and a level between 0 and 1, "
            f"got {replicates} and {level}."
        )
    drawn = [statistic(weights) for weights in patient_weights(patients, replicates, rng)]
    tail = 100 * (1 - level) / 2
    intervals = {}
    # The sample itself, and with every patient's films counting as one.
    sample = statistic(np.stack([np.ones(len(patients)), _share_of_patient(patients)]))
    shares, areas = (sample.shares, sample.areas) if isinstance(sample, Figures) else ({}, {})
    for name, point in sample.items():
        value = float(point[0])
        values = np.concatenate([chunk[name] for chunk in drawn])
        defined = values[~np.isnan(values)]
        low = high = np.nan
        if not np.isnan(value) and defined.size >= LEAST_DEFINED_SHARE * values.size:
            variance = float(defined.var())
            if name in shares:
                low, high = share_interval(value, variance, *map(float, shares[name]), level=level)
            elif name in areas:
                low, high = area_interval(value, variance, *map(float, areas[name]), level=level)
            elif variance > 0:
                low, high = np.percentile(defined, [tail, 100 - tail])
        intervals[name] = Interval(value, float(low), float(high), level)
    return intervals


def bootstrap_means(
    values: Mapping[Name, Floats],
    patients: Sequence[str],
    *,
    rng: np.random.Generator,
    replicates: int = 2000,
    shares: Collection[Name] = (),
) -> dict[Name, Interval]:
    """Means over films with intervals, as `bootstrap_intervals` makes them.

    `values` are figures of single films, `(N,)` each; films for which one is `nan` do not count in
    its mean. `shares` are those whose figures are 0 or 1, so that their means are shares.
    """
    defined = {name: ~np.isnan(values[name]) for name in shares}

    def statistic(weights: Floats) -> Figures[Name]:
        return Figures(
            {
                name: mean_of_defined(np.broadcast_to(figures, weights.shape), weights)
                for name, figures in values.items()
            },
            shares={name: weights @ defined[name] for name in shares},
        )

    return bootstrap_intervals(statistic, patients, rng=rng, replicates=replicates)


def independent_difference(one: Interval, other: Interval) -> Interval:
    """`one - other` of figures of different patients, with an interval from theirs, which must be
    of one level (Newcombe 1998, method 10)."""
    below = math.hypot(one.value - one.low, other.high - other.value)
    above = math.hypot(one.high - one.value, other.value - other.low)
    value = one.value - other.value
    return Interval(value, value - below, value + above, one.level)


def _share_of_patient(patients: Sequence[str]) -> Floats:
    """What each film is of its patient's films, `(N,)`."""
    _, member, films = np.unique(np.asarray(patients), return_inverse=True, return_counts=True)
    share: Floats = 1.0 / films[member]
    return share


def patient_weights(
    patients: Sequence[str], replicates: int, rng: np.random.Generator
) -> Iterator[Floats]:
    """Bootstrap replicates as weights, in chunks of float64 `(B, N)`, `replicates` rows in all.

    In every row the patients' counts sum to the number of patients, and films of one patient weigh
    the same.
    """
    names, member = np.unique(np.asarray(patients), return_inverse=True)
    if names.size == 0:
        raise DatasetError("There are no films to draw from.")
    chance = np.full(names.size, 1.0 / names.size)
    rows = max(1, CHUNK_ELEMENTS // member.size)
    for start in range(0, replicates, rows):
        counts = rng.multinomial(names.size, chance, size=min(rows, replicates - start))
        yield counts[:, member].astype(np.float64)
