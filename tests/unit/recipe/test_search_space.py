"""Ranges and choices of a search: what they hold, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.errors import RecipeError
from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.recipe.search_space import SearchRange


@given(
    low=st.integers(-50, 50),
    steps=st.integers(1, 20),
    step=st.integers(1, 7),
    number=st.integers(-200, 200),
)
def test_a_range_holds_its_steps_and_nothing_else(
    low: int, steps: int, step: int, number: int
) -> None:
    searched = SearchRange(low=low, high=low + steps * step, step=step)
    assert searched.holds(number) == (number in range(low, low + steps * step + 1, step))


def test_steps_may_be_fractions() -> None:
    searched = SearchRange(low=0.1, high=0.4, step=0.1)
    assert [searched.holds(number) for number in (0.1, 0.2, 0.1 + 0.2, 0.4)] == [True] * 4
    assert not searched.holds(0.25)
    assert SearchRange(low=0.1, high=0.4).holds(0.25)


@pytest.mark.parametrize(
    ("searched", "words"),
    [
        ({"low": 1e-4}, "search.optimizer.lr.range.high: Field required"),
        ({"low": 1e-4, "hihg": 1e-2, "high": 1}, "Did you mean 'high'?"),
        ({"low": 1e-2, "high": 1e-4}, "expected low < high"),
        ({"low": 0, "high": 1, "log": True}, "log needs a low above 0"),
        ({"low": 1, "high": 2, "log": True, "step": 1}, "log and step exclude each other"),
        ({"low": 1, "high": 2, "step": 0.3}, "a whole number of steps"),
        ({"low": 1, "high": 2, "step": 0}, "greater than 0"),
        ({"low": 0, "high": float("inf")}, "finite"),
        ([1e-3], "at least 2 items"),
        ([1e-3, 1e-2, 1e-3], "expected choices that differ"),
        (1e-3, "expected a range {low: ..., high: ...}, or a list of choices"),
        (None, "expected a range"),
    ],
)
def test_wrong_ranges_and_choices_are_refused(searched: Any, words: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe({"name": "r", "search": {"optimizer.lr": searched}})
    assert words in str(caught.value)
