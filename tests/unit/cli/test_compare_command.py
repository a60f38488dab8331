"""`pneumoscope compare` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compared_models import ComparedModels, write_compared_models
from pneumoscope.cli.main import main
from pneumoscope.evaluation.comparison import read_comparison


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ComparedModels:
    return write_compared_models(tmp_path_factory.mktemp("models"), ("NORMAL", "PNEUMONIA"))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["compare", *map(str, arguments), "--replicates", "20"])


def test_tables_show_the_comparison(models: ComparedModels, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(
        *(models.good, models.fair, models.odd, "--data", models.films, "--out", out),
        *("--splits", models.good / "split.csv", "--split", "val"),
    )
    assert result.exit_code == 0, result.stderr
    assert "3 models" in result.stdout
    assert "48 films of 24 patients, by the names of the files" in result.stdout
    assert "24 NORMAL, 24 PNEUMONIA" in result.stdout
    lines = [line.split() for line in result.stdout.splitlines()]
    accuracy = read_comparison(out).models[0].figures["accuracy"]
    assert ["good", f"{accuracy.value:.3f}"] in [line[:2] for line in lines]
    assert "good − odd" in result.stdout
    assert "good is better than odd in accuracy" in result.stdout
    assert "Averages of all classes, weighted by their films" in result.stdout
    assert "Reported" not in result.stdout
    assert "1 min 0 s" in result.stdout
    assert "of the films are called alike by all models" in result.stdout
    assert "not a medical device" in result.stdout
    assert result.stdout.endswith(f"Report: {out / 'report.html'}\n")
    assert (out / "report.html").is_file()
    assert (out / "figures" / "roc.png").is_file()


def test_json_is_all_that_goes_to_stdout(models: ComparedModels, tmp_path: Path) -> None:
    result = run(
        *(models.good, models.odd, "--data", models.films, "--split", "val"),
        *("--out", tmp_path / "out", "--json"),
    )
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert [model["name"] for model in document["models"]] == ["good", "odd"]
    assert result.stdout == (tmp_path / "out" / "comparison.json").read_text()
    assert "report.html" in result.stderr


def test_training_films_are_left_out(models: ComparedModels, tmp_path: Path) -> None:
    arguments = (models.good, models.odd, "--data", models.films, "--out", tmp_path / "out")
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    assert "96 films of 48 patients" in result.stdout
    assert "48 films that a model has learned from" in " ".join(result.stdout.split())
    refused = run(*arguments, "--split", "train", "--overwrite")
    assert refused.exit_code == 1
    assert "error: Of the 48 films, good has learned from 48." in refused.stderr
    assert "hint: " in refused.stderr


def test_unreadable_films_are_listed_and_told_by_the_status(
    models: ComparedModels, tmp_path: Path
) -> None:
    table = tmp_path / "films.csv"
    rows = (models.good / "split.csv").read_text().splitlines()
    table.write_text("\n".join([*rows, "val/NORMAL/gone.png,NORMAL,val,IM-0999,IM,999"]))
    result = run(
        *(models.good, "--data", models.films, "--splits", table, "--split", "val"),
        *("--out", tmp_path / "out"),
    )
    assert result.exit_code == 3
    assert "1 film could not be read:" in result.stdout
    assert "val/NORMAL/gone.png" in result.stdout


def test_a_report_can_be_written_again(models: ComparedModels, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(models.good, models.odd, "--data", models.films, "--split", "val", "--out", out)
    before = (out / "report.html").read_text(encoding="utf-8")
    (out / "report.html").unlink()
    result = CliRunner().invoke(main, ["report", str(out)])
    assert result.exit_code == 0
    assert (out / "report.html").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.onnx"], "There is no model file and no packaged model 'missing.onnx'."),
        (["mobilenetv2-pediatric", "--split", "val"], "There are no films in the split 'val'."),
    ],
)
def test_mistakes_end_in_one_line_and_a_hint(
    models: ComparedModels, tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = run(*arguments, "--data", models.films / "test", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
