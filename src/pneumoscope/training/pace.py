"""How fast this machine trains: one step of each network is timed, in each kind of stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F

from pneumoscope.models.registry import block_groups, create_network
from pneumoscope.recipe import ModelConfig, Recipe, Stage
from pneumoscope.training.allocator import keep_freed_memory
from pneumoscope.training.hardware import chosen_accelerator, trains_in_bf16
from pneumoscope.training.unfreezing import group_scales

Learning = Literal["head", "all"] | int
"""Which block groups learn, as `Stage.train` says it."""

# A CPU needs little longer for a film in a small batch than in a large one.
_CPU_BATCH = 4
_CLASSES = 2


@dataclass(frozen=True)
class Pace:
    """Seconds that one film takes: `training[i]` in stage i, `validation` without learning."""

    training: tuple[float, ...]
    validation: float


class _Setting(NamedTuple):
    """What decides how long a step takes, apart from how much of the network learns."""

    network: str
    side: int
    batch: int
    bf16: bool


def measure_pace(recipes: Sequence[Recipe], accelerator: str = "auto") -> list[Pace]:
    """The pace of every recipe on this machine, as busy as it is now.

    Every distinct network is built with random weights, warmed up, and timed for one step of each
    kind of stage. Augmentation and the optimiser's own work are left out. Raises `RecipeError` for
    stages that do not fit the network, and what `create_network` raises.
    """
    accelerator = chosen_accelerator(accelerator)
    if accelerator == "cpu":
        keep_freed_memory()
    settings = [_setting(recipe, accelerator) for recipe in recipes]
    kinds: dict[_Setting, set[Learning]] = {}
    for setting, recipe in zip(settings, recipes, strict=True):
        kinds.setdefault(setting, set()).update(stage.train for stage in recipe.stages)
    device = _device(accelerator)
    timed = {setting: _time_network(setting, kinds[setting], device) for setting in kinds}
    paces = []
    for setting, recipe in zip(settings, recipes, strict=True):
        training, validation = timed[setting]
        paces.append(Pace(tuple(training[stage.train] for stage in recipe.stages), validation))
    return paces


def _setting(recipe: Recipe, accelerator: str) -> _Setting:
    batch = min(recipe.batch_size, _CPU_BATCH) if accelerator == "cpu" else recipe.batch_size
    bf16 = trains_in_bf16(recipe, accelerator)
    return _Setting(recipe.model.name, recipe.preprocess.size, batch, bf16)


def _device(accelerator: str) -> torch.device:
    device = None if accelerator == "cpu" else torch.accelerator.current_accelerator()
    return device or torch.device("cpu")


def _time_network(
    setting: _Setting, kinds: Iterable[Learning], device: torch.device
) -> tuple[dict[Learning, float], float]:
    """Seconds a film for each kind of stage, and for validation."""
    network = create_network(ModelConfig(name=setting.network, weights="none"), _CLASSES)
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    groups = block_groups(network)
    parameters = dict(network.named_parameters())
    images = torch.zeros(setting.batch, 1, setting.side, setting.side, device=device)
    targets = torch.zeros(setting.batch, dtype=torch.int64, device=device)

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=setting.bf16):
            loss = F.cross_entropy(network(images).float(), targets)
        loss.backward()

    def look() -> None:
        with torch.no_grad():
            network(images)

    def let_learn(learning: Learning) -> None:
        scales = group_scales(Stage(epochs=1, train=learning), len(groups))
        for names, scale in zip(groups, scales, strict=True):
            for name in names:
                parameters[name].requires_grad_(scale > 0)
        network.train()

    training = {}
    step()
    for learning in kinds:
        let_learn(learning)
        training[learning] = _seconds(step, device) / setting.batch
    network.eval()
    look()
    return training, _seconds(look, device) / setting.batch


def _seconds(work: Callable[[], None], device: torch.device) -> float:
    """How long it takes, including what an accelerator does after the call has returned."""
    started = time.perf_counter()
    work()
    if device.type != "cpu":
        torch.accelerator.synchronize()
    return time.perf_counter() - started
