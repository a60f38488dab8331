"""Recipes from scratch and in fewer epochs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.errors import RecipeError
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import Recipe, Stage
from pneumoscope.recipe.variants import from_scratch, with_epochs, with_normal_class


def test_random_weights_are_never_frozen_nor_trained_at_a_rate_for_fine_tuning() -> None:
    recipe = from_scratch(load_recipe("c-densenet121"))
    assert recipe.model.weights == "none"
    assert recipe.stages == (Stage(epochs=30, train="all"),)
    assert recipe.optimizer.lr == 1e-3
    assert from_scratch(recipe) == recipe


def test_stages_shrink_and_stretch_in_proportion() -> None:
    recipe = load_recipe("d-resnet50")
    assert [stage.epochs for stage in recipe.stages] == [3, 3, 3, 11]
    assert [stage.epochs for stage in with_epochs(recipe, 4).stages] == [1, 1, 1, 1]
    assert [stage.epochs for stage in with_epochs(recipe, 40).stages] == [6, 6, 6, 22]
    with pytest.raises(RecipeError, match="4 stages, which 3 epochs"):
        with_epochs(recipe, 3)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(0, 60))
def test_every_stage_keeps_an_epoch(lengths: list[int], more: int) -> None:
    recipe = Recipe(name="r", stages=tuple(Stage(epochs=length) for length in lengths))
    epochs = len(lengths) + more
    changed = with_epochs(recipe, epochs)
    assert changed.epochs == epochs
    assert len(changed.stages) == len(lengths)
    assert with_epochs(recipe, recipe.epochs) == recipe


def test_the_healthy_class_is_stated_by_any_name() -> None:
    recipe = load_recipe("small-cnn")
    assert recipe.normal_class == "auto"
    assert with_normal_class(recipe, "No").normal_class == "No"
    assert load_recipe("small-cnn", ["normal_class=No Finding"]).normal_class == "No Finding"
    assert load_recipe("small-cnn", ["normal_class=0"]).normal_class == "0"
    with pytest.raises(RecipeError, match="normal_class"):
        load_recipe("small-cnn", ["normal_class="])
