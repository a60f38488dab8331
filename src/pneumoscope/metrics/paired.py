"""Is one model better than another on the same films?

Both models judge the same films, so their errors go together; paired tests use that. Films of one
patient go together too: where patients are given, they and not the films are the units, as in
`metrics.intervals`. Differences are always first minus second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.checks import Floats, Integers, check_labels, check_scores
from pneumoscope.metrics.intervals import Interval

# A standard error below this is rounding, of films that all say the same.
SMALLEST_ERROR = 1e-12


@dataclass(frozen=True)
class PairedTest:
    """A difference between two models with its interval, and a two-sided test that it is zero.

    `p_value` is in 0 to 1; it and the ends of the interval are `nan` where the films do not vary
    enough to tell.
    """

    difference: Interval
    p_value: float


@dataclass(frozen=True)
class McNemarTest(PairedTest):
    """The test of two accuracies; `only_first` films were called right by the first model alone."""

    only_first: int
    only_second: int


def delong_test(
    y_true: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    patients: Sequence[str] | None = None,
    level: float = 0.95,
) -> PairedTest:
    """Compare two ROC-AUCs on the same films (DeLong et al. 1988).

    `y_true` is integer `(N,)`, `first` and `second` are scores `(N, C)`, `patients` `(N,)`. With
    two classes the area is that of class 1; with more it is the mean of the areas of each class
    against all others, as in `metrics.classification`. Areas come from mid-ranks, in O(N log N)
    (Sun & Xu 2014). The variance sums over patients (Obuchowski 1997), which is DeLong's own where
    every patient has one film.

    The interval is a normal one, cut to -1 to 1; with areas near 1 and few films it is too narrow.
    Without films of two classes the difference is undefined, `nan`. Raises `DatasetError` for
    arrays that do not fit.
    """
    labels, scores = _check_pair(y_true, first, second)
    member = _members(patients, labels.size)
    quantile = _quantile(level)
    classes = scores[0].shape[1]
    targets = [1] if classes == 2 else range(classes)
    parts = [_area_parts(labels == target, scores, target) for target in targets]
    defined = [part for part in parts if not np.isnan(part.difference)]
    if not defined:
        return PairedTest(Interval(np.nan, np.nan, np.nan, level), np.nan)
    difference = float(np.mean([part.difference for part in defined]))
    shares = np.mean([part.shares for part in defined], axis=0)
    if difference == 0 and not shares.any():
        return PairedTest(Interval(0.0, 0.0, 0.0, level), 1.0)
    error = np.sqrt(_patient_variance(shares, labels, member))
    if not error > SMALLEST_ERROR:
        return PairedTest(Interval(difference, np.nan, np.nan, level), np.nan)
    return PairedTest(
        Interval(
            difference,
            float(max(-1.0, difference - quantile * error)),
            float(min(1.0, difference + quantile * error)),
            level,
        ),
        float(2 * ndtr(-abs(difference) / error)),
    )


def delong_tests_by_class(
    y_true: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    patients: Sequence[str] | None = None,
    level: float = 0.95,
) -> tuple[PairedTest, ...]:
    """`delong_test` of each class in turn against all others; arguments are the same."""
    labels, scores = _check_pair(y_true, first, second)
    tests = []
    for target in range(scores[0].shape[1]):
        columns = [np.stack([-table[:, target], table[:, target]], axis=1) for table in scores]
        tests.append(
            delong_test(
                (labels == target).astype(np.int64), *columns, patients=patients, level=level
            )
        )
    return tuple(tests)


def mcnemar_test(
    first_right: npt.ArrayLike,
    second_right: npt.ArrayLike,
    *,
    patients: Sequence[str] | None = None,
    level: float = 0.95,
) -> McNemarTest:
    """Compare two accuracies on the same films by those that only one model calls right.

    `first_right` and `second_right` are bool `(N,)`, N > 0, `patients` is `(N,)`. The test is exact
    at any size: if the models are interchangeable within every patient, each patient's balance of
    films that only one model calls right is as likely to favour the other, so all signs of the
    balances are tried. With one film a patient this is McNemar's exact test (McNemar 1947), a
    binomial one.

    The interval is that of Agresti & Min (2005), who add half a film to each of the four outcomes,
    so that it does not vanish where the models never differ. Its variance sums over patients
    (Obuchowski 1998). Raises `DatasetError` for arrays that do not fit.
    """
    rights = [np.asarray(right) for right in (first_right, second_right)]
    if rights[0].ndim != 1 or not rights[0].size or rights[0].shape != rights[1].shape:
        raise DatasetError(
            f"Two lists of one or more decisions are compared, got the shapes {rights[0].shape} "
            f"and {rights[1].shape}."
        )
    if any(right.dtype != np.bool_ for right in rights):
        raise DatasetError("Decisions are compared as right (true) or wrong (false).")
    gain = rights[0].astype(np.int64) - rights[1].astype(np.int64)
    member = _members(patients, gain.size)
    balance = np.bincount(member, gain).astype(np.int64)

    films = np.bincount(member)
    shrunk = gain.sum() / (gain.size + 2)
    spread = ((balance - films * shrunk) ** 2).sum() + 1 + 2 * shrunk**2
    half_width = _quantile(level) * np.sqrt(spread) / (gain.size + 2)
    return McNemarTest(
        difference=Interval(
            float(gain.mean()),
            float(max(-1.0, shrunk - half_width)),
            float(min(1.0, shrunk + half_width)),
            level,
        ),
        p_value=_sign_flip_p_value(balance),
        only_first=int((gain > 0).sum()),
        only_second=int((gain < 0).sum()),
    )


def holm(p_values: npt.ArrayLike) -> Floats:
    """P-values `(T,)` corrected for being T tests (Holm 1979).

    Calling those up to 0.05 keeps the chance of any false call among all tests at 5 % or less.
    Undefined tests (`nan`) stay so and do not count. Raises `DatasetError` for values outside 0 to
    1.
    """
    given = np.asarray(p_values, dtype=np.float64)
    if given.ndim != 1 or (given < 0).any() or (given > 1).any():
        raise DatasetError("P-values must be a list of numbers from 0 to 1.")
    corrected: Floats = np.full(given.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    steps = given[order] * np.arange(order.size, 0, -1)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return corrected


def cohens_kappa(first: npt.ArrayLike, second: npt.ArrayLike, classes: int) -> float:
    """Agreement of two lists of classes beyond chance (Cohen 1960): 1 is full, 0 is chance.

    Both are integer `(N,)` in `0 .. classes - 1`. Undefined, `nan`, where both call one and the
    same class throughout. Raises `DatasetError` for lists that do not fit.
    """
    rows, columns = check_labels(first, classes), check_labels(second, classes)
    if rows.size != columns.size:
        raise DatasetError(f"There are {rows.size} and {columns.size} decisions to compare.")
    counts = np.bincount(rows * classes + columns, minlength=classes**2)
    shares = counts.reshape(classes, classes) / rows.size
    chance = float(shares.sum(axis=0) @ shares.sum(axis=1))
    return float("nan") if chance == 1.0 else (float(np.trace(shares)) - chance) / (1.0 - chance)


@dataclass(frozen=True)
class _AreaParts:
    """A difference of two areas, and what each film adds to its deviation, `(N,)`."""

    difference: float
    shares: Floats


def _area_parts(
    positive: npt.NDArray[np.bool_], scores: tuple[Floats, Floats], target: int
) -> _AreaParts:
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return _AreaParts(np.nan, np.zeros(positive.size))
    placements = _placements(positive, scores[0][:, target]) - _placements(
        positive, scores[1][:, target]
    )
    difference = float(placements[positive].mean())
    counts = np.where(positive, positives, negatives)
    return _AreaParts(difference, (placements - difference) / counts)


def _placements(positive: npt.NDArray[np.bool_], scores: Floats) -> Floats:
    """DeLong's components `(N,)`: of the films of the other kind, the share that is outscored.

    A positive film outscores those below it, a negative one is outscored by those above; ties count
    half. The mean over the positives is the area, and so is the mean over the negatives.
    """
    ranks = rankdata(scores)
    placements: Floats = np.empty(scores.size)
    placements[positive] = (ranks[positive] - rankdata(scores[positive])) / (~positive).sum()
    outscored = (ranks[~positive] - rankdata(scores[~positive])) / positive.sum()
    placements[~positive] = 1.0 - outscored
    return placements


def _patient_variance(shares: Floats, labels: Integers, member: Integers) -> float:
    """The variance of the sum of `shares` when patients are the units (Obuchowski 1997, eq. 5).

    Classes are samples of their own: with K patients that have films of a class, their squares are
    enlarged by K / (K - 1), and the products between classes likewise. `nan` for one patient.
    """
    sums = np.stack(
        [np.bincount(member, np.where(labels == label, shares, 0.0)) for label in np.unique(labels)]
    )
    present = np.array([np.unique(member[labels == label]).size for label in np.unique(labels)])
    if (present < 2).any():
        return float("nan")
    products = sums @ sums.T
    within = np.diagonal(products)
    patients = member.max() + 1
    between = (products.sum() - within.sum()) * patients / (patients - 1)
    return float((within * present / (present - 1)).sum() + between)


def _sign_flip_p_value(balance: Integers) -> float:
    """The chance that sums of `balance` with signs drawn by coin are as far from 0 as its own."""
    chances = np.ones(1)
    for size in np.abs(balance[balance != 0]):
        # Positions are half the distance from the lowest sum: either sign moves by 0 or by `size`.
        step = np.zeros(size + 1)
        step[[0, size]] = 0.5
        chances = np.convolve(chances, step)
    sums = 2 * np.arange(chances.size) - (chances.size - 1)
    return float(min(1.0, chances[np.abs(sums) >= abs(balance.sum())].sum()))


def _check_pair(
    y_true: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike
) -> tuple[Integers, tuple[Floats, Floats]]:
    labels = np.asarray(y_true)
    scores = check_scores(first, labels.size), check_scores(second, labels.size)
    if scores[0].shape != scores[1].shape:
        raise DatasetError(
            f"The models have {scores[0].shape[1]} and {scores[1].shape[1]} columns of scores."
        )
    return check_labels(labels, scores[0].shape[1]), scores


def _members(patients: Sequence[str] | None, films: int) -> Integers:
    """The number `(N,)` of each film's patient; without patients every film is one of its own."""
    if patients is None:
        return np.arange(films)
    if len(patients) != films:
        raise DatasetError(f"There are {len(patients)} patients for {films} labels.")
    return np.unique(np.asarray(patients), return_inverse=True)[1].astype(np.int64)


def _quantile(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise DatasetError(f"The level of an interval must lie between 0 and 1, got {level}.")
    return float(ndtri((1.0 + level) / 2))
