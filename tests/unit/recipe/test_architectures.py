"""Sizes of the registered networks: the packaged figures are those of the real networks."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import packaged_models
from pneumoscope.networks.complexity import count_registered
from pneumoscope.recipe.architectures import architectures
from pneumoscope.recipe.files import load_recipe, packaged_recipes


def test_packaged_figures_are_those_of_the_networks() -> None:
    packaged = json.loads(
        (resources.files("pneumoscope.recipe") / "architectures.json").read_text(encoding="utf-8")
    )
    assert packaged == count_registered(), (
        "run: python -m pneumoscope.networks.complexity > architectures.json"
    )


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
    network = architectures()[name]
    features = {"mobilenetv2": 1280, "resnet50": 2048, "densenet121": 1024, "densenet161": 2208}
    with_1000_classes = network.parameters + 998 * (features[name] + 1)
    assert with_1000_classes == pytest.approx(parameters, rel=0.02)
    assert network.multiply_adds[224, None] == pytest.approx(multiply_adds, rel=0.02)


def test_every_packaged_recipe_has_known_sizes() -> None:
    known = architectures()
    for name in packaged_recipes():
        recipe = load_recipe(name)
        setting = (recipe.preprocess.size, recipe.model.output_stride)
        assert setting in known[recipe.model.name].multiply_adds, name


def test_a_model_file_is_as_large_as_its_parameters() -> None:
    for path in packaged_models().values():
        manifest = read_manifest(path)
        expected = architectures()[manifest.architecture].file_bytes
        assert path.stat().st_size == pytest.approx(expected, rel=0.03)
