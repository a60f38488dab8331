"""Whole runs on phantoms: what they leave behind, and that a killed run ends as an unbroken one."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from pneumoscope.data.sources import find_films
from pneumoscope.data.splits import assign_splits
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import PneumoscopeError, TrainingError
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.lock import only_process
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.phantoms import write_phantoms
from pneumoscope.pipelines.train import train
from pneumoscope.recipe.files import load_recipe
from pneumoscope.recipe.settings import Recipe, SplitConfig
from pneumoscope.training.fit import FitOptions

QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 40, seed=3, widths=(120, 200))
    return folder


def recipe(epochs: int) -> Recipe:
    return load_recipe(
        "small-cnn",
        [
            "preprocess.size=64",
            f"stages=[{{epochs: 1, train: head}}, {{epochs: {epochs - 1}, train: all}}]",
            "ema_decay=0.9",
        ],
    )


def test_run_leaves_an_evaluated_model_file(phantoms: Path, tmp_path: Path) -> None:
    damaged = phantoms / "chest_xray" / "train" / "NORMAL" / "IM-9999-0001.jpeg"
    damaged.write_bytes(b"\xff\xd8\xff\xe0 not a film")
    try:
        result = train(
            recipe(3), phantoms, tmp_path / "run", cache_directory=tmp_path, console=QUIET
        )
    finally:
        damaged.unlink()
    manifest = read_manifest(result.model)
    assert [film.path for film in result.unreadable] == [
        "chest_xray/train/NORMAL/IM-9999-0001.jpeg"
    ]
    with (result.folder / "metrics.csv").open() as file:
        log = list(csv.DictReader(file))
    assert [row["epoch"] for row in log] == ["1", "2", "3"]
    assert [row["stage"] for row in log] == ["1", "2", "2"]
    best = max(float(row["val_roc_auc"]) for row in log)
    evaluation = json.loads((result.folder / "evaluation" / "val" / "evaluation.json").read_text())
    assert evaluation["metrics"]["roc_auc"]["value"] == pytest.approx(best, abs=1e-3)
    assert manifest.training["evaluation"]["val"]["metrics"] == evaluation["metrics"]
    assert manifest.class_names == ("NORMAL", "PNEUMONIA")
    assert manifest.training["epochs"] == len(log)
    assert manifest.training["seconds"] == round(sum(float(row["seconds"]) for row in log))
    assert manifest.training["hardware"]["device"] in ("cpu", "gpu")
    assert set(result.evaluations) == {"val", "test"}
    assert "Test: Films with heatmaps" in result.report.read_text(encoding="utf-8")
    findings = json.loads((result.folder / "audit.json").read_text())["findings"]
    assert "unreadable" in {finding["kind"] for finding in findings}


def test_a_table_with_splits_keeps_them_and_the_model_knows_its_films(
    phantoms: Path, tmp_path: Path
) -> None:
    table = phantoms / "divided.csv"
    films = assign_splits(find_films(phantoms), SplitConfig(mode="random", val_fraction=0.4))
    films.write_csv(table)
    said = io.StringIO()
    console = Console(file=said, width=200)
    result = train(recipe(2), table, tmp_path / "run", cache_directory=tmp_path, console=console)
    assert FilmTable.read_csv(result.folder / "split.csv", phantoms) == films
    assert "40 films of" in said.getvalue()
    assert "Divided as they were given:" in said.getvalue()
    manifest = read_manifest(result.model)
    assert manifest.training["recipe"]["split"]["mode"] == "given"
    assert manifest.seen is not None
    assert manifest.seen.count() == {split: len(films.select(split)) for split in ("train", "val")}
    exposure = evaluate(result.model, phantoms, split="all", replicates=10).data.exposure
    assert exposure is not None
    assert (exposure.train, exposure.val) == (
        len(films.select("train")),
        len(films.select("val")),
    )


def test_a_run_is_never_overwritten(phantoms: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "last.ckpt").touch()
    with pytest.raises(TrainingError, match="holds a run already"):
        train(recipe(2), phantoms, tmp_path, cache_directory=tmp_path, console=QUIET)


def test_what_is_not_of_a_run_is_never_replaced(phantoms: Path, tmp_path: Path) -> None:
    for name in ("recipe.yaml", "split.csv", "model.onnx"):
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        (folder / name).write_text("somebody else's")
        with pytest.raises(TrainingError, match=f"{name} is not of a run"):
            train(recipe(2), phantoms, folder, cache_directory=tmp_path, console=QUIET)
        assert (folder / name).read_text() == "somebody else's"
        assert [path.name for path in folder.iterdir()] == [name]


def test_two_trainings_never_share_a_folder(phantoms: Path, tmp_path: Path) -> None:
    with (
        only_process(tmp_path / "training.lock", "run", "--run"),
        pytest.raises(PneumoscopeError, match="is in use"),
    ):
        train(recipe(2), phantoms, tmp_path, cache_directory=tmp_path, console=QUIET)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_diverged_ships_no_model(phantoms: Path, tmp_path: Path) -> None:
    settings = load_recipe(
        "small-cnn",
        [
            "preprocess.size=64",
            "stages=[{epochs: 1, train: all}]",
            "optimizer={name: sgd, lr: 1.0e6, momentum: 0.0, weight_decay: 0.0}",
            "ema_decay=null",
        ],
    )
    with pytest.raises(TrainingError, match="has not learned"):
        train(settings, phantoms, tmp_path, cache_directory=tmp_path, console=QUIET)
    assert not (tmp_path / "model.onnx").exists()
    assert (tmp_path / "recipe.yaml").is_file()


def test_nothing_to_resume(phantoms: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no run to resume"):
        train(recipe(2), phantoms, tmp_path, options=FitOptions(resume=True), console=QUIET)


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_stopped_and_resumed_run_ends_in_the_same_model(
    phantoms: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    command = [
        sys.executable, "-m", "pneumoscope", "train", "--recipe", "small-cnn",
        "--data", str(phantoms),
        "--cache", str(tmp_path), "--set", "preprocess.size=64", "--set", "ema_decay=0.9",
        "--set", "stages=[{epochs: 2, train: head}, {epochs: 8, train: all}]",
    ]  # fmt: skip
    unbroken, broken = tmp_path / "unbroken", tmp_path / "broken"
    subprocess.run([*command, "--run", str(unbroken)], check=True, capture_output=True)

    process = subprocess.Popen(
        [*command, "--run", str(broken)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Where tests run in the background, children inherit that SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    checkpoint = broken / "checkpoints" / "last.ckpt"
    deadline = time.monotonic() + 120
    while not checkpoint.is_file() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)  # somewhere inside a later epoch
    process.send_signal(stop)
    _, messages = process.communicate(timeout=60)
    assert not (broken / "model.onnx").exists(), "the run ended before it could be stopped"
    if stop is signal.SIGINT:
        assert process.returncode == 130
        assert "--resume" in messages

    subprocess.run([*command, "--run", str(broken), "--resume"], check=True, capture_output=True)
    assert (
        read_manifest(broken / "model.onnx").graph_sha256
        == read_manifest(unbroken / "model.onnx").graph_sha256
    )
    logs = [(run / "metrics.csv").read_text().splitlines() for run in (unbroken, broken)]
    assert [len(log) for log in logs] == [11, 11]
    # Everything but the clock is the same.
    assert [row.rsplit(",", 2)[0] for row in logs[0]] == [row.rsplit(",", 2)[0] for row in logs[1]]
