"""Damaged and hostile films: every command goes on, and names each of them with its reason."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def pneumoscope(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pneumoscope", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="module")
def one_in_a_hundred(
    films_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, set[str]]:
    """300 real films, 3 of them cut short, emptied or overwritten; and the names of those."""
    root = tmp_path_factory.mktemp("damaged") / "chest_xray"
    for name, count in (("NORMAL", 100), ("PNEUMONIA", 200)):
        (root / "train" / name).mkdir(parents=True)
        films = sorted((films_root / "chest_xray" / "train" / name).iterdir())
        for film in random.Random(0).sample(films, count):
            shutil.copyfile(film, root / "train" / name / film.name)
    cut, emptied, overwritten = random.Random(1).sample(sorted(root.rglob("*.jpeg")), 3)
    cut.write_bytes(cut.read_bytes()[:300])
    emptied.write_bytes(b"")
    overwritten.write_bytes(os.urandom(4000))
    return root, {cut.name, emptied.name, overwritten.name}


@pytest.mark.films
@pytest.mark.slow
def test_audit_lists_them(one_in_a_hundred: tuple[Path, set[str]], tmp_path: Path) -> None:
    root, damaged = one_in_a_hundred
    result = pneumoscope("data", "audit", root, "--out", tmp_path)
    assert result.returncode == 3, result.stderr
    for name in damaged:
        assert name in result.stdout


@pytest.mark.films
@pytest.mark.slow
def test_training_lists_them_and_goes_on(
    one_in_a_hundred: tuple[Path, set[str]], tmp_path: Path
) -> None:
    root, damaged = one_in_a_hundred
    run = tmp_path / "run"
    result = pneumoscope(
        "train", "--recipe", "small-cnn", "--data", root, "--run", run, "--cache", tmp_path,
        "--set", "preprocess.size=64", "--set", "stages=[{epochs: 2}]",
        "--set", "split.mode=random",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "3 films could not be read" in result.stderr
    with (run / "unreadable.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {Path(row["path"]).name for row in rows} == damaged
    assert all(row["reason"] for row in rows)
    assert (run / "model.onnx").is_file()


@pytest.mark.films
@pytest.mark.slow
def test_prediction_lists_them_and_goes_on(one_in_a_hundred: tuple[Path, set[str]]) -> None:
    root, damaged = one_in_a_hundred
    result = pneumoscope("predict", root, "--json")
    assert result.returncode == 3, result.stderr
    document = json.loads(result.stdout)
    assert len(document["films"]) == 297
    assert {Path(film["film"]).name for film in document["unreadable"]} == damaged


def test_each_hostile_file_gets_one_clear_line(tmp_path: Path) -> None:
    """No crash, no hang, and no traceback, whatever the file."""
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.dcm").write_text("not a film")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.png")
    # A PNG header that announces 60,000 x 60,000 pixels.
    header = bytes.fromhex("89504e470d0a1a0a0000000d49484452 0000ea60 0000ea60 0800000000 00000000")
    (tmp_path / "bomb.png").write_bytes(header)
    names = ("empty.png", "text.dcm", "folder.jpg", "loop.png", "gone.png", "pipe.png", "bomb.png")
    for name in names:
        result = pneumoscope("predict", tmp_path / name, "--json")
        assert result.returncode == 1, (name, result.stdout, result.stderr)
        assert "Traceback" not in result.stderr
        assert name in result.stdout + result.stderr
