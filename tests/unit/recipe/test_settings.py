"""Recipes: every packaged one is valid, wrong ones are refused in words that help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pneumoscope.errors import RecipeError, UnknownModelError
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import DEFAULT_MODEL, find_model
from pneumoscope.recipe.files import load_recipe, packaged_recipes
from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.recipe.settings import Recipe

OF_SYSTEMS = [
    *("a-cnn-scratch", "a-resnet50"),
    *("b-resnet50", "b-mobilenet"),
    "c-densenet121",
    *("d-resnet50", "d-densenet161"),
    *("e-small-cnn", "e-resnet50", "e-mobilenet"),
]
RECIPES = ["mobilenetv2-pediatric", "transfer", "small-cnn", "phantoms", *OF_SYSTEMS]


def test_packaged_recipes_are_valid_and_bear_their_file_name() -> None:
    assert set(packaged_recipes()) == set(RECIPES)
    for name in packaged_recipes():
        assert load_recipe(name).name == name


def test_round_trip(tmp_path: Path) -> None:
    recipe = load_recipe("mobilenetv2-pediatric")
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe.to_yaml())
    assert load_recipe(file) == recipe


def test_the_packaged_model_was_trained_by_the_packaged_recipe() -> None:
    training: dict[str, Any] = read_manifest(find_model(DEFAULT_MODEL)).training
    trained_by = Recipe.model_validate(training["recipe"])
    recipe = load_recipe(DEFAULT_MODEL)
    # The weights may have been a local copy of the same ImageNet weights.
    same_weights = trained_by.model.model_copy(update={"weights": recipe.model.weights})
    assert trained_by.model_copy(update={"model": same_weights}) == recipe


@pytest.mark.parametrize("split", ["val", "test"])
def test_the_packaged_model_carries_its_evaluation(split: str) -> None:
    training: dict[str, Any] = read_manifest(find_model(DEFAULT_MODEL)).training
    roc_auc = training["evaluation"][split]["metrics"]["roc_auc"]
    assert 0.5 < roc_auc["low"] <= roc_auc["value"] <= roc_auc["high"] <= 1.0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"optimiser": {}}, "Did you mean 'optimizer'"),
        ({"optimizer": {"learning_rate": 1}}, "optimizer.learning_rate"),
        ({"augment": {"rotatoin": 3}}, "Did you mean 'rotation'"),
        ({"preprocess": {"sise": 3}}, "Did you mean 'size'"),
        ({"stages": [{"epochs": 1, "trian": "all"}]}, "Did you mean 'train'"),
        ({"optimizer": {"lr": -1}}, "optimizer.lr"),
        ({"stages": []}, "stages"),
        ({"seed": -1}, "seed: Input should be greater than or equal to 0 (got -1)"),
        ({"seed": 2**64}, "seed: Input should be less than"),
        ({"split": {"seed": -1}}, "split.seed"),
        ({"optimizer": {"lr": float("inf")}}, "optimizer.lr: Input should be a finite number"),
        ({"augment": {"translation": float("nan")}}, "augment.translation"),
        ({"augment": {"zoom": [0.9, float("nan")]}}, "augment.zoom.1"),
        ({"loss": {"class_weights": [1.0, 0.0]}}, "loss.class_weights: expected `balanced`"),
        ({"loss": {"class_weights": [1.0, -2.0]}}, "a positive number for every class"),
        ({"preprocess": {"size": 31}}, "preprocess: size must be at least 32 pixels"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, object], words: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe({"name": "r", **settings})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("key", "lowest", "highest"),
    [
        ("zoom", 0.1, 10),
        ("aspect", 0.1, 10),
        ("crop_area", 0.01, 1),
        ("gamma", 0.1, 10),
        ("blur", 0, 10),
        ("sharpen", 0, 10),
        ("noise", 0, 1),
        ("resample", 0.05, 1),
        ("jpeg", 1, 100),
        ("border", 0, 0.45),
    ],
)
def test_ranges_of_augmentation_are_bounded(key: str, lowest: float, highest: float) -> None:
    widest = parse_recipe({"name": "r", "augment": {key: [lowest, highest]}})
    assert getattr(widest.augment, key) == (lowest, highest)
    for wrong in ([lowest - 1, highest], [lowest, highest + 1], [highest, lowest]):
        with pytest.raises(RecipeError) as caught:
            parse_recipe({"name": "r", "augment": {key: wrong}})
        assert (
            f"augment.{key}: expected a range [low, high] "
            f"with {lowest} <= low <= high <= {highest} (got {wrong})"
        ) in str(caught.value)


def test_the_smallest_size_and_listed_class_weights_are_taken() -> None:
    settings = {"preprocess": {"size": 32}, "loss": {"class_weights": [1.94, 0.67]}, "seed": 0}
    recipe = parse_recipe({"name": "r", **settings})
    assert (recipe.preprocess.size, recipe.loss.class_weights) == (32, (1.94, 0.67))


def test_overrides() -> None:
    recipe = load_recipe("small-cnn", ["optimizer.lr=1e-4", "stages=[{epochs: 2}]", "seed=7"])
    assert (recipe.optimizer.lr, recipe.epochs, recipe.seed) == (1e-4, 2, 7)


def test_an_override_reaches_into_a_part_that_is_null() -> None:
    assert load_recipe("small-cnn").early_stopping is None
    recipe = load_recipe("small-cnn", ["early_stopping.patience=3"])
    assert recipe.early_stopping is not None
    assert recipe.early_stopping.patience == 3


def test_a_name_that_looks_like_a_number() -> None:
    assert load_recipe("small-cnn", ["name=1e5"]).name == "1e5"
    with pytest.raises(RecipeError, match=r"name: Input should be a valid string \(got 15\)"):
        load_recipe("small-cnn", ["name=15"])


@pytest.mark.parametrize(
    "override",
    ["lr", "=3", "name.first=x", "name.first.second=x", "stages=[{epochs: 2", "name=2024-13-01"],
)
def test_malformed_overrides(override: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe("small-cnn", [override])
    assert f"Cannot apply {override!r}" in str(caught.value)


def test_unknown_recipe() -> None:
    with pytest.raises(UnknownModelError, match="small-cnn"):
        load_recipe("smal-cnn")


def test_file_that_is_no_recipe(tmp_path: Path) -> None:
    file = tmp_path / "list.yaml"
    file.write_text("- 1\n- 2\n")
    with pytest.raises(RecipeError, match="no settings"):
        load_recipe(file)
    tags = (b"name: !!timestamp x", b'name: !!int ""', b"name: !!float x", b"? [a, {b: c}]\n: d")
    for damaged in (b"\xff\xfe\x00", b"stages: [{epochs: 2", b"name: 2024-13-01", *tags):
        file.write_bytes(damaged)
        with pytest.raises(RecipeError, match="could not be read"):
            load_recipe(file)


def test_a_name_is_enough() -> None:
    assert Recipe(name="plain").epochs == 10


def test_what_a_recipe_holds_is_repeated_only_in_part() -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(
            {"x" * 10_000 + "\x1b[2J": 1, "epochs": ["y" * 10_000], "batch_size": "z" * 999}
        )
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 1_500
    assert "batch_size: Input should be a valid integer" in caught.value.message


@pytest.mark.parametrize(
    ("override", "hint"),
    [
        ("epochs=5", "give --epochs"),
        ("input_size=256", "Did you mean 'preprocess.size'?"),
        ("model=resnet50", "did you mean 'model.name'?"),
        ("lr=1e-3", "Did you mean 'optimizer.lr'?"),
        ("patience=3", "Did you mean 'early_stopping.patience'?"),
        ("optimizer.lrr=1", "Did you mean 'lr'?"),
    ],
)
def test_hints_point_to_the_setting_that_was_meant(override: str, hint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe("small-cnn", [override])
    assert hint in str(caught.value)


def test_whoever_gave_a_wrong_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"^In --set: unknown key 'optimizer\.learning'"):
        load_recipe("small-cnn", ["optimizer.learning=3"])
    file = tmp_path / "mine.yaml"
    file.write_text("optimizer: {learning: 3}")
    with pytest.raises(RecipeError, match=r"^In .*mine\.yaml: unknown key 'optimizer\.learning'"):
        load_recipe(file, ["seed=7"])
