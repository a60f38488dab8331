"""Random numbers of a batch: their ranges, and that only what is asked for is drawn."""

from __future__ import annotations

import pytest
import torch

from pneumoscope.training.draw import Draw


@pytest.fixture
def draw() -> Draw:
    return Draw(2000, torch.device("cpu"), torch.Generator().manual_seed(0))


def test_numbers_fill_their_range(draw: Draw) -> None:
    values = draw.between((-2.0, 3.0))
    assert values.shape == (2000,)
    assert values.min() == pytest.approx(-2.0, abs=0.05)
    assert values.max() == pytest.approx(3.0, abs=0.05)
    assert values.mean() == pytest.approx(0.5, abs=0.1)


def test_halving_is_as_likely_as_doubling(draw: Draw) -> None:
    factors = draw.between_logarithmically((0.25, 4.0))
    assert factors.min() >= 0.2499
    assert factors.max() <= 4.0001
    assert (factors < 1).float().mean() == pytest.approx(0.5, abs=0.05)


def test_share_of_films_chosen(draw: Draw) -> None:
    assert draw.chosen(0.3).float().mean() == pytest.approx(0.3, abs=0.05)
    assert not draw.chosen(0.0).any()
    assert draw.indices(1.0) == list(range(2000))


def test_a_change_that_is_turned_off_draws_nothing(draw: Draw) -> None:
    before = draw.generator.get_state()
    assert draw.indices(0.0) == []
    assert torch.equal(draw.generator.get_state(), before)
