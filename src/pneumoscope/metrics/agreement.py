"""How often two agree on the classes of films, and how much more often than by chance."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.bounded import share_interval
from pneumoscope.metrics.intervals import Interval


def counted_share(part: int, whole: int, level: float = 0.95) -> Interval:
    """The share `part` of `whole` films, each of a patient of its own, with its interval as in
    `share_interval`. Of no films it is undefined."""
    if whole == 0:
        return Interval(math.nan, math.nan, math.nan, level)
    value = part / whole
    return Interval(value, *share_interval(value, 0.0, whole, whole, level=level), level)


def cohens_kappa(counts: npt.ArrayLike, level: float = 0.95) -> Interval:
    """Cohen's kappa (1960) of how many films one calls the class of a row and the other that of a
    column: `counts` `(C, C)`. It is 1 where they always agree, 0 where no more often than chance.

    How much it varies is told by its large-sample variance (Fleiss, Cohen & Everitt 1969). With few
    disagreements a normal interval of it is too narrow, and none at all with no disagreement; so
    the ends are those that the share of agreement would have in `share_interval`, if it varied as
    much, with the agreement by chance that was found. Kappa is undefined without films, and where
    both call all films the same class.

    Raises `DatasetError` for anything but a square of counts.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not (table >= 0).all():
        raise DatasetError(f"Kappa is of a square of counts, got the shape {table.shape}.")
    films = float(table.sum())
    if films == 0:
        return Interval(math.nan, math.nan, math.nan, level)
    shares = table / films
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    agreed, chance = float(np.trace(shares)), float(rows @ columns)
    if math.isclose(chance, 1.0):
        return Interval(math.nan, math.nan, math.nan, level)
    kappa = (agreed - chance) / (1 - chance)
    agreeing = np.diagonal(shares) @ (1 - (rows + columns) * (1 - kappa)) ** 2
    disagreeing = shares * (columns[:, None] + rows[None, :]) ** 2
    spread = (
        agreeing
        + (1 - kappa) ** 2 * (disagreeing.sum() - np.trace(disagreeing))
        - (kappa - chance * (1 - kappa)) ** 2
    )
    # Of kappa it is this divided by (1 - chance) squared, which the share of agreement has not.
    # A share of 0 or 1 does not vary, whatever kappa does.
    variance = max(0.0, float(spread) / films) if 0 < agreed < 1 else 0.0
    ends = share_interval(agreed, variance, films, films, level=level)
    low, high = (max(-1.0, (end - chance) / (1 - chance)) for end in ends)
    return Interval(kappa, low, high, level)
