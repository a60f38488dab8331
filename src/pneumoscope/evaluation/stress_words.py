"""A stress test in sentences: the worst harmless change, and the worst of the others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pneumoscope.evaluation.comparison_verdicts import signed
from pneumoscope.evaluation.stress_figures import Flips, StressedFilms
from pneumoscope.evaluation.stress_test import StressTest
from pneumoscope.evaluation.stresses import LARGEST
from pneumoscope.wording import count_films, share

MOST_FLIPPED = 0.01
"""A harmless change that flips more than this share of decisions is a fault."""
FEWEST_FLIPPED = 3
"""Below so many flipped films nothing is made of their share."""


def stress_verdicts(test: StressTest) -> list[str]:
    """What a person must know, in sentences."""
    return [*_of_harmless(test), *_of_others(test)]


def stress_warnings(test: StressTest) -> list[str]:
    """Why the model's answers are doubtful on films as they come: harmless changes that flip more
    than `MOST_FLIPPED` of the decisions."""
    return _of_harmless(test) if any(map(_flips_too_many, test.harmless)) else []


def _of_harmless(test: StressTest) -> list[str]:
    changes = test.harmless
    worst = _worst(changes)
    if not _most(worst)[1].films:
        return [f"None of the {len(changes)} harmless changes flips a decision."]
    several = sum(map(_flips_too_many, changes))
    subject = f"{several or 'None'} of the {len(changes)} harmless changes"
    verb = "flip" if several > 1 else "flips"
    return [
        f"{subject} {verb} more than {100 * MOST_FLIPPED:g} % of the decisions at an operating "
        f"point. The worst is “{worst.name}”: {_flips_in_words(test, worst)}."
    ]


def _of_others(test: StressTest) -> Iterator[str]:
    worst = _worst(test.others)
    yield (
        f"Of the other {len(test.others)} changes, “{worst.name}” flips the most decisions: "
        f"{_flips_in_words(test, worst)}."
    )
    areas = [stress for stress in test.stresses if not math.isnan(stress.roc_auc_difference.value)]
    if areas:
        lowest = min(areas, key=lambda stress: stress.roc_auc_difference.value)
        yield (
            f"ROC-AUC, {test.roc_auc.value:.3f} without changes, is lowest under "
            f"“{lowest.name}”: {lowest.roc_auc.value:.3f}, a difference of "
            f"{signed(lowest.roc_auc_difference, 3)}."
        )


def _flips_in_words(test: StressTest, stress: StressedFilms) -> str:
    point, flips = _most(stress)
    called = (
        f"at {point} {flips.films:,} of {count_films(test.data.count)} are called otherwise "
        f"({share(flips.share.value)}, {100 * flips.share.low:.1f} to "
        f"{100 * flips.share.high:.1f})"
    )
    if flips.to_ill is None or flips.to_healthy is None:
        return called
    return (
        f"{called}, {flips.to_ill:,} from healthy to ill and {flips.to_healthy:,} from ill to "
        "healthy"
    )


def reduced_sentence(test: StressTest) -> str:
    """How many films were reduced before they were changed; empty for none."""
    if not test.reduced:
        return ""
    were = "was" if test.reduced == 1 else "were"
    return (
        f"{count_films(test.reduced)} {were} reduced to a longer side of {LARGEST:,} pixels before "
        "all changes."
    )


def _most(stress: StressedFilms) -> tuple[str, Flips]:
    """The operating point at which most decisions flip, and how many do."""
    return max(stress.flips.items(), key=lambda at: at[1].films)


def _worst(stresses: Sequence[StressedFilms]) -> StressedFilms:
    """That which flips most decisions; where several do, that which moves probabilities most."""
    return max(
        stresses, key=lambda stress: (_most(stress)[1].films, stress.probability_moves.value)
    )


def _flips_too_many(stress: StressedFilms) -> bool:
    flips = _most(stress)[1]
    return flips.share.value > MOST_FLIPPED and flips.films >= FEWEST_FLIPPED
