"""Where pretrained weights come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.errors import RecipeError
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.weights import choose_weights


def test_a_folder_gives_the_weights_it_has_and_the_others_start_from_scratch(
    tmp_path: Path,
) -> None:
    file = tmp_path / "mobilenetv2_100.imagenet.safetensors"
    file.touch()
    (tmp_path / "mobilenetv2_100d.safetensors").touch()  # another network's
    mobilenet = load_recipe("b-mobilenet")
    chosen = choose_weights(mobilenet, str(tmp_path))
    assert chosen.model.weights == str(file)
    assert chosen.stages == mobilenet.stages
    resnet = choose_weights(load_recipe("b-resnet50"), str(tmp_path))
    assert resnet.model.weights == "none"
    assert [stage.train for stage in resnet.stages] == ["all"]


def test_sources_without_a_folder() -> None:
    recipe, scratch = load_recipe("b-resnet50"), load_recipe("a-cnn-scratch")
    assert choose_weights(recipe, "imagenet") == recipe
    assert choose_weights(recipe, "none").model.weights == "none"
    assert choose_weights(scratch, "imagenet") == scratch


def test_a_wrong_folder_is_an_error(tmp_path: Path) -> None:
    recipe = load_recipe("b-resnet50")
    with pytest.raises(RecipeError, match="not a folder of weights"):
        choose_weights(recipe, str(tmp_path / "missing"))
    for name in ("resnet50.a.safetensors", "resnet50.b.safetensors"):
        (tmp_path / name).touch()
    with pytest.raises(RecipeError, match=r"2 files .*resnet50\.a"):
        choose_weights(recipe, str(tmp_path))
