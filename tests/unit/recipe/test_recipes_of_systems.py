"""The recipes of the five systems: what the systems state is in them, and each of them trains."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from pneumoscope import Predictor
from pneumoscope.errors import UnknownModelError
from pneumoscope.phantoms import write_phantoms
from pneumoscope.pipelines.train import train
from pneumoscope.recipe.class_weights import class_weights
from pneumoscope.recipe.files import load_recipe, packaged_recipes
from pneumoscope.recipe.settings import Recipe
from pneumoscope.recipe.systems import SYSTEMS, recipes_of, system_of
from pneumoscope.recipe.variants import with_epochs
from pneumoscope.training.unfreezing import schedule_factor

QUIET = Console(quiet=True)
OFFICIAL_TRAINING_FILMS = {"NORMAL": 1341, "PNEUMONIA": 3875}


def recipes(letters: str) -> dict[str, Recipe]:
    return {name: load_recipe(name) for name in recipes_of(letters)}


def test_every_packaged_recipe_is_valid() -> None:
    for name, path in packaged_recipes().items():
        assert load_recipe(path).name == name


def test_ten_recipes_stand_for_five_systems() -> None:
    assert len(recipes_of("")) == 10
    assert recipes_of("EA") == [*SYSTEMS["A"].recipes, *SYSTEMS["E"].recipes]
    assert set(recipes_of("")) <= packaged_recipes().keys()
    for name in recipes_of(""):
        assert name.startswith(f"{system_of(name)}-".lower())
    assert system_of("mobilenetv2-pediatric") is None
    with pytest.raises(UnknownModelError, match="no system 'F'"):
        recipes_of("F")


def test_films_are_224_pixels_and_gray() -> None:
    assert {recipe.preprocess.size for recipe in recipes("").values()} == {224}


@pytest.mark.parametrize(
    ("letter", "networks"),
    [
        ("A", {"small_cnn", "resnet50"}),
        ("B", {"resnet50", "mobilenetv2"}),
        ("C", {"densenet121"}),
        ("D", {"resnet50", "densenet161"}),
        ("E", {"small_cnn", "resnet50", "mobilenetv2"}),
    ],
)
def test_each_system_has_its_networks(letter: str, networks: set[str]) -> None:
    system = recipes(letter).values()
    assert {recipe.model.name for recipe in system} == networks
    for recipe in system:
        scratch = recipe.model.name == "small_cnn"
        assert recipe.model.weights == ("none" if scratch else "imagenet")


def test_system_a_weighs_classes_and_freezes_early_layers() -> None:
    for recipe in recipes("A").values():
        weights = class_weights(recipe.loss.class_weights, [*OFFICIAL_TRAINING_FILMS.values()])
        assert [round(weight, 2) for weight in weights] == [1.94, 0.67]
        augment = recipe.augment
        assert augment.rotation > 0
        assert augment.horizontal_flip > 0
        assert augment.zoom[0] < 1 < augment.zoom[1]
    fine_tuned = recipes("A")["a-resnet50"]
    assert [stage.train for stage in fine_tuned.stages] == [2]
    assert fine_tuned.optimizer.lr <= 1e-4


def test_system_b_trains_the_head_and_then_fine_tunes() -> None:
    for recipe in recipes("B").values():
        assert [stage.train for stage in recipe.stages] == ["head", "all"]
        assert recipe.augment != type(recipe.augment)()


def test_system_c_is_optimised_as_stated() -> None:
    (recipe,) = recipes("C").values()
    assert (recipe.optimizer.name, recipe.batch_size) == ("adamw", 32)
    rates = [
        recipe.optimizer.lr * schedule_factor(recipe.schedule, epoch, recipe.epochs)
        for epoch in range(recipe.epochs + 1)
    ]
    assert recipe.schedule.name == "cosine"
    assert (rates[0], rates[-1]) == pytest.approx((1e-4, 1e-5))
    assert 20 <= recipe.epochs <= 50
    assert [stage.train for stage in recipe.stages] == ["head", "all"]
    assert recipe.early_stopping is not None
    assert (recipe.loss.name, recipe.loss.class_weights) == ("cross_entropy", "balanced")
    augment = recipe.augment
    assert (augment.rotation, augment.crop_area[1]) == (10, 1.0)
    assert min(augment.horizontal_flip, augment.brightness, augment.contrast) > 0
    assert augment.crop_area[0] < 1


def test_system_d_unfreezes_step_by_step() -> None:
    for recipe in recipes("D").values():
        assert [stage.train for stage in recipe.stages] == ["head", 1, 2, "all"]
        assert recipe.optimizer.name == "adam"
        assert recipe.model.dropout > 0
        assert recipe.early_stopping is not None
        assert recipe.schedule.name != "constant"
        assert recipe.augment.rotation > 0
        assert recipe.augment.horizontal_flip > 0


def test_system_e_divides_pixels_by_255_and_films_by_80_to_20() -> None:
    for name, recipe in recipes("E").items():
        assert (recipe.model.pixel_mean, recipe.model.pixel_std) == (0.0, 1.0)
        assert (recipe.split.mode, recipe.split.val_fraction) == ("random", 0.2)
        assert recipe.loss.name == "cross_entropy"
        assert recipe.augment.rotation > 0
        assert recipe.augment.horizontal_flip > 0
        assert recipe.augment.zoom[0] < 1 < recipe.augment.zoom[1]
        if name != "e-small-cnn":
            head, top = recipe.stages
            assert head.train == "head"
            assert isinstance(top.train, int)


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 16, seed=5, widths=(100, 120))
    return folder


@pytest.mark.slow
@pytest.mark.timeout(900)  # the large networks, where other work fills the machine
@pytest.mark.parametrize("name", recipes_of(""))
def test_each_recipe_trains_a_model_that_predicts(
    name: str, phantoms: Path, tmp_path: Path
) -> None:
    recipe = load_recipe(name, ["model.weights=none", "preprocess.size=64"])
    recipe = with_epochs(recipe, len(recipe.stages))
    result = train(recipe, phantoms, tmp_path / "run", cache_directory=tmp_path, console=QUIET)
    log = (result.folder / "metrics.csv").read_text().splitlines()
    assert len(log) == 1 + len(recipe.stages)
    film = next(phantoms.rglob("test/PNEUMONIA/*"))
    prediction = Predictor.load(result.model).predict(film)
    assert sum(prediction.probabilities.values()) == pytest.approx(1.0)
    assert prediction.heatmap.shape == prediction.film_shape
