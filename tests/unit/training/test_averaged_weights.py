"""The average of weights: as long as its run at first, then as long as its decay says."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pneumoscope.training.averaged_weights import AveragedWeights, caution_about, decay_after


@pytest.mark.parametrize(
    ("steps", "decay", "expected"),
    [(1, 0.998, 2 / 11), (90, 0.998, 0.91), (4489, 0.998, 0.998), (10**6, 0.998, 0.998)],
)
def test_the_decay_grows_up_to_the_one_given(steps: int, decay: float, expected: float) -> None:
    assert float(decay_after(torch.tensor(steps), decay)) == pytest.approx(expected, abs=1e-6)


def test_the_first_weights_are_soon_forgotten() -> None:
    network = nn.Linear(1, 1, bias=False)
    averaged = torch.optim.swa_utils.AveragedModel(network, **AveragedWeights(0.998)._kwargs)
    nn.init.constant_(network.weight, 1.0)
    averaged.update_parameters(network)  # the first weights are copied
    nn.init.constant_(network.weight, 0.0)
    for _ in range(64):
        averaged.update_parameters(network)
    assert float(averaged.module.weight) < 1e-6  # with 0.998 from the start: 0.88


def test_a_run_that_is_too_short_for_its_average_is_told() -> None:
    assert "500 steps, and this run has 64" in caution_about(0.998, 64)
    assert caution_about(0.998, 20_000) == ""
    assert caution_about(0.9, 100) == ""
