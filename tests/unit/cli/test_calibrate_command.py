"""`pneumoscope calibrate`: a model file for films of one's own, or why there is none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pneumoscope.cli.main import main
from pneumoscope.modelfile.file import read_manifest
from tiny_model import seen_of, write_tiny_model

COUNTS = {"NORMAL": 14, "PNEUMONIA": 11}


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Dark normal films and bright ill ones, with noise."""
    rng = np.random.default_rng(0)
    for label, level in (("NORMAL", 80), ("PNEUMONIA", 150)):
        folder = tmp_path / "films" / label
        folder.mkdir(parents=True)
        for number in range(COUNTS[label]):
            film = rng.normal(level + rng.normal(0, 40), 30, (40, 40)).clip(0, 255)
            Image.fromarray(film.astype(np.uint8)).save(folder / f"{number}.png")
    return tmp_path / "films"


def run(tmp_path: Path, *arguments: object) -> Result:
    cache = ("--cache", tmp_path / "cache", "--replicates", 50, "--patients", "one-film-each")
    return CliRunner().invoke(main, ["calibrate", *map(str, (*arguments, *cache))])


def test_a_file_is_written_and_before_and_after_told(films: Path, tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "tiny.onnx")
    out = tmp_path / "ours.onnx"
    result = run(tmp_path, model, films, "--out", out)
    assert result.exit_code == 0, result.output
    assert "14 NORMAL of 14 patients, 11 PNEUMONIA of 11 patients" in result.stdout
    assert "fitted, cross-checked" in result.stdout
    assert "no figures that these could be held against" in result.stdout
    assert "offsets alone were fitted" in result.stderr
    before, after = read_manifest(model), read_manifest(out)
    assert after.graph_sha256 == before.graph_sha256
    assert after.calibration.scale == pytest.approx(before.calibration.scale)
    assert after.prevalence == pytest.approx({"NORMAL": 14 / 25, "PNEUMONIA": 11 / 25})
    told = json.loads(run(tmp_path, model, films, "--out", out, "--json").stdout)
    assert told["file"] == str(out)
    assert told["settings"]["operating_points"] == after.operating_points
    assert told["fitted"] == "offsets"


def test_the_new_file_knows_the_films_that_chose_its_settings(films: Path, tmp_path: Path) -> None:
    seen = seen_of(films, val=["NORMAL/0.png"])
    model = write_tiny_model(tmp_path / "tiny.onnx", seen=seen)
    assert run(tmp_path, model, films, "--out", tmp_path / "ours.onnx").exit_code == 0
    after = read_manifest(tmp_path / "ours.onnx").seen
    assert after is not None
    assert after.count() == {"train": 0, "val": 25}


def test_healthy_films_alone_are_judged_and_nothing_is_written(films: Path, tmp_path: Path) -> None:
    for film in (films / "PNEUMONIA").iterdir():
        film.unlink()
    model = write_tiny_model(tmp_path / "tiny.onnx")
    out = tmp_path / "ours.onnx"
    result = run(tmp_path, model, films, "--out", out)
    assert result.exit_code == 1
    assert "Specificity, balanced" in result.stdout
    assert "Sensitivity" not in result.stdout
    assert "Nothing was fitted, and no file written: there are 0 patients of PNEUMONIA" in (
        result.stderr
    )
    assert "at least 10 patients of every class" in result.stderr
    assert not out.exists()
    told = json.loads(run(tmp_path, model, films, "--out", out, "--json").stdout)
    assert told["file"] is None
    assert told["before"]["operating_points"]["balanced"]["sensitivity"]["value"] is None


def test_films_that_the_model_learned_from_are_refused(films: Path, tmp_path: Path) -> None:
    seen = seen_of(films, train=["NORMAL/0.png", "PNEUMONIA/1.png"])
    model = write_tiny_model(tmp_path / "tiny.onnx", seen=seen)
    result = run(tmp_path, model, films, "--out", tmp_path / "ours.onnx")
    assert result.exit_code == 1
    assert "was trained on 2 of the 25 films" in result.stderr
