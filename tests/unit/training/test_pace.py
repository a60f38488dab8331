"""Timing of training steps."""

from __future__ import annotations

from pneumoscope.recipe_files import load_recipe
from pneumoscope.training.pace import measure_pace


def test_a_pace_for_every_stage_of_every_recipe() -> None:
    small = ["model.name=small_cnn", "model.weights=none", "preprocess.size=64"]
    staged = load_recipe("e-small-cnn", [*small, "stages=[{epochs: 3, train: head}, {epochs: 1}]"])
    plain = load_recipe("e-small-cnn", small)
    paces = measure_pace([staged, plain], "cpu")
    assert [len(pace.training) for pace in paces] == [2, 1]
    assert paces[0].training[1] == paces[1].training[0], "the same step is timed once"
    assert all(0 < seconds < 10 for pace in paces for seconds in (*pace.training, pace.validation))


def test_nothing_to_train_takes_no_time() -> None:
    assert measure_pace([], "cpu") == []
