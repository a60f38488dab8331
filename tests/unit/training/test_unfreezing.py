"""Stages, learning rates of block groups, and the schedule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.errors import RecipeError
from pneumoscope.recipe.settings import ScheduleConfig, Stage
from pneumoscope.training.unfreezing import group_scales, schedule_factor, stage_of


def test_stage_of_an_epoch() -> None:
    stages = (Stage(epochs=2, train="head"), Stage(epochs=3, train=1), Stage(epochs=1))
    assert [stage_of(stages, epoch)[0] for epoch in range(6)] == [0, 0, 1, 1, 1, 2]


def test_head_only_freezes_every_block() -> None:
    assert group_scales(Stage(epochs=1, train="head", lr_scale=2.0), 4) == [0, 0, 0, 2.0]


def test_last_blocks_with_discriminative_rates() -> None:
    assert group_scales(Stage(epochs=1, train=2, group_decay=0.5), 5) == [0, 0, 0.5, 1.0, 1.0]


def test_all_blocks() -> None:
    assert group_scales(Stage(epochs=1), 3) == [1.0, 1.0, 1.0]


def test_more_blocks_than_there_are() -> None:
    with pytest.raises(RecipeError, match="has 3"):
        group_scales(Stage(epochs=1, train=7), 4)


@given(
    name=st.sampled_from(["constant", "cosine", "one_cycle", "plateau"]),
    progress=st.floats(0, 20),
    warmup=st.floats(0, 30),
)
def test_factor_is_a_share_of_the_peak(name: str, progress: float, warmup: float) -> None:
    config = ScheduleConfig.model_validate({"name": name, "warmup_epochs": warmup})
    assert 0 < schedule_factor(config, progress, 20) <= 1


@pytest.mark.parametrize(
    ("name", "progress", "expected"),
    [
        ("cosine", 1.0, 0.5),
        ("cosine", 2.0, 1.0),
        ("cosine", 6.0, 0.505),
        ("cosine", 10.0, 0.01),
        ("one_cycle", 0.0, 0.04),
        ("one_cycle", 3.0, 1.0),
        ("one_cycle", 10.0, 0.01),
        ("constant", 9.0, 1.0),
    ],
)
def test_golden_factors(name: str, progress: float, expected: float) -> None:
    config = ScheduleConfig.model_validate(
        {"name": name, "warmup_epochs": 2, "final_fraction": 0.01}
    )
    assert schedule_factor(config, progress, 10) == pytest.approx(expected)
