"""The groups of films that figures are looked at by: values of several attributes, with names that
let a person find the films."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from pneumoscope.evaluation.traits import FilmTraits

Values = tuple[str | None, ...]
"""The value of an attribute for each film, `None` where it is not known."""

STRETCHES = 4
"""Into how many a series of patients is cut at most."""
_FEWEST_PATIENTS = 10
_QUARTERS = ("lowest", "second", "third", "highest")
# The first age of each band, in years.
_AGES = {0: "under 1", 1: "1 to 5", 6: "6 to 17", 18: "18 to 39", 40: "40 to 64", 65: "65 and over"}


def attributes(films: Sequence[FilmTraits]) -> dict[str, Values]:
    """The values of each attribute for the films, in their order, by the attribute's name.

    - `group` is the acquisition group.
    - `block` is a stretch of patient numbers: a series' patients in the order of their numbers, cut
      into up to four stretches of as many patients, of ten or more; `NORMAL2-IM 707 to 834`.
    - `sharpness` is the quarter of these films that its sharpness lies in, with its range.
    - `pathogen`, `view` and `sex` are as told, `age` in bands.
    """
    return {
        "group": tuple(film.group for film in films),
        "block": blocks([(film.series, film.number) for film in films]),
        "sharpness": _quarters([film.sharpness for film in films]),
        "pathogen": tuple(film.pathogen for film in films),
        "view": tuple(film.view for film in films),
        "age": tuple(_named(film.age, _age_band) for film in films),
        "sex": tuple(film.sex for film in films),
    }


def _named(value: float | None, name: Callable[[float], str]) -> str | None:
    return None if value is None else name(value)


def blocks(places: Sequence[tuple[str | None, int | None]]) -> Values:
    """The stretch of patient numbers of each film, whose series and number are given."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for series, number in places:
        if series is not None and number is not None:
            numbers[series].add(number)
    names: dict[tuple[str | None, int | None], str] = {}
    for series, patients in numbers.items():
        stretches = min(STRETCHES, max(1, len(patients) // _FEWEST_PATIENTS))
        for stretch in np.array_split(sorted(patients), stretches):
            name = f"{series} {stretch[0]} to {stretch[-1]}"
            names |= {(series, number): name for number in stretch.tolist()}
    return tuple(names.get(place) for place in places)


def _quarters(sharpness: Sequence[float | None]) -> Values:
    known = np.array([value for value in sharpness if value is not None])
    if not known.size:
        return tuple(None for _ in sharpness)
    inner = np.quantile(known, [0.25, 0.5, 0.75])
    place = np.searchsorted(inner, known, side="left")
    names = {}
    for quarter in np.unique(place):
        low, high = known[place == quarter].min(), known[place == quarter].max()
        names[int(quarter)] = f"{low:.1f} to {high:.1f} ({_QUARTERS[quarter]} quarter)"
    return tuple(
        _named(value, lambda number: names[int(np.searchsorted(inner, number, side="left"))])
        for value in sharpness
    )


def _age_band(years: float) -> str:
    return next(name for first, name in reversed(_AGES.items()) if years >= first)
