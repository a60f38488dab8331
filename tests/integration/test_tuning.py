"""Tuning on phantoms: what it leaves behind, that it goes on, and that processes share it."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

pytest.importorskip("optuna")

from optuna import create_study
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState, create_trial

from pneumoscope.cli.main import main
from pneumoscope.errors import RecipeError, TrainingError
from pneumoscope.phantoms import write_phantoms
from pneumoscope.pipelines.tuning.study import STUDY
from pneumoscope.pipelines.tuning.tune import TuningOptions, TuningResult, tune
from pneumoscope.recipe.dotted import with_settings
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import Recipe

QUIET = Console(quiet=True)
SEARCH = "search={optimizer.lr: {low: 1.0e-4, high: 1.0e-1, log: true}}"


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 20, seed=3, widths=(100, 140))
    return folder


def recipe(epochs: int = 1, search: str = SEARCH) -> Recipe:
    return load_recipe(
        "small-cnn",
        ["preprocess.size=32", "batch_size=8", f"stages=[{{epochs: {epochs}}}]", search],
    )


def tune_to(
    trials: int, phantoms: Path, folder: Path, settings: Recipe | None = None
) -> TuningResult:
    return tune(
        settings or recipe(),
        phantoms,
        folder,
        options=TuningOptions(trials=trials),
        cache_directory=folder.parent / "cache",
        console=QUIET,
    )


def files(folder: Path, pattern: str) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.glob(pattern)}


def test_a_tuning_goes_on_and_ends_in_the_best_recipe(phantoms: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tuning"
    first = tune_to(1, phantoms, folder)
    assert first.best is not None
    assert first.best.is_start
    result = tune_to(3, phantoms, folder)
    assert [trial.number for trial in result.trials] == [0, 1, 2]
    assert result.trials[0] == first.trials[0]
    assert result.best is not None
    assert result.best.score == max(trial.score or 0 for trial in result.trials)
    assert result.running == ()

    number = result.best.number
    assert files(folder, "trials/*/checkpoints") == {f"trials/{number}/checkpoints"}
    assert files(folder, "trials/*/metrics.csv") == {f"trials/{n}/metrics.csv" for n in range(3)}
    assert not files(folder, "trials/*/running.lock")
    with (folder / "trials.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [float(row["val_roc_auc"]) for row in table] == [t.score for t in result.trials]
    assert float(table[1]["optimizer.lr"]) == result.trials[1].values["optimizer.lr"]
    assert result.report is not None
    assert "Tuning of small-cnn" in result.report.read_text()

    assert result.best_recipe is not None
    best = load_recipe(result.best_recipe)
    assert best.name == "small-cnn-tuned"
    kept = load_recipe(folder / "trials" / str(number) / "recipe.yaml")
    assert best.model_copy(update={"name": kept.name, "description": kept.description}) == kept
    assert kept == with_settings(recipe(), result.best.values)
    assert best.search == {}


def test_trials_that_fall_behind_are_pruned_and_leave_no_checkpoint(
    phantoms: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "tuning"
    folder.mkdir()
    # Five trials better than any network, as if earlier processes had run them.
    study = create_study(
        study_name=STUDY, storage=f"sqlite:///{folder / 'tuning.db'}", direction="maximize"
    )
    for _ in range(5):
        study.add_trial(
            create_trial(
                state=TrialState.COMPLETE,
                value=2.0,
                params={"optimizer.lr": 1e-3},
                distributions={"optimizer.lr": FloatDistribution(1e-4, 1e-1, log=True)},
                user_attrs={"is_start": True},
                intermediate_values={1: 2.0, 2: 2.0, 3: 2.0},
            )
        )
    result = tune_to(6, phantoms, folder, recipe(epochs=3))
    pruned = result.trials[-1]
    assert (pruned.number, pruned.state, pruned.epochs) == (5, "pruned", 1)
    assert "below the median" in pruned.note
    with (folder / "trials" / "5" / "metrics.csv").open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1"]
    assert not files(folder, "trials/*/checkpoints")


def test_settings_that_cannot_be_trained_are_a_finding(phantoms: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tuning"
    diverging = recipe(search="search={optimizer.lr: [1.0e+30, 1.0e+31]}")
    settings = with_settings(diverging, {"optimizer.lr": 1e30, "optimizer.clip_norm": None})
    settings = settings.model_copy(update={"search": diverging.search})
    result = tune_to(2, phantoms, folder, settings)
    assert [trial.state for trial in result.trials] == ["pruned", "pruned"]
    assert all("loss became" in t.note or "not a number" in t.note for t in result.trials)
    assert (result.best, result.best_recipe) == (None, None)
    assert result.report is not None
    assert not (folder / "best.yaml").exists()


def test_a_folder_belongs_to_one_recipe(phantoms: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(recipe().to_yaml())
    with pytest.raises(TrainingError, match="was started with other settings"):
        tune_to(1, phantoms, tmp_path, recipe(epochs=2))


def test_nothing_to_search(phantoms: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no section `search`"):
        tune_to(1, phantoms, tmp_path, recipe(search="search={}"))
    assert not (tmp_path / "tuning.db").exists()


def command(phantoms: Path, folder: Path, trials: int) -> list[str]:
    return [
        *("tune", "small-cnn", "--data", str(phantoms), "--out", str(folder)),
        *("--cache", str(folder.parent / "cache"), "--trials", str(trials), "--epochs", "1"),
        *("--set", "preprocess.size=32", "--set", "batch_size=8", "--set", SEARCH),
    ]


@pytest.mark.slow
def test_the_command_and_the_training_of_its_best_recipe(phantoms: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tuning"
    done = CliRunner().invoke(main, command(phantoms, folder, 2))
    assert done.exit_code == 0, done.output
    assert "The best of 2 trials" in done.stdout
    assert f"Best recipe: {folder / 'best.yaml'}" in done.stdout
    assert "looks better than it is" in done.stdout
    assert [line[:14] for line in done.stderr.splitlines() if "/2  trial" in line] == [
        "  1/2  trial 0",
        "  2/2  trial 1",
    ]
    run = tmp_path / "run"
    trained = CliRunner().invoke(
        main,
        [
            *("train", "--recipe", str(folder / "best.yaml"), "--data", str(phantoms)),
            *("--run", str(run), "--cache", str(tmp_path / "cache")),
        ],
    )
    assert trained.exit_code == 0, trained.output
    assert (run / "model.onnx").is_file()


@pytest.mark.slow
def test_two_processes_share_the_trials(phantoms: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tuning"
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "pneumoscope", *command(phantoms, folder, 6)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    lines = []
    for process in both:
        _, messages = process.communicate(timeout=280)
        assert process.returncode == 0, messages
        lines.append(messages.count("/6  trial"))
    assert sum(lines) == 6
    assert min(lines) > 0, "one process did all the work"
    with (folder / "trials.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [row["trial"] for row in table] == [str(number) for number in range(6)]
    assert len({row["optimizer.lr"] for row in table}) == 6
    assert len(files(folder, "trials/*/checkpoints")) == 1
