"""Trials of a tuning: their order, and how their settings are written."""

from __future__ import annotations

import pytest

from pneumoscope.recipe.trials import Trial, best_of, ranked, short_names, written


def trial(number: int, score: float | None, state: str = "complete", **more: object) -> Trial:
    return Trial(number, state, {"optimizer.lr": 0.1}, score, 3, 1.0, **more)  # type: ignore[arg-type]


def test_complete_trials_come_first_and_of_equal_ones_the_earliest() -> None:
    trials = [
        trial(0, 0.8),
        trial(1, 0.99, "pruned"),
        trial(2, 0.9),
        trial(3, None, "pruned"),
        trial(4, 0.9),
    ]
    assert [found.number for found in ranked(reversed(trials))] == [2, 4, 0, 1, 3]
    assert best_of(trials) == trials[2]
    assert best_of([trials[1], trials[3]]) is None
    assert best_of([]) is None


def test_remarks() -> None:
    assert trial(0, 0.8).remark == ""
    assert trial(0, 0.8, is_start=True).remark == "the recipe as it is"
    assert trial(3, None, "pruned", note="too slow").remark == "pruned: too slow"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00123456, "0.00123"),
        (16, "16"),
        ([0.9, 1.1], "[0.9, 1.1]"),
        (None, "off"),
        (True, "yes"),
        ({"patience": 5, "min_delta": 0.0}, "patience 5, min_delta 0"),
        ("adamw", "adamw"),
    ],
)
def test_settings_are_written_for_people(value: object, text: str) -> None:
    assert written(value) == text


def test_names_are_shortened_where_they_stay_apart() -> None:
    names = ["optimizer.lr", "model.name", "optimizer.name", "batch_size"]
    assert list(short_names(names).values()) == ["lr", "model.name", "optimizer.name", "batch_size"]
