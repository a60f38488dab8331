"""Stages of fine-tuning: which block groups learn, and how fast, in every epoch."""

from __future__ import annotations

import math

from pneumoscope.errors import RecipeError
from pneumoscope.recipe.settings import ScheduleConfig, Stage


def stage_of(stages: tuple[Stage, ...], epoch: int) -> tuple[int, Stage]:
    """Index and settings of the stage that an epoch (from 0) belongs to."""
    for index, stage in enumerate(stages):
        if epoch < stage.epochs:
            return index, stage
        epoch -= stage.epochs
    return len(stages) - 1, stages[-1]


def group_scales(stage: Stage, groups: int) -> list[float]:
    """Learning-rate factors of the block groups, input first, head last; 0 means frozen.

    The head and the group before it get `lr_scale`; each group further away is multiplied by
    `group_decay` once more (discriminative fine-tuning, Howard & Ruder 2018).
    """
    blocks = groups - 1
    learning = blocks if stage.train == "all" else 0 if stage.train == "head" else int(stage.train)
    if learning > blocks:
        raise RecipeError(
            f"A stage trains the last {learning} block groups, but the backbone has {blocks}.",
            "Use a smaller number, or all.",
        )
    scales = [
        stage.lr_scale * stage.group_decay ** (blocks - 1 - index)
        if index >= blocks - learning
        else 0.0
        for index in range(blocks)
    ]
    return [*scales, stage.lr_scale]


def schedule_factor(config: ScheduleConfig, progress: float, epochs: int) -> float:
    """Share of the peak learning rate at `progress` epochs (fractional) into a run of `epochs`.

    `cosine` (Loshchilov & Hutter 2017) falls from the end of the warm-up to `final_fraction`;
    `one_cycle` (Smith 2018) rises over the first 30 % and falls to `final_fraction`; `constant` and
    `plateau` stay at 1 (the latter is lowered elsewhere, when validation stops improving).
    """
    if config.name == "one_cycle":
        rise = 0.3 * epochs
        if progress < rise:
            return 0.04 + 0.96 * _half_cosine(progress / rise)
        return 1.0 - (1.0 - config.final_fraction) * _half_cosine(
            (progress - rise) / (epochs - rise)
        )
    warmup = min(config.warmup_epochs, epochs / 2)
    if progress < warmup:
        return max(progress / warmup, 1e-3)
    if config.name == "cosine":
        return 1.0 - (1.0 - config.final_fraction) * _half_cosine(
            (progress - warmup) / (epochs - warmup)
        )
    return 1.0


def _half_cosine(share: float) -> float:
    """Rises smoothly from 0 to 1."""
    return 0.5 - 0.5 * math.cos(math.pi * min(max(share, 0.0), 1.0))
