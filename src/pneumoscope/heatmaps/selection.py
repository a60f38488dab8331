"""Which films are looked at, in which order: errors, and clear and close calls."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Only = Literal["errors", "right"]
Order = Literal["film", "certainty", "uncertainty"]

MOST_ERRORS = 12
MOST_CLEAR = 6
MOST_CLOSE = 6


@dataclass(frozen=True)
class CalledFilm:
    """What was called of a film, with which certainty (see `certainty`), and what it actually is,
    where that is known."""

    path: str
    called: str
    certainty: float
    actual: str | None = None

    @property
    def is_right(self) -> bool | None:
        """Whether the call is right; `None` where that is not known."""
        return None if self.actual is None else self.called == self.actual


@dataclass(frozen=True)
class FilmGroup:
    """Films of one kind, in the order in which they are shown, and how to look at them."""

    title: str
    reading: str
    films: tuple[CalledFilm, ...]


def certainty(probabilities: Mapping[str, float], thresholds: Mapping[str, float]) -> float:
    """How far a call is from being another one.

    The class called is the one with the highest probability relative to its threshold; this is the
    logarithm of how many times higher that is than the next. It is 0 on the threshold.
    """
    # A probability of 0 comes from rounding, and has no logarithm.
    relative = sorted(
        math.log(max(probabilities[name], sys.float_info.min) / thresholds[name])
        for name in probabilities
    )
    return relative[-1] - relative[-2]


def select_films(
    films: Sequence[CalledFilm],
    *,
    only: Only | None = None,
    sort: Order = "film",
    limit: int | None = None,
) -> list[CalledFilm]:
    """Some of the films: those called wrong or right, sorted, and then the first `limit`.

    `film` sorts by path, `certainty` puts the surest calls first, `uncertainty` those closest to
    the threshold. A film whose class is not known is neither wrong nor right.
    """
    wanted = {"errors": (False,), "right": (True,), None: (False, True, None)}[only]
    chosen = sorted((film for film in films if film.is_right in wanted), key=lambda film: film.path)
    if sort != "film":
        chosen.sort(key=lambda film: film.certainty, reverse=sort == "certainty")
    return chosen[:limit]


def group_films(films: Sequence[CalledFilm], class_names: Sequence[str]) -> tuple[FilmGroup, ...]:
    """The films worth looking at: at most 12 errors, the surest first; then about 6 that were
    called with most certainty, as many of each class, and 6 with least.

    Films whose class is not known may be right. No film is in two groups; a group may be empty, but
    without known classes there is none for errors.
    """
    surest_first = select_films(films, sort="certainty")
    wrong = [film for film in surest_first if film.is_right is False]
    others = [film for film in surest_first if film.is_right is not False]
    labelled = any(film.actual is not None for film in films)
    each = max(1, MOST_CLEAR // len(class_names))
    clear = [
        film
        for name in class_names
        for film in [film for film in others if film.called == name][:each]
    ]
    close = [film for film in others if film not in clear][-MOST_CLOSE:][::-1]
    surest, closest = (
        ("Right and most certain", "Right, but closest to the threshold")
        if labelled
        else ("Most certain", "Closest to the threshold")
    )
    groups = (
        FilmGroup(
            _title(f"{surest}, of each class", clear, others),
            "What the model holds to be clear cases.",
            tuple(clear),
        ),
        FilmGroup(
            _title(closest, close, others),
            "The nearer to the threshold, the sooner another film of this chest would be called "
            "otherwise.",
            tuple(close),
        ),
    )
    if not labelled:
        return groups
    errors = FilmGroup(
        _title("Wrong, the surest first", wrong[:MOST_ERRORS], wrong),
        "Look whether the colour lies where a finding could be, or on what is not lung.",
        tuple(wrong[:MOST_ERRORS]),
    )
    return (errors, *groups)


def _title(what: str, shown: Sequence[CalledFilm], of: Sequence[CalledFilm]) -> str:
    return f"{what}: {len(shown)}" + (f" of {len(of)}" if len(shown) < len(of) else "")
