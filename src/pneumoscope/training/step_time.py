"""How long training will take: a few steps, measured before anything long begins."""

from __future__ import annotations

import time

import numpy as np
import torch

from pneumoscope.networks.registry import create_network
from pneumoscope.recipe.settings import Recipe
from pneumoscope.training.dataset import FilmBatch
from pneumoscope.training.module import ClassifierModule
from pneumoscope.training.unfreezing import group_scales

_WARM_UP, _STEPS = 1, 4


def seconds_per_film(recipe: Recipe, classes: int) -> float:
    """Seconds that a film takes in one epoch of a recipe's training, on the CPU, on average over
    its stages.

    A network without pretrained weights is trained on noise for a few steps of each stage.
    """
    model = recipe.model.model_copy(update={"weights": "none"})
    network = create_network(model, classes)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    module = ClassifierModule(network, recipe, torch.ones(classes), [""] * recipe.batch_size)
    module.log_dict = lambda *_, **__: None  # type: ignore[method-assign]
    parameters = dict(network.named_parameters())
    total = 0.0
    for stage in recipe.stages:
        scales = group_scales(stage, len(module.groups))
        for names, scale in zip(module.groups, scales, strict=True):
            for name in names:
                parameters[name].requires_grad_(scale > 0)
        network.train()
        total += stage.epochs * _seconds_per_step(module, recipe, classes)
    return total / recipe.epochs / recipe.batch_size


def _seconds_per_step(module: ClassifierModule, recipe: Recipe, classes: int) -> float:
    size = recipe.preprocess.size
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (recipe.batch_size, 1, size, size), dtype=np.uint8)
    lungs = torch.ones(recipe.batch_size, 1, size // 2, size // 2, dtype=torch.bool)
    batch = FilmBatch(
        torch.from_numpy(noise),
        torch.arange(recipe.batch_size) % classes,
        torch.arange(recipe.batch_size),
        lungs if recipe.needs_lung_fields else None,
    )
    for step in range(_WARM_UP + _STEPS):
        if step == _WARM_UP:
            began = time.perf_counter()
        module.training_step(batch, step).backward()
    return (time.perf_counter() - began) / _STEPS
