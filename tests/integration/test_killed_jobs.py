"""Jobs that are killed at random instants: nothing is half, and what goes on ends as undisturbed.

`PNEUMOSCOPE_KILLS` is the number of rounds, 3 by default.
"""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pneumoscope.files import changed_or_foreign
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.phantoms import write_phantoms
from pneumoscope.runs.folder import RunFolder
from varied_model import write_varied_model

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

ROUNDS = int(os.environ.get("PNEUMOSCOPE_KILLS", "3"))
FILMS = 60


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_varied_model(tmp_path_factory.mktemp("model") / "model.onnx", seed=2)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_phantoms(folder, FILMS, seed=0)
    (folder / "chest_xray" / "test" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nand nothing")
    return folder / "chest_xray"


def start(*arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pneumoscope", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def duration_of(*arguments: str | Path) -> float:
    begin = time.monotonic()
    assert start(*arguments).wait() in (0, 3, 4)
    return time.monotonic() - begin


def kill(job: subprocess.Popen[bytes], seconds: float) -> None:
    """Kill a job after some time, if it has not ended by then."""
    try:
        job.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        job.kill()
        job.wait()


def without_timings(file: Path) -> list[dict[str, object]]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines) if file.suffix == ".csv" else map(json.loads, lines)
        return [{name: row[name] for name in row if name != "milliseconds"} for row in rows]


def check_files(folder: Path) -> None:
    """Every file under a final name is one that was written whole."""
    for path in folder.rglob("[!.]*.png"):
        with Image.open(path) as picture:
            np.asarray(picture)
    assert changed_or_foreign(folder.rglob("[!.]*.png")) == []


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_prediction_goes_on_wherever_it_was_killed(
    suffix: str, model: Path, films: Path, tmp_path: Path
) -> None:
    chance = random.Random(1)
    heat = tmp_path / "heat"
    command = ["predict", films, "--model", model, "--batch-size", 4, "--heatmaps", heat]
    undisturbed = tmp_path / f"undisturbed{suffix}"
    seconds = duration_of(*command, "--out", undisturbed)
    between_rows = 0
    for number in range(ROUNDS):
        out = tmp_path / f"killed{number}{suffix}"
        for _ in range(2):
            kill(start(*command, "--out", out, "--resume"), chance.uniform(0.3, 1.0) * seconds)
            check_files(heat)
            between_rows += out.exists() and 1 < out.read_bytes().count(b"\n") <= FILMS + 1
        assert start(*command, "--out", out, "--resume").wait() == 3
        assert without_timings(out) == without_timings(undisturbed)
    assert between_rows  # else no job was killed while it wrote rows


def without_clock(log: Path) -> list[str]:
    return [row.rsplit(",", 2)[0] for row in log.read_text(encoding="utf-8").splitlines()]


def test_a_training_goes_on_wherever_it_was_killed(films: Path, tmp_path: Path) -> None:
    chance = random.Random(3)
    command = [
        "train", "--recipe", "small-cnn", "--data", films, "--cache", tmp_path / "cache",
        "--set", "preprocess.size=48", "--set", "batch_size=8", "--set", "ema_decay=0.9",
        "--set", "stages=[{epochs: 6, train: all}]",
    ]  # fmt: skip
    undisturbed = RunFolder(tmp_path / "undisturbed")
    seconds = duration_of(*command, "--run", undisturbed.path)
    between_epochs = 0
    for number in range(ROUNDS):
        run = RunFolder(tmp_path / f"killed{number}")
        for _ in range(2):
            again = ["--resume"] if run.last.exists() else []
            kill(start(*command, "--run", run.path, *again), chance.uniform(0.2, 1.0) * seconds)
            check_files(run.path)
            for path in run.path.rglob("[!.]*.ckpt"):
                torch.load(path, weights_only=True)
            for path in run.path.rglob("[!.]*.onnx"):
                read_manifest(path)
            between_epochs += run.last.exists() and not run.model.exists()
        again = ["--resume"] if run.last.exists() else []
        assert start(*command, "--run", run.path, *again).wait() == 0
        assert without_clock(run.log) == without_clock(undisturbed.log)
        ended = (read_manifest(each.model).graph_sha256 for each in (run, undisturbed))
        assert len(set(ended)) == 1
    assert between_epochs  # else no job was killed while it trained


@pytest.mark.parametrize("name", ["export", "audit"])
def test_a_result_is_whole_or_absent_wherever_its_job_was_killed(
    name: str, model: Path, films: Path, tmp_path: Path
) -> None:
    chance = random.Random(2)

    def command(out: Path) -> list[str | Path]:
        if name == "export":
            return ["export", model, "--flip", "--out", out / "flipped.onnx"]
        return ["data", "audit", films, "--out", out]

    (tmp_path / "undisturbed").mkdir()
    seconds = duration_of(*command(tmp_path / "undisturbed"))
    for number in range(ROUNDS):
        out = tmp_path / f"killed{number}"
        out.mkdir()
        kill(start(*command(out)), chance.uniform(0.2, 1.0) * seconds)
        check_files(out)
        for path in out.glob("[!.]*.onnx"):
            read_manifest(path)
        assert start(*command(out)).wait() in (0, 3, 4)
        assert results_in(out) == results_in(tmp_path / "undisturbed")
        for path in results_in(out):
            if path.suffix != ".onnx":  # holds the time of its making
                assert (out / path).read_bytes() == (tmp_path / "undisturbed" / path).read_bytes()


def results_in(folder: Path) -> set[Path]:
    """The files in a folder and below, but for our own records."""
    return {path.relative_to(folder) for path in folder.rglob("[!.]*") if path.is_file()}
