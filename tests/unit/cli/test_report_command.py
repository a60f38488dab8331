"""`pneumoscope report` as a person runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pneumoscope.cli.main import main
from tiny_run import write_tiny_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_tiny_run(tmp_path / "run", tmp_path / "films")


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


def test_a_run_whose_films_are_gone_has_a_report_that_says_so(run: Path, tmp_path: Path) -> None:
    (tmp_path / "films").rename(tmp_path / "moved")
    result = invoke(run)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"Report: {run / 'report.html'}\n"
    assert "the\n  films were not found" in (run / "report.html").read_text(encoding="utf-8")


def test_an_evaluation_has_films_where_its_model_is_found(run: Path, tmp_path: Path) -> None:
    evaluation = run / "evaluation" / "test"
    assert invoke(evaluation).exit_code == 0
    assert "Films with heatmaps</h2>" in (evaluation / "report.html").read_text(encoding="utf-8")

    alone = tmp_path / "alone"
    evaluation.rename(alone)
    result = invoke(alone)
    assert result.exit_code == 0
    assert "The model of this evaluation was not found" in result.stderr
    assert "Films with heatmaps" not in (alone / "report.html").read_text(encoding="utf-8")


def test_another_folder_is_refused(tmp_path: Path) -> None:
    result = invoke(tmp_path)
    assert result.exit_code == 1
    assert "is no finished run, evaluation, comparison or assessment of heatmaps" in result.stderr
    assert "evaluation.json" in result.stderr
    (tmp_path / "recipe.yaml").touch()
    assert "is not finished" in invoke(tmp_path).stderr
    assert f"--recipe {tmp_path / 'recipe.yaml'} --data FILMS" in invoke(tmp_path).stderr


def test_films_that_are_not_there_are_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    result = invoke(run, "--films", tmp_path / "elsewhere")
    assert result.exit_code == 1
    assert "None of the 20 films lies in" in result.stderr
