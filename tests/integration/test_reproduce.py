"""Reproductions on phantoms: planned, finished, gone on with, and compared on the same films."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pneumoscope.cli.main import main
from pneumoscope.errors import TrainingError
from pneumoscope.phantoms import write_phantoms
from pneumoscope.pipelines.reproduce import (
    PlannedRun,
    RunFailure,
    choose_recipes,
    draw_phantoms,
    plan_reproduction,
    reproduce,
)

SMALL = ("--set", "preprocess.size=64")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["reproduce", *map(str, arguments)])


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 24, seed=4, widths=(100, 140))
    return folder


def test_all_recipes_of_a_reproduction_share_the_division_of_the_first() -> None:
    recipes = choose_recipes(fast=True)
    assert len(recipes) == 10
    assert {recipe.split.mode for recipe in recipes} == {"rejoin"}
    assert {recipe.split.mode for recipe in choose_recipes("E")} == {"random"}
    assert {
        recipe.split.mode for recipe in choose_recipes("AE", overrides=["split.mode=blocks"])
    } == {"blocks"}


def test_fast_is_one_epoch_a_stage_from_scratch() -> None:
    for recipe in choose_recipes(fast=True):
        assert (recipe.model.weights, recipe.epochs) == ("none", 1)
    (recipe,) = choose_recipes("C", fast=True, weights="imagenet")
    assert [stage.epochs for stage in recipe.stages] == [1, 1]
    assert choose_recipes("C", fast=True, epochs=5)[0].epochs == 5


def test_phantoms_are_drawn_once(tmp_path: Path) -> None:
    draw_phantoms(tmp_path / "out" / "phantoms")
    films = sorted((tmp_path / "out" / "phantoms").rglob("*.jpeg"))
    draw_phantoms(tmp_path / "out" / "phantoms")
    assert sorted((tmp_path / "out" / "phantoms").rglob("*.jpeg")) == films
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["phantoms"]


def test_without_films_there_is_nothing_to_reproduce() -> None:
    result = run("A")
    assert result.exit_code == 2
    assert "--fast" in result.stderr


@pytest.mark.slow
def test_a_reproduction_ends_with_a_comparison_and_is_not_repeated(
    phantoms: Path, tmp_path: Path
) -> None:
    command = ("A", "--fast", "--data", phantoms, "--out", tmp_path, "--cache", tmp_path, *SMALL)
    result = run(*command)
    assert result.exit_code == 0, result.output
    assert "a-resnet50" in result.stderr
    assert "from scratch" in result.stderr
    runs = tmp_path / "runs"
    comparison = json.loads((tmp_path / "comparison" / "comparison.json").read_text())
    assert [model["name"] for model in comparison["models"]] == ["a-cnn-scratch", "a-resnet50"]
    assert {model["exposure"]["train"] for model in comparison["models"]} == {0}
    assert comparison["data"]["split"] == "test"
    assert f"Report: {tmp_path / 'comparison' / 'report.html'}" in result.stdout
    assert (tmp_path / "comparison" / "report.html").is_file()
    splits = {(folder / "split.csv").read_bytes() for folder in runs.iterdir()}
    assert len(splits) == 1

    models = {path: path.stat().st_mtime_ns for path in runs.glob("*/model.onnx")}
    again = run(*command)
    assert again.exit_code == 0, again.output
    assert again.stderr.count("finished") == 2
    assert {path: path.stat().st_mtime_ns for path in models} == models

    changed = run(*command, "--epochs", "2")
    assert changed.exit_code == 1
    assert "started with other settings (stages)" in changed.stderr


@pytest.mark.slow
def test_one_failing_recipe_does_not_stop_the_others(phantoms: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "resnet50.broken.safetensors").write_bytes(b"no weights")
    result = run(
        "A", "--fast", "--data", phantoms, "--out", tmp_path / "out", "--cache", tmp_path,
        "--weights", weights, *SMALL,
    )  # fmt: skip
    assert result.exit_code == 1
    assert "failed: a-resnet50" in result.stderr
    comparison = json.loads((tmp_path / "out" / "comparison" / "comparison.json").read_text())
    assert [model["name"] for model in comparison["models"]] == ["a-cnn-scratch"]


class Stopping:
    """A listener that stops everything in the second epoch, as Ctrl-C would."""

    def run_starts(self, run: PlannedRun) -> None:
        pass

    def epoch_ends(self, epoch: int, roc_auc: float) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    def run_ends(self, run: PlannedRun, failure: RunFailure | None) -> None:
        assert failure is None

    def comparing(self, done: int, total: int) -> None:
        pass


class Watching(Stopping):
    """A listener that only counts epochs."""

    def __init__(self) -> None:
        self.epochs: list[int] = []

    def epoch_ends(self, epoch: int, roc_auc: float) -> None:
        self.epochs.append(epoch)


@pytest.mark.slow
def test_a_stopped_reproduction_goes_on(phantoms: Path, tmp_path: Path) -> None:
    recipes = choose_recipes("A", epochs=3, overrides=["preprocess.size=64"])[:1]
    plan = plan_reproduction(recipes, phantoms, tmp_path)
    assert [(run.state, run.epochs_done) for run in plan.runs] == [("new", 0)]
    with pytest.raises(KeyboardInterrupt):
        reproduce(plan, Stopping(), accelerator="cpu", cache_directory=tmp_path)

    plan = plan_reproduction(recipes, phantoms, tmp_path)
    assert [run.state for run in plan.runs] == ["started"]
    watching = Watching()
    result = reproduce(plan, watching, accelerator="cpu", cache_directory=tmp_path)
    assert watching.epochs == [2, 3]
    assert [model.name for model in result.comparison.models] == ["a-cnn-scratch"]
    plan = plan_reproduction(recipes, phantoms, tmp_path)
    assert [(run.state, run.epochs_done) for run in plan.runs] == [("finished", 3)]

    fewer = tmp_path / "fewer"
    write_phantoms(fewer, 12, seed=4, widths=(100, 140))
    with pytest.raises(TrainingError, match="other films"):
        plan_reproduction(recipes, fewer, tmp_path)
