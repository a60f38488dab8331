"""Which groups films are looked at by, and what these are called."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pneumoscope.evaluation.attributes import attributes
from pneumoscope.evaluation.traits import FilmTraits


def test_blocks_are_stretches_of_as_many_patients_in_the_order_of_their_numbers() -> None:
    films = [
        FilmTraits(series=series, number=number)
        for series, numbers in (("IM", range(100, 184)), ("virus", range(7, 26)))
        for number in numbers
        for _ in range(2)
    ]
    blocks = Counter(attributes(films)["block"])
    assert blocks == {
        "IM 100 to 120": 42,
        "IM 121 to 141": 42,
        "IM 142 to 162": 42,
        "IM 163 to 183": 42,
        "virus 7 to 25": 38,  # fewer than 20 patients are not cut
    }
    lone = [FilmTraits(series="IM"), FilmTraits(number=3), FilmTraits(series="IM", number=5)]
    assert attributes(lone)["block"] == (None, None, "IM 5 to 5")


def test_sharpness_is_cut_into_quarters_of_the_films() -> None:
    values = np.random.default_rng(0).permutation(np.arange(100) / 10).tolist()
    films = [FilmTraits(sharpness=value) for value in values] + [FilmTraits()]
    found = attributes(films)["sharpness"]
    assert found[-1] is None
    assert Counter(found[:-1]) == {
        "0.0 to 2.4 (lowest quarter)": 25,
        "2.5 to 4.9 (second quarter)": 25,
        "5.0 to 7.4 (third quarter)": 25,
        "7.5 to 9.9 (highest quarter)": 25,
    }
    for value, name in zip(values, found, strict=False):
        low, high = name.split(" (")[0].split(" to ")
        assert float(low) <= value <= float(high)


def test_films_that_are_all_alike_have_one_sharpness() -> None:
    found = attributes([FilmTraits(sharpness=0.0)] * 8)["sharpness"]
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("age", "band"),
    [(0.0, "under 1"), (0.99, "under 1"), (1, "1 to 5"), (5.9, "1 to 5"), (6, "6 to 17"),
     (17.5, "6 to 17"), (18, "18 to 39"), (40, "40 to 64"), (64.9, "40 to 64"),
     (65, "65 and over"), (101, "65 and over"), (None, None)],
)  # fmt: skip
def test_ages_are_told_in_bands(age: float | None, band: str | None) -> None:
    assert attributes([FilmTraits(age=age)])["age"] == (band,)
