"""Where to draw the line: from probabilities to a decision.

An operating point is a vector of thresholds, one per class, positive and summing to one. The class
called is the one whose probability is highest relative to its threshold. With two classes the
thresholds are `(1 - t, t)`, and this is the familiar rule: positive when its probability is at
least `t`. Class 0 is the normal class by convention; with two classes, class 1 is the positive one.

Thresholds are searched as cuts in log odds, where the distance between 0.98 and 0.99 counts as much
as it should, and they are fitted on validation films only, never on films that they are judged
with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pneumoscope.errors import DatasetError
from pneumoscope.metrics.checks import Floats, Integers, check_labels, check_probabilities

# Probabilities nearer to 0 or 1 than this are taken as equal, so that a film of which the model is
# all too sure does not drag a threshold along.
SMALLEST_PROBABILITY = 1e-6
# Films nearer to one another in log odds than this get no cut between them: rounding would move it.
SMALLEST_GAP = 1e-6
# How much balanced accuracy, measured on validation films, is too little to choose a threshold by.
BALANCED_TOLERANCE = 0.01
# Where several findings are looked for, at least this share of the normal films stays called so.
LEAST_SPECIFICITY = 0.25
SWEEPS = 20


def decide(probabilities: npt.ArrayLike, thresholds: npt.ArrayLike) -> Integers:
    """The class called for each film, int64 `(N,)`.

    `probabilities` is `(N, C)`, `thresholds` `(C,)`, positive. Ties go to the later class, so that
    a film exactly on the line is called ill rather than healthy. Raises `DatasetError` for arrays
    that do not fit.
    """
    table = check_probabilities(probabilities)
    limits = np.asarray(thresholds, dtype=np.float64)
    classes = table.shape[1]
    if limits.shape != (classes,) or not (limits > 0).all() or abs(limits.sum() - 1) > 1e-6:
        raise DatasetError(
            f"Thresholds must be {classes} positive numbers that sum to one, got {limits.tolist()}."
        )
    if classes == 2:
        # The same rule without its division: exact for a film that lies on the threshold.
        called: Integers = (table[:, 1] >= limits[1]).astype(np.int64)
    else:
        # The last of equal maxima is the first one from behind.
        called = classes - 1 - (table / limits)[:, ::-1].argmax(axis=1)
    return called


def fit_balanced(
    probabilities: npt.ArrayLike, y_true: npt.ArrayLike, tolerance: float = BALANCED_TOLERANCE
) -> Floats:
    """Thresholds `(C,)` with the highest balanced accuracy (mean recall) on validation films.

    With two classes this maximises Youden's J (Youden 1950). On a finite set balanced accuracy is a
    step function whose very highest step is mostly chance. So the threshold is the middle, in log
    odds, of the stretch around the best step where balanced accuracy stays within `tolerance` of
    it. With more classes, the thresholds of classes 1, 2, ... are improved in turn, each in that
    way, until none changes.

    `probabilities` is `(N, C)`, `y_true` integer `(N,)`. Raises `DatasetError` where a class has no
    film.
    """
    table, labels = _check_fit(probabilities, y_true)
    log_probabilities = _log(table)
    films, classes = table.shape
    weights = 1.0 / (classes * np.bincount(labels, minlength=classes)[labels])
    offsets = np.zeros(classes)
    for _ in range(1 if classes == 2 else SWEEPS):
        before = offsets.copy()
        for index in range(1, classes):
            relative = log_probabilities - offsets
            relative[:, index] = -np.inf
            rival = relative.argmax(axis=1)
            scores = log_probabilities[:, index] - relative[np.arange(films), rival]
            # What balanced accuracy gains when the cut passes a film, which then goes to its rival.
            change = weights * ((rival == labels).astype(float) - (labels == index))
            steps = _steps(scores)
            gain = np.concatenate([[0.0], np.cumsum(change[steps.order])])[steps.passed]
            offsets[index] = _middle_of_best(steps, gain, tolerance)
        if np.allclose(offsets, before, atol=SMALLEST_GAP):
            break
    return _as_thresholds(offsets)


@dataclass(frozen=True)
class Screening:
    """What the operating point `screening` is asked for.

    With `sensitivity` alone, in (0, 1], that share of the films it is fitted on must be found; of
    new films like them, at least as many are found in about half of all cases. With a `confidence`,
    in (0, 1), such as 0.95, so many must be found that the sensitivity holds on new films in that
    share of all cases: a tolerance bound (Wilks 1941).
    """

    sensitivity: float = 0.98
    confidence: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.sensitivity <= 1.0:
            raise DatasetError(
                f"The wanted sensitivity must lie in (0, 1], got {self.sensitivity}."
            )
        if self.confidence is not None and not 0.0 < self.confidence < 1.0:
            raise DatasetError(f"The confidence must lie in (0, 1), got {self.confidence}.")
        if self.confidence is not None and self.sensitivity == 1.0:
            raise DatasetError(
                "No number of films makes it certain that every new film is found.",
                "Ask for a sensitivity below 1, or leave out the confidence.",
            )

    def films_to_find(self, films: int) -> int:
        """How many of so many films must be found.

        Raises `DatasetError` where they are too few for the confidence, even if all are found.
        """
        if self.confidence is None:
            return max(1, math.ceil(self.sensitivity * films - 1e-9))
        # Imported here, because `predict` needs this module's `decide` and starts without scipy.
        from scipy.stats import binom

        missed = np.arange(films + 1)
        chance = binom.cdf(missed, films, 1 - self.sensitivity)
        allowed = missed[chance <= 1 - self.confidence]
        if not allowed.size:
            least = math.ceil(math.log(1 - self.confidence) / math.log(self.sensitivity))
            raise DatasetError(
                f"{films} films of a class are too few for a sensitivity of {self.sensitivity:g} "
                f"with a confidence of {self.confidence:g}: at least {least} are needed.",
                "Enlarge the validation split, or lower one of the two.",
            )
        return films - int(allowed[-1])


SCREENING = Screening()
"""What is asked for unless somebody says otherwise."""


def fit_screening(
    probabilities: npt.ArrayLike, y_true: npt.ArrayLike, screening: Screening | float
) -> Floats:
    """Thresholds `(C,)` that call as few healthy films ill as a wanted sensitivity allows.

    The cut between normal (class 0) and everything else is the highest one at which as many of the
    validation films of every other class as `screening` asks for (a number is its sensitivity) are
    not called normal. It lies halfway, in log odds, to the next film below, but no threshold is
    much below `SMALLEST_PROBABILITY`: films under it stay missed.

    With more than two classes no class is given up. The thresholds of the others keep the ratios
    among themselves that `fit_balanced` finds, and the cut stays high enough for
    `LEAST_SPECIFICITY` of the normal films to be called normal, though films of another class be
    missed.

    `probabilities` is `(N, C)`, `y_true` integer `(N,)`. Raises `DatasetError` where a class has no
    film, and as `Screening`.
    """
    wanted = screening if isinstance(screening, Screening) else Screening(screening)
    table, labels = _check_fit(probabilities, y_true)
    log_probabilities = _log(table)
    offsets = np.zeros(table.shape[1])
    if offsets.size > 2:
        offsets[1:] = np.log(fit_balanced(table, labels)[1:])
    scores = (log_probabilities - offsets)[:, 1:].max(axis=1) - log_probabilities[:, 0]
    steps = _steps(scores)
    highest = min(
        _kth_largest(scores[labels == index], wanted.films_to_find((labels == index).sum()))
        for index in range(1, table.shape[1])
    )
    chosen = np.flatnonzero(steps.upper <= highest)[-1]
    if offsets.size > 2:
        normal = scores[labels == 0]
        kept = -_kth_largest(-normal, Screening(LEAST_SPECIFICITY).films_to_find(normal.size))
        chosen = max(chosen, np.flatnonzero(steps.lower >= kept)[0])
    offsets[1:] += (steps.lower[chosen] + steps.upper[chosen]) / 2
    return _as_thresholds(offsets)


@dataclass(frozen=True)
class _Steps:
    """The stretches between neighbouring scores, within which moving a cut changes no decision.

    `lower`, `upper` `(S,)` bound each stretch, `passed` `(S,)` counts the films below it, `order`
    `(N,)` sorts the films. The two outermost stretches have no outer end of their own and are one
    log odds wide.
    """

    order: Integers
    lower: Floats
    upper: Floats
    passed: Integers


def _steps(scores: Floats) -> _Steps:
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    inner = np.flatnonzero(np.diff(ranked) > SMALLEST_GAP)
    return _Steps(
        order=order,
        lower=np.concatenate([ranked[:1] - 1, ranked[inner], ranked[-1:]]),
        upper=np.concatenate([ranked[:1], ranked[inner + 1], ranked[-1:] + 1]),
        passed=np.concatenate([[0], inner + 1, [scores.size]]),
    )


def _middle_of_best(steps: _Steps, gain: Floats, tolerance: float) -> float:
    # Sums of the same numbers in another order differ in their last digits.
    near = gain >= gain.max() - tolerance - 1e-12
    first = last = int(gain.argmax())
    while first > 0 and near[first - 1]:
        first -= 1
    while last < near.size - 1 and near[last + 1]:
        last += 1
    return float(steps.lower[first] + steps.upper[last]) / 2


def _kth_largest(scores: Floats, wanted: int) -> float:
    """The highest value that at least `wanted` of `scores` reach."""
    return float(np.sort(scores)[scores.size - wanted])


def _log(probabilities: Floats) -> Floats:
    """Logarithms `(N, C)`; with two classes from the second alone, which is what decides."""
    if probabilities.shape[1] == 2:
        positive = probabilities[:, 1].clip(0, 1)
        probabilities = np.stack([1 - positive, positive], axis=1)
    logarithms: Floats = np.log(np.maximum(probabilities, SMALLEST_PROBABILITY))
    return logarithms


def _as_thresholds(offsets: Floats) -> Floats:
    odds = np.exp(offsets - offsets.max())
    thresholds: Floats = odds / odds.sum()
    return thresholds


def _check_fit(probabilities: npt.ArrayLike, y_true: npt.ArrayLike) -> tuple[Floats, Integers]:
    labels = np.asarray(y_true)
    table = check_probabilities(probabilities, labels.size)
    labels = check_labels(labels, table.shape[1])
    absent = np.flatnonzero(np.bincount(labels, minlength=table.shape[1]) == 0)
    if absent.size:
        raise DatasetError(
            f"No validation film belongs to class {', '.join(map(str, absent))}.",
            "Thresholds need films of every class: enlarge the validation split.",
        )
    return table, labels
