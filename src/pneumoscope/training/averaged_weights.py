"""A moving average of the weights, which is as young as the run that it averages."""

from __future__ import annotations

import torch
from lightning.pytorch.callbacks import WeightAveraging
from torch import Tensor


class AveragedWeights(WeightAveraging):
    """Validates, keeps and ships an exponential moving average of the weights over training steps.

    With a `decay` from the first step on, the average would be made of the first weights for as
    long as some `1 / (1 - decay)` steps, which on few films is the whole run. It grows into its
    decay instead, as in TensorFlow's `ExponentialMovingAverage` with `num_updates`.
    """

    def __init__(self, decay: float) -> None:
        def average(averaged: Tensor, current: Tensor, steps: Tensor) -> Tensor:
            now = decay_after(steps, decay)
            return now * averaged + (1 - now) * current

        super().__init__(avg_fn=average)


def decay_after(steps: Tensor, decay: float) -> Tensor:
    """The decay of an average after some steps: `(1 + steps) / (10 + steps)`, at most `decay`."""
    return torch.clamp((1 + steps) / (10 + steps), max=decay)


def caution_about(decay: float, steps: int) -> str:
    """What to tell of an average that outlasts its run of so many steps; empty where it does not.

    It never reaches its decay then, and the recipe's value is not what was tried.
    """
    if steps <= 0 or float(decay_after(torch.tensor(steps), 1.0)) >= decay:
        return ""
    return (
        f"ema_decay {decay:g} averages the weights of some {1 / (1 - decay):,.0f} steps, and this "
        f"run has {steps:,}: the average grows with the run and does not get that long."
    )
