"""Sizes of the registered networks: the figures written down are those of the real networks."""

from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import packaged_models
from pneumoscope.networks.backbones import OWN_BACKBONES
from pneumoscope.networks.registry import create_network, model_names
from pneumoscope.recipe.architectures import ARCHITECTURES, SIDE, Architecture
from pneumoscope.recipe.settings import ModelConfig


def count(name: str) -> Architecture:
    """The network on a device without memory: it has shapes but no numbers, and is quick to run."""
    with torch.device("meta"):
        network = create_network(ModelConfig(name=name, weights="none"), 2).eval()
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        network(torch.zeros(1, 1, SIDE, SIDE, device="meta"))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    # PyTorch counts the two operations of a multiply-add apart.
    return Architecture(parameters, counter.get_total_flops() // 2)


def test_every_registered_network_of_timm_is_known() -> None:
    assert set(model_names()) - set(OWN_BACKBONES) <= set(ARCHITECTURES)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_figures_are_those_of_the_network(name: str) -> None:
    counted = count(name)
    assert ARCHITECTURES[name] == counted, f"write {counted} into recipe/architectures.py"


@pytest.mark.parametrize(
    ("name", "parameters", "multiply_adds"),
    # With 1000 classes, as published: Sandler et al. 2018, He et al. 2016, Huang et al. 2017.
    [
        ("mobilenetv2", 3.5e6, 0.30e9),
        ("resnet50", 25.6e6, 4.1e9),
        ("densenet121", 8.0e6, 2.8e9),
        ("densenet161", 28.7e6, 7.8e9),
    ],
)
def test_figures_agree_with_publications(
    name: str, parameters: float, multiply_adds: float
) -> None:
    network = ARCHITECTURES[name]
    features = {"mobilenetv2": 1280, "resnet50": 2048, "densenet121": 1024, "densenet161": 2208}
    with_1000_classes = network.parameters + 998 * (features[name] + 1)
    assert with_1000_classes == pytest.approx(parameters, rel=0.02)
    assert network.multiply_adds == pytest.approx(multiply_adds, rel=0.02)


def test_a_model_file_is_as_large_as_its_parameters() -> None:
    for path in packaged_models().values():
        manifest = read_manifest(path)
        expected = ARCHITECTURES[manifest.architecture].file_bytes
        assert manifest.graph_bytes == pytest.approx(expected, rel=0.03)
        seen = sum(manifest.seen.count().values()) if manifest.seen else 0
        # Beside fingerprints, a manifest is small.
        assert 0 < path.stat().st_size - manifest.graph_bytes - 54 * seen < 30_000
