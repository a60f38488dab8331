"""What training will do is known, and what is missing noticed, before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.data.table import FilmTable
from pneumoscope.errors import (
    DatasetError,
    PneumoscopeError,
    RecipeError,
    TrainingError,
    UnknownModelError,
)
from pneumoscope.files import write_text
from pneumoscope.pipelines.default_recipe import FEW_FILMS
from pneumoscope.pipelines.training_plan import Wishes, plan_resumption, plan_training
from pneumoscope.recipe.files import load_recipe
from pneumoscope.runs.folder import RunFolder
from pneumoscope.runs.start import RunStart


@pytest.fixture(autouse=True)
def no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a hub of weights nor a cache of them, and a working folder without runs."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)


def films(count: int) -> Path:
    for label in ("NORMAL", "PNEUMONIA"):
        Path("films", label).mkdir(parents=True)
        for number in range(count // 2):
            Path("films", label, f"{number}.png").touch()
    return Path("films")


@pytest.fixture
def weights(tmp_path: Path) -> str:
    for name in ("mobilenetv2_100.imagenet", "resnet50.a1"):
        (tmp_path / "weights").mkdir(exist_ok=True)
        (tmp_path / "weights" / f"{name}.safetensors").touch()
    return str(tmp_path / "weights")


def test_films_enough_and_weights_make_transfer(weights: str) -> None:
    plan = plan_training(Wishes(weights=weights), films(FEW_FILMS))
    assert (plan.recipe.name, plan.recipe.model.name) == ("transfer", "mobilenetv2")
    assert plan.recipe.split.test_fraction > 0  # nothing divides the films
    assert not plan.recipe.needs_lung_fields
    assert plan.folder == RunFolder("runs/transfer")
    assert plan.words[0].startswith("No recipe was given. There are films enough")
    assert (
        plan.words[1] == "Recipe transfer: mobilenetv2, pretrained, 224 pixels, 10 epochs at most."
    )
    masks = plan_training(Wishes(weights=weights), Path("films"), lung_fields=Path("masks"))
    assert masks.recipe.needs_lung_fields


@pytest.mark.parametrize(
    ("count", "wishes", "reason"),
    [
        (FEW_FILMS, Wishes(), "HF_HUB_OFFLINE forbids to download them. With --weights FOLDER"),
        (FEW_FILMS, Wishes(weights="none"), "--weights none"),
        (FEW_FILMS - 2, Wishes(), "98 films are too few"),
    ],
)
def test_otherwise_a_small_network_learns_from_scratch(
    count: int, wishes: Wishes, reason: str
) -> None:
    plan = plan_training(wishes, films(count))
    assert plan.recipe.name == "small-cnn"
    assert reason in plan.words[0]


def test_a_network_needs_no_recipe(weights: str) -> None:
    plan = plan_training(Wishes(network="resnet50", weights=weights, epochs=5), films(20))
    assert (plan.recipe.name, plan.recipe.model.name, plan.recipe.epochs) == (
        *("resnet50", "resnet50"),
        5,
    )
    assert plan.recipe.model.weights.endswith("resnet50.a1.safetensors")
    tiny = plan_training(Wishes(network="tiny_cnn"), Path("films"))
    assert (tiny.recipe.model.name, tiny.recipe.model.weights) == ("tiny_cnn", "none")
    with pytest.raises(
        RecipeError, match=r"weights of resnet50 are not on this .*--weights FOLDER"
    ):
        plan_training(Wishes(network="resnet50"), Path("films"))


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(network="resnet5"),
        Wishes(network="resnet5", weights="none"),
        Wishes(recipe="small-cnn", network="resnet5"),
        Wishes(overrides=("model.name=resnet5",)),
    ],
)
def test_a_mistyped_network_is_named_as_such(wishes: Wishes) -> None:
    with pytest.raises(UnknownModelError, match=r"no backbone 'resnet5'\. Did you mean 'resnet50'"):
        plan_training(wishes, films(FEW_FILMS))
    assert not Path("runs").exists()


@pytest.mark.parametrize("wishes", [{"recipe": "small-cnn"}, {"network": "tiny_cnn"}, {}])
def test_a_folder_of_weights_must_be_there(wishes: dict[str, str]) -> None:
    with pytest.raises(RecipeError, match="nowhere is not a folder of weights"):
        plan_training(Wishes(weights="nowhere", **wishes), films(20))


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"network": "densenet121"}, "holds no weights of densenet121 (densenet121.*.safetensors)"),
        ({"recipe": "d-densenet161"}, "holds no weights of densenet161"),
        ({"recipe": "small-cnn"}, "are not used: small_cnn has none"),
        ({"network": "resnet50"}, ""),
    ],
)
def test_weights_that_were_given_and_are_not_used_are_told(
    wishes: dict[str, str], words: str, weights: str
) -> None:
    plan = plan_training(Wishes(weights=weights, **wishes), films(20))
    told = [line for line in plan.words if weights in line]
    assert len(told) == bool(words)
    assert words in "".join(told)


def test_what_is_missing_or_taken_is_noticed(weights: str) -> None:
    data = films(20)
    with pytest.raises(DatasetError, match="no folder or table nowhere"):
        plan_training(Wishes(), Path("nowhere"))
    with pytest.raises(PneumoscopeError, match="Did you mean 'small-cnn'"):
        plan_training(Wishes(recipe="smal-cnn"), data)
    with pytest.raises(RecipeError, match=r"--lung-fields.*--set loss\.evidence_outside_lungs=0"):
        plan_training(Wishes(recipe="mobilenetv2-pediatric", weights=weights), data)
    taken = RunFolder("runs/small-cnn")
    taken.checkpoints.mkdir(parents=True)
    taken.last.touch()
    with pytest.raises(TrainingError, match=r"holds a run already.*--resume runs/small-cnn"):
        plan_training(Wishes(recipe="small-cnn"), data, taken.path)
    assert plan_training(Wishes(recipe="small-cnn"), data).folder.name == "small-cnn-2"


@pytest.mark.parametrize("run", ["films", ".", "films/NORMAL", "films/../films/PNEUMONIA"])
def test_a_run_is_not_written_among_the_films(run: str) -> None:
    data = films(4)
    before = sorted(Path().rglob("*"))
    with pytest.raises(TrainingError, match=r"films lie in it \(in films/"):
        plan_training(Wishes(recipe="small-cnn"), data, Path(run))
    assert sorted(Path().rglob("*")) == before
    assert plan_training(Wishes(recipe="small-cnn"), data, Path("films/runs/a"))


def test_a_run_alone_says_how_it_goes_on(tmp_path: Path) -> None:
    folder = RunFolder("runs/mine")
    with pytest.raises(TrainingError, match="no run to resume in runs/mine"):
        plan_resumption(Wishes(), folder.path)
    folder.checkpoints.mkdir(parents=True)
    recipe = load_recipe("small-cnn", ["stages=[{epochs: 3}]"])
    write_text(folder.recipe, recipe.to_yaml())
    with pytest.raises(
        TrainingError, match=r"no checkpoint runs/mine/checkpoints/last\.ckpt.*anew"
    ):
        plan_resumption(Wishes(), folder.path)
    # The command that the hint names works.
    anew = plan_training(Wishes(recipe=str(folder.recipe)), films(20), folder.path)
    assert (anew.recipe, anew.folder) == (recipe, folder)
    folder.last.touch()
    with pytest.raises(TrainingError, match="does not say where the films"):
        plan_resumption(Wishes(), folder.path)
    RunStart.of(folder, Path("films"), None, "cpu", 1).write(folder)
    plan = plan_resumption(Wishes(), folder.path)
    assert (plan.recipe, plan.data, plan.accelerator) == (recipe, Path("films"), "cpu")
    assert plan.words == ("The run in runs/mine goes on, with the films in films.",)
    folder.model.touch()
    folder.report.touch()
    rows = [
        {"path": f"NORMAL/{number}.png", "label": "NORMAL", "split": split}
        for number, split in ((0, "train"), (98, "train"), (99, "train"), (97, "test"))
    ]
    FilmTable.from_rows(Path("films"), rows).write_csv(folder.split_table)
    finished, gone = plan_resumption(Wishes(), folder.path).words
    assert finished.startswith("The run in runs/mine is finished; its model is evaluated")
    assert gone.startswith("Warning: 3 films of the 4")
    assert gone.endswith("are no longer in films: 1 of test, 2 of train.")
    with pytest.raises(TrainingError, match="settings that it was begun with"):
        plan_resumption(Wishes(epochs=9), folder.path)
