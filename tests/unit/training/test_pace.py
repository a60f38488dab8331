"""Timing of training steps."""

from __future__ import annotations

import pytest

from pneumoscope.recipe.files import load_recipe
from pneumoscope.training.pace import measure_pace

SMALL = ("model.name=small_cnn", "model.weights=none", "preprocess.size=64")


def test_a_pace_for_every_stage_of_every_recipe() -> None:
    staged = load_recipe("e-small-cnn", [*SMALL, "stages=[{epochs: 3, train: head}, {epochs: 1}]"])
    plain = load_recipe("e-small-cnn", SMALL)
    first, second = measure_pace([staged, plain], "cpu")
    assert len(first.training) == 2
    assert first.training[1:] == second.training, "the same network is timed once"
    assert first.training[0] == first.validation == pytest.approx(first.training[1] / 3)
    assert 0 < first.validation < 10
    assert first.timed


def test_what_is_not_timed_is_judged_by_multiply_adds() -> None:
    small = load_recipe("e-small-cnn", SMALL)
    large = load_recipe("e-small-cnn", [*SMALL, "preprocess.size=128"])
    first, _, third = measure_pace([small, small, large], "cpu", budget=0)
    assert first.timed
    assert not third.timed
    assert third.training[0] == pytest.approx(4 * first.training[0], rel=0.01)


def test_nothing_to_train_takes_no_time() -> None:
    assert measure_pace([], "cpu") == []
