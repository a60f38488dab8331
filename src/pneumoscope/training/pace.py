"""How fast this machine trains, judged in seconds: by single training steps.

A step in which all layers learn is timed for one network after the other, until the time set apart
for that is used up. The networks that are left are judged by their multiply-adds. A film costs a
forward pass and, where layers learn, a backward pass of twice that work.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F

from pneumoscope.networks.complexity import count_multiply_adds, on_meta_device
from pneumoscope.networks.registry import create_network
from pneumoscope.recipe.architectures import architectures
from pneumoscope.recipe.settings import ModelConfig, OutputStride, Recipe
from pneumoscope.training.allocator import keep_freed_memory
from pneumoscope.training.hardware import chosen_accelerator, trains_in_bf16

# A CPU needs little longer for a film in a small batch than in a large one.
_CPU_BATCH = 4
_CLASSES = 2
_FORWARD_SHARE = 1 / 3


@dataclass(frozen=True)
class Pace:
    """Seconds that one film takes: `training[i]` in stage i, `validation` without learning.

    Where only the head learns, nothing runs backward; stages that freeze less count as if they
    froze nothing. `timed` tells whether this very network was timed.
    """

    training: tuple[float, ...]
    validation: float
    timed: bool


class _Setting(NamedTuple):
    """What decides how long a training step takes."""

    network: str
    output_stride: OutputStride
    side: int
    batch: int
    bf16: bool


def measure_pace(
    recipes: Sequence[Recipe], accelerator: str = "auto", *, budget: float = 5.0
) -> list[Pace]:
    """The pace of every recipe on this machine, as busy as it is now.

    After `budget` seconds no further network is timed; the network that most recipes use is timed
    in any case. Raises what `create_network` raises.
    """
    accelerator = chosen_accelerator(accelerator)
    settings = [_setting(recipe, accelerator) for recipe in recipes]
    if accelerator == "cpu":
        keep_freed_memory()
    timed: dict[_Setting, float] = {}
    started = time.perf_counter()
    by_use = [setting for setting, _ in Counter(settings).most_common()]
    for setting in by_use:
        if timed and time.perf_counter() - started > budget:
            break
        timed[setting] = _time_film(setting, accelerator)
    paces = []
    for setting, recipe in zip(settings, recipes, strict=True):
        seconds = timed.get(setting)
        if seconds is None:
            first = by_use[0]
            seconds = timed[first] * _multiply_adds(setting) / _multiply_adds(first)
        forward = _FORWARD_SHARE * seconds
        training = tuple(forward if s.train == "head" else seconds for s in recipe.stages)
        paces.append(Pace(training, forward, setting in timed))
    return paces


def _setting(recipe: Recipe, accelerator: str) -> _Setting:
    batch = min(recipe.batch_size, _CPU_BATCH) if accelerator == "cpu" else recipe.batch_size
    bf16 = trains_in_bf16(recipe, accelerator)
    model = recipe.model
    return _Setting(model.name, model.output_stride, recipe.preprocess.size, batch, bf16)


def _time_film(setting: _Setting, accelerator: str) -> float:
    """Seconds a film of a training step, after a first one that prepares for it."""
    on_accelerator = accelerator != "cpu" and torch.accelerator.is_available()
    device = torch.accelerator.current_accelerator() if on_accelerator else None
    device = device or torch.device("cpu")
    config = ModelConfig(name=setting.network, weights="none", output_stride=setting.output_stride)
    network = create_network(config, _CLASSES)
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    images = torch.zeros(setting.batch, 1, setting.side, setting.side, device=device)
    targets = torch.zeros(setting.batch, dtype=torch.int64, device=device)
    seconds = 0.0
    for _ in range(2):
        started = time.perf_counter()
        with torch.autocast(device.type, torch.bfloat16, enabled=setting.bf16):
            loss = F.cross_entropy(network(images).float(), targets)
        loss.backward()
        if on_accelerator:
            torch.accelerator.synchronize()
        seconds = time.perf_counter() - started
    return seconds / setting.batch


def _multiply_adds(setting: _Setting) -> int:
    known = architectures().get(setting.network)
    counts = known.multiply_adds if known else {}
    if (count := counts.get((setting.side, setting.output_stride))) is not None:
        return count
    network = on_meta_device(setting.network, setting.output_stride)
    return count_multiply_adds(network, setting.side)
