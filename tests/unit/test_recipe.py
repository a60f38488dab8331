"""Recipes: every packaged one is valid, wrong ones are refused in words that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.errors import RecipeError, UnknownModelError
from pneumoscope.recipe import Recipe, load_recipe, packaged_recipes, parse_recipe


@pytest.mark.parametrize("name", sorted(packaged_recipes()))
def test_packaged_recipes_are_valid_and_bear_their_file_name(name: str) -> None:
    assert load_recipe(name).name == name


def test_round_trip(tmp_path: Path) -> None:
    recipe = load_recipe("mobilenetv2-pediatric")
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe.to_yaml())
    assert load_recipe(file) == recipe


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"optimiser": {}}, "Did you mean 'optimizer'"),
        ({"optimizer": {"learning_rate": 1}}, "optimizer.learning_rate"),
        ({"augment": {"rotatoin": 3}}, "Did you mean 'rotation'"),
        ({"preprocess": {"sise": 3}}, "Did you mean 'size'"),
        ({"stages": [{"epochs": 1, "trian": "all"}]}, "Did you mean 'train'"),
        ({"optimizer": {"lr": -1}}, "optimizer.lr"),
        ({"augment": {"zoom": [1.2, 0.8]}}, "low <= high"),
        ({"stages": []}, "stages"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, object], words: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe({"name": "r", **settings})
    assert words in str(caught.value)


def test_overrides(tmp_path: Path) -> None:
    recipe = load_recipe("small-cnn", ["optimizer.lr=1e-4", "stages=[{epochs: 2}]", "seed=7"])
    assert (recipe.optimizer.lr, recipe.epochs, recipe.seed) == (1e-4, 2, 7)


@pytest.mark.parametrize("override", ["lr", "=3", "name.first=x"])
def test_malformed_overrides(override: str) -> None:
    with pytest.raises(RecipeError):
        load_recipe("small-cnn", [override])


def test_unknown_recipe() -> None:
    with pytest.raises(UnknownModelError, match="small-cnn"):
        load_recipe("smal-cnn")


def test_file_that_is_no_recipe(tmp_path: Path) -> None:
    file = tmp_path / "list.yaml"
    file.write_text("- 1\n- 2\n")
    with pytest.raises(RecipeError, match="no settings"):
        load_recipe(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match="could not be read"):
        load_recipe(file)


def test_a_name_is_enough() -> None:
    assert Recipe(name="plain").epochs == 10
