"""How large networks are: parameters, and multiplications with addition for one film.

    python -m pneumoscope.networks.complexity > src/pneumoscope/recipe/architectures.json

writes the file that `recipe.architectures` reads, so that sizes are known without torch.
"""

from __future__ import annotations

import json
from typing import Any, Final

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from pneumoscope.networks.network import Network
from pneumoscope.networks.registry import create_network, model_names
from pneumoscope.recipe.settings import ModelConfig, OutputStride

# Sides of the input, in pixels, of the recipes that come with the package.
SIDES = (128, 224)
# Registered networks that are counted with a last stage that keeps its resolution, too.
FINE = ("mobilenetv2", "resnet50")
FINE_STRIDE: Final = 16
CLASSES = 2


def on_meta_device(name: str, output_stride: OutputStride = None) -> Network:
    """A network with `CLASSES` classes that has shapes but no numbers: quick to make and to run."""
    with torch.device("meta"):
        config = ModelConfig(name=name, weights="none", output_stride=output_stride)
        return create_network(config, CLASSES).eval()


def count_parameters(network: nn.Module) -> int:
    """Numbers that training changes."""
    return sum(parameter.numel() for parameter in network.parameters())


def count_multiply_adds(network: nn.Module, side: int) -> int:
    """Multiply-adds of one film of `side` x `side` pixels: convolutions and linear layers only.

    That is how papers count; they are half of the floating-point operations that PyTorch counts.
    The network must be one of `on_meta_device`.
    """
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        network(torch.zeros(1, 1, side, side, device="meta"))
    return counter.get_total_flops() // 2


def count_registered() -> dict[str, Any]:
    """The content of `architectures.json`: the registered networks, with `CLASSES` classes."""
    figures: dict[str, Any] = {}
    for name in model_names():
        network = on_meta_device(name)
        counts = {str(side): count_multiply_adds(network, side) for side in SIDES}
        if name in FINE:
            fine = on_meta_device(name, FINE_STRIDE)
            counts |= {f"{side}/{FINE_STRIDE}": count_multiply_adds(fine, side) for side in SIDES}
        figures[name] = {"parameters": count_parameters(network), "multiply_adds": counts}
    return figures


if __name__ == "__main__":
    print(json.dumps(count_registered(), indent=2))
