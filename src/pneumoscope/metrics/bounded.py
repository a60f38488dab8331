"""Confidence intervals of figures between 0 and 1 that hold near their ends.

Of 80 films that are all called right, every bootstrap replicate is all right too: its interval is
1 to 1, while the truth may well be 0.96. Near the ends, intervals need the number of films behind a
figure. Patients with several films make it smaller: the effective number is that which would give
the variance found by drawing patients.
"""

from __future__ import annotations

import math
from statistics import NormalDist

LEAST_ERRORS = 5
"""With fewer films unlike the rest, nothing is known of how those of one patient agree."""
AREA_FILMS = 6
"""An area varies at least as a share of this many times the films of a kind (by simulation)."""


def share_interval(
    value: float, variance: float, films: float, patients: float, *, level: float
) -> tuple[float, float]:
    """The interval of a share of `films` films, of `patients` patients, in 0 to 1.

    `variance` is that of the share when patients are drawn. It is Wilson's interval (1927) for the
    effective number of films, with the ends of Brown, Cai & DasGupta (2001) where there are up to
    three errors, and never narrower than the exact one where there is none.
    """
    errors = min(value, 1 - value) * films
    most = patients if errors < LEAST_ERRORS else films
    effective = min(most, value * (1 - value) / variance) if variance > 0 else most
    low, high = _wilson(value, effective, level)
    flipped_low, flipped_high = _wilson(1 - value, effective, level)
    return min(low, 1 - flipped_high), max(high, 1 - flipped_low)


def area_interval(
    value: float, variance: float, films: float, patients: float, *, level: float
) -> tuple[float, float]:
    """The interval of an area under a curve that compares `films` films of each kind.

    `variance` is that of the area when patients are drawn. The interval is a normal one of the
    area's log odds (Pepe 2003, section 5.2.4), which few inverted pairs do not make narrow; of an
    area of 0 or 1, that of a share of the patients of both kinds. Without films of both kinds there
    is none, and both ends are `nan`.
    """
    if not films > 0:
        return math.nan, math.nan  # there is nothing to compare with
    if not 0 < value < 1:
        return share_interval(value, 0.0, 2 * films, 2 * patients, level=level)
    binomial = value * (1 - value)
    variance = max(variance, binomial / (AREA_FILMS * films))
    half = _quantile(level) * math.sqrt(variance) / binomial
    log_odds = math.log(value / (1 - value))
    return 1 / (1 + math.exp(half - log_odds)), 1 / (1 + math.exp(-half - log_odds))


def _wilson(value: float, films: float, level: float) -> tuple[float, float]:
    """Wilson's interval, widened towards the upper end."""
    tail = (1 - level) / 2
    square = _quantile(level) ** 2
    middle = (value + square / (2 * films)) / (1 + square / films)
    spread = math.sqrt(square * (value * (1 - value) / films + square / (4 * films**2)))
    half = spread / (1 + square / films)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    errors = (1 - value) * films
    if value == 1:
        return min(low, tail ** (1 / films)), 1.0  # Clopper & Pearson 1934
    if errors <= 3:
        # Imported here, because much imports this module and hardly needs it.
        from scipy.special import gammaincinv

        high = max(high, 1 - float(gammaincinv(errors, 2 * tail)) / films)
    return low, high


def _quantile(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
