"""Settings by dotted name: replaced, and searched in ranges that a recipe can have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pneumoscope.errors import RecipeError
from pneumoscope.recipe.dotted import (
    check_search,
    setting_of,
    start_of_search,
    with_settings,
)
from pneumoscope.recipe.files import load_recipe, packaged_recipes
from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.recipe.settings import Recipe


def searching(search: dict[str, Any], **settings: Any) -> Recipe:
    return parse_recipe({"name": "r", "search": search, **settings})


def test_settings_are_replaced_and_nothing_is_left_to_search() -> None:
    recipe = searching({"optimizer.lr": [1e-3, 3e-4]}, early_stopping=None)
    changed = with_settings(
        recipe, {"optimizer.lr": 1e-3, "early_stopping.patience": 2, "augment.zoom": [0.5, 1]}
    )
    assert changed.search == {}
    assert (changed.optimizer.lr, changed.augment.zoom) == (1e-3, (0.5, 1.0))
    assert changed.early_stopping is not None
    assert changed.early_stopping.patience == 2
    assert changed.optimizer.weight_decay == recipe.optimizer.weight_decay


def test_a_setting_of_a_part_that_is_turned_off() -> None:
    recipe = searching({}, early_stopping=None)
    assert setting_of(recipe, "early_stopping.patience") is None
    assert setting_of(recipe, "augment.zoom") == [1.0, 1.0]
    assert setting_of(recipe, "batch_size") == 32


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ({"optimizer.lrr": [1, 2]}, "unknown key 'optimizer.lrr'. Did you mean 'lr'?"),
        ({"optimiser.lr": [1, 2]}, "Did you mean 'optimizer'?"),
        ({"batch_size.x": [1, 2]}, "batch_size has no keys of its own"),
        ({"optimizer.lr": {"low": 0, "high": 1}}, "greater than 0 (got 0)"),
        ({"model.dropout": {"low": 0, "high": 1}}, "less than 1 (got 1)"),
        ({"optimizer.name": ["adam", "sdg"]}, "'adamw', 'adam' or 'sgd' (got 'sdg')"),
        ({"batch_size": {"low": 8, "high": 16, "step": 0.5}}, "valid integer"),
        ({"model.name": {"low": 0, "high": 1}}, "model.name: Input should be a valid string"),
        ({"preprocess.clahe": {"low": 0, "high": 1}}, "is true or false"),
        ({"split.seed": [1, 2]}, "share labels, split, seed"),
        ({"seed": [1, 2]}, "seed cannot be searched"),
        ({"search": [1, 2]}, "search cannot be searched"),
    ],
)
def test_a_search_that_a_recipe_cannot_follow_is_refused_when_it_is_read(
    search: dict[str, Any], words: str, tmp_path: Path
) -> None:
    recipe = searching(search)
    file = tmp_path / "wrong.yaml"
    file.write_text(recipe.to_yaml())
    with pytest.raises(RecipeError) as caught:
        load_recipe(file)
    assert words in str(caught.value)
    assert f"In {file}, search" in str(caught.value)
    with pytest.raises(RecipeError):
        check_search(recipe)


def test_the_start_is_the_recipe_as_it_is() -> None:
    search = {
        "optimizer.lr": {"low": 1e-4, "high": 1e-2, "log": True},
        "batch_size": {"low": 16, "high": 64, "step": 16},
        "augment.zoom": [[1, 1], [0.9, 1.1]],
        "early_stopping": [None, {"patience": 5}],
        "stages": [[{"epochs": 10}], [{"epochs": 2, "train": "head"}, {"epochs": 8}]],
    }
    recipe = searching(search)
    check_search(recipe)
    start = start_of_search(recipe)
    assert start == {
        "optimizer.lr": 3e-4,
        "batch_size": 32,
        "augment.zoom": [1, 1],
        "early_stopping": {"patience": 5},
        "stages": [{"epochs": 10}],
    }
    assert with_settings(recipe, start) == with_settings(recipe, {})


@pytest.mark.parametrize(
    "search",
    [
        {"optimizer.lr": {"low": 1e-3, "high": 1e-2}},
        {"batch_size": {"low": 8, "high": 58, "step": 10}},
        {"optimizer.name": ["adam", "sgd"]},
        {"optimizer.clip_norm": {"low": 0.5, "high": 2}},
    ],
)
def test_a_search_without_the_recipe_itself_has_no_start(search: dict[str, Any]) -> None:
    recipe = searching(search, optimizer={"clip_norm": None})
    check_search(recipe)
    with pytest.raises(RecipeError, match="leaves out the recipe's own value"):
        start_of_search(recipe)


@pytest.mark.parametrize("name", packaged_recipes())
def test_the_search_of_every_packaged_recipe_begins_with_the_recipe(name: str) -> None:
    recipe = load_recipe(name)
    assert set(start_of_search(recipe)) == set(recipe.search)
