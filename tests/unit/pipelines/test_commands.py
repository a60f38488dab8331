"""The commands as functions of Python."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import click
import pytest

import pneumoscope
from pneumoscope.cli.main import main
from pneumoscope.cli.tables import TABLE_ARGUMENTS
from pneumoscope.errors import PneumoscopeError, RecipeError
from pneumoscope.evaluation.stress_test import read_stress_test
from pneumoscope.phantoms import write_phantoms
from varied_model import write_varied_model

# What commands ask about printing, and what in Python is done otherwise: a predictor has its
# prevalence, `classes` takes all classes, a mapper is made of method and run, and `--assess` is
# another job. `--patient-regex` and `--patients` are one `PatientRule`, what is about tables is one
# `TableRules`.
_OTHERWISE = {"as_json", "patient_regex", *TABLE_ARGUMENTS}
_OF_EXPLAIN = {
    *("inputs", "all_classes", "prevalence", "method", "run", "assess", "splits", "split"),
    *(
        "labels",
        "patients",
        "lung_fields",
        "boxes",
        "perturbed_films",
        "replicates",
        "seed",
        "record",
    ),
}


@pytest.mark.parametrize(
    ("name", "otherwise"),
    [("train", set()), ("evaluate", set()), ("compare", set()), ("explain", _OF_EXPLAIN)],
)
def test_functions_take_what_the_options_take(name: str, otherwise: set[str]) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    options = {str(option.name) for option in command.params}
    parameters = inspect.signature(getattr(pneumoscope, name)).parameters
    assert options - _OTHERWISE - otherwise <= parameters.keys()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_varied_model(folder / "other.onnx", seed=2)
    return write_varied_model(folder / "model.onnx", seed=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_phantoms(folder, 12, seed=0, widths=(100, 120))
    return folder / "chest_xray"


def test_evaluation_is_returned_and_written(model: Path, data: Path, tmp_path: Path) -> None:
    evaluation = pneumoscope.evaluate(model, data, replicates=5, split="test", out=tmp_path)
    written = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    assert written["metrics"]["roc_auc"]["value"] == evaluation.metrics["roc_auc"].value
    assert (tmp_path / "report.html").is_file()
    (tmp_path / "scores.csv").write_text("theirs", encoding="utf-8")
    with pytest.raises(PneumoscopeError, match=r"scores\.csv exists"):
        pneumoscope.evaluate(model, data, replicates=5, split="test", out=tmp_path)


def test_a_stress_test_is_written_beside_the_evaluation(
    model: Path, data: Path, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"replicates": 5, "split": "test", "stress": True}
    with pytest.raises(PneumoscopeError, match="written into a folder"):
        pneumoscope.evaluate(model, data, **settings)
    evaluation = pneumoscope.evaluate(model, data, out=tmp_path, **settings)
    assert read_stress_test(tmp_path).matches(evaluation)
    assert 'id="stress"' in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_comparison_is_returned_and_written(model: Path, data: Path, tmp_path: Path) -> None:
    models = [model, model.with_name("other.onnx")]
    comparison = pneumoscope.compare(models, data, replicates=5, out=tmp_path)
    assert [each.name for each in comparison.models] == ["model", "other"]
    assert {"comparison.json", "report.html"} <= {path.name for path in tmp_path.iterdir()}


def test_explanation_has_a_page(model: Path, data: Path, tmp_path: Path) -> None:
    explanation = pneumoscope.explain(model, data / "test", tmp_path / "out", limit=1)
    assert len(explanation.films) == 1
    assert (tmp_path / "out" / "report.html").is_file()


def test_overrides_do_not_go_with_a_recipe_that_is_there(data: Path) -> None:
    recipe = pneumoscope.load_recipe("small-cnn")
    with pytest.raises(RecipeError, match="seed=1, which change"):
        pneumoscope.train(recipe, data, overrides=["seed=1"])
