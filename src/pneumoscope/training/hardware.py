"""What a run trains on: the device, whether in mixed precision, and what it is called."""

from __future__ import annotations

from typing import Any

import torch

from pneumoscope.cores import free_cores
from pneumoscope.errors import TrainingError
from pneumoscope.recipe.settings import Recipe
from pneumoscope.runs.machine import processor_name


def chosen_accelerator(accelerator: str) -> str:
    """`cpu` or `gpu`; `auto` is a GPU where there is one.

    Raises `TrainingError` where a GPU is asked for and PyTorch finds none.
    """
    if accelerator == "gpu" and not torch.cuda.is_available():
        raise TrainingError(
            f"A GPU is asked for, and PyTorch {torch.__version__} finds none.",
            "Train with --accelerator cpu, or install a driver and a PyTorch build for the GPU.",
        )
    if accelerator == "auto":
        return "gpu" if torch.cuda.is_available() else "cpu"
    return accelerator


def trains_in_bf16(recipe: Recipe, accelerator: str) -> bool:
    """Whether to train in mixed precision; `auto` does where the hardware is fast in bf16."""
    return recipe.precision == "bf16" or (recipe.precision == "auto" and has_fast_bf16(accelerator))


def has_fast_bf16(accelerator: str) -> bool:
    """Whether the hardware itself multiplies matrices in bfloat16; emulation would be slower."""
    if accelerator == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)


def describe_hardware(recipe: Recipe, accelerator: str, devices: int) -> dict[str, Any]:
    """The hardware of a run, as its model file tells it.

    `device` is `cpu` or `gpu`, `name` that of the processor or the GPU, `devices` how many of them
    worked at once, `cores` those that were free for it, `threads` those that PyTorch computes with
    on the CPU, and `precision` `bf16` (mixed) or `fp32`.
    """
    device = chosen_accelerator(accelerator)
    return {
        "device": device,
        "name": torch.cuda.get_device_name() if device == "gpu" else processor_name(),
        "devices": devices,
        "cores": free_cores(),
        "threads": torch.get_num_threads(),
        "precision": "bf16" if trains_in_bf16(recipe, device) else "fp32",
    }


def gpus() -> list[str]:
    """The names of the GPUs that PyTorch sees."""
    return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
