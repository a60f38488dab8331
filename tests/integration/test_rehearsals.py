"""Folds and rehearsals from beginning to end, on phantoms: what they leave behind, and going on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pneumoscope.cli.main import main
from pneumoscope.data.table import FilmTable
from pneumoscope.evaluation.evaluation import read_evaluation
from pneumoscope.evaluation.rehearsal import read_rehearsal
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.phantoms import write_phantoms

pytestmark = pytest.mark.slow
SMALL = ("--set", "preprocess.size=64", "--epochs", "1")


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantoms")
    write_phantoms(folder, 130, seed=3, formats=("jpeg",), widths=(120, 160))
    return folder


def run(*arguments: object, standard_output: bool = False) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout if standard_output else result.output


def test_folds_set_calibration_and_thresholds_of_a_run_that_goes_on(
    phantoms: Path, tmp_path: Path
) -> None:
    given = ("--recipe", "small-cnn", "--data", phantoms, "--run", tmp_path / "run", *SMALL)
    output = run("train", *given, "--folds", 2, "--set", "folds.mode=random")
    assert "2 folds, each judged on what it held out (random):" in output
    manifest = read_manifest(tmp_path / "run" / "model.onnx")
    record = manifest.training["calibration"]
    assert (record["folds"], record["seeds"]) == (2, 1)
    tables = [
        FilmTable.read_csv(tmp_path / "run" / "folds" / str(fold) / "split.csv", phantoms)
        for fold in (1, 2)
    ]
    held_out = sorted(film.path for table in tables for film in table.select("test").films)
    whole = FilmTable.read_csv(tmp_path / "run" / "split.csv", phantoms)
    others = [film.path for film in whole.films if film.split in ("train", "val")]
    assert held_out == sorted(others)  # the films of test set nothing
    assert sum(sum(row.values()) for row in record["films"].values()) == len(others)
    figures = read_rehearsal(tmp_path / "run" / "folds" / "folds.json").recipes[0]
    for number, fold in enumerate(figures.folds, start=1):
        judged = read_evaluation(tmp_path / "run" / "folds" / str(number) / "evaluation" / "test")
        assert fold.roc_auc == pytest.approx(judged.metrics["roc_auc"].value)
        own = judged.operating_points["balanced"].metrics
        assert fold.specificity == pytest.approx(own["specificity"].value)
    page = (tmp_path / "run" / "report.html").read_text()
    assert re.search(r"2 others were trained, each without one part of the films \(random", page)

    written = (tmp_path / "run" / "folds" / "1" / "model.onnx").read_bytes()
    (tmp_path / "run" / "folds" / "2" / "evaluation" / "test" / "evaluation.json").unlink()
    for lost in ("model.onnx", "report.html"):
        (tmp_path / "run" / lost).unlink()
    run("train", "--resume", tmp_path / "run")
    assert (tmp_path / "run" / "folds" / "1" / "model.onnx").read_bytes() == written
    again = read_rehearsal(tmp_path / "run" / "folds" / "folds.json").recipes[0]
    np.testing.assert_allclose(
        [fold.roc_auc for fold in again.folds], [fold.roc_auc for fold in figures.folds]
    )


def test_a_rehearsal_is_told_beforehand_and_goes_on(phantoms: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(
        "name: tiny\nmodel: {name: small_cnn, weights: none}\nstages: [{epochs: 1}]\n"
    )
    given = ("rehearse", recipe, "--data", phantoms, "--out", tmp_path / "out")
    given = (*given, "--size", 64, "--folds", 2, "--mode", "random", "--mode", "groups")
    output = run(*given)
    assert re.search(r"tiny: about \d", output)
    rows = read_rehearsal(tmp_path / "out" / "rehearsal.json").recipes
    assert [(row.name, row.mode) for row in rows] == [
        ("linear probe", "random"),
        ("linear probe", "groups"),
        ("tiny", "random"),
        ("tiny", "groups"),
    ]
    assert read_rehearsal(tmp_path / "out" / "rehearsal.json").films == {
        "NORMAL": 52,
        "PNEUMONIA": 52,
    }
    assert all(len(row.folds) == 2 for row in rows)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("model.onnx")}
    assert len(before) == 4
    again = json.loads(run(*given, "--json", standard_output=True))
    assert [row["name"] for row in again["recipes"]] == [row.name for row in rows]
    assert before == {path: path.stat().st_mtime_ns for path in before}
    refused = CliRunner().invoke(main, [str(part) for part in (*given, "--epochs", 2)])
    assert refused.exit_code == 1
    assert "holds a fold with other settings or other films" in refused.output
