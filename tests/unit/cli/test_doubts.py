"""Commands that use a model repeat its warnings, for people on standard error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pneumoscope.cli.main import main
from tiny_model import write_tiny_model

WARNING = "warning: The file of the model 'tiny' does not say which of its classes"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model of which it is not known that No Finding is the healthy class."""
    classes = ("Covid", "No Finding")
    return write_tiny_model(
        tmp_path / "tiny.onnx", classes, normal_class=None, normal_class_is_known=False
    )


@pytest.fixture
def films(tmp_path: Path) -> Path:
    for label, gray in (("Covid", 60), ("No Finding", 200)):
        (tmp_path / "films" / label).mkdir(parents=True)
        for number in range(3):
            pixels = np.full((40, 40), gray + number, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "films" / label / f"{number}.png")
    return tmp_path / "films"


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    assert result.stderr.count(WARNING) == 1
    return result


def test_predict(model: Path, films: Path) -> None:
    document = json.loads(run("predict", films, "--model", model, "--json").stdout)
    (warning,) = document["warnings"]
    assert f"warning: {warning}".startswith(WARNING)
    assert document["normal_class"] is None
    # Nothing is taken for the healthy class: what is called is told.
    assert all(film["class_of_interest"] == film["finding"] for film in document["films"])


def test_evaluate(model: Path, films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("evaluate", model, films, "--replicates", 20, "--json", "--out", out)
    document = json.loads(result.stdout)
    assert document["model"]["normal_class"] is None
    assert len(document["model"]["warnings"]) == 1
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "does not say which of its classes" in page
    assert "Work to expect" not in page


def test_compare(model: Path, films: Path, tmp_path: Path) -> None:
    result = run(
        "compare", model, "--data", films, "--out", tmp_path / "out", "--replicates", 20, "--json"
    )
    assert json.loads(result.stdout)["models"][0]["warnings"]


def test_explain(model: Path, films: Path, tmp_path: Path) -> None:
    run("explain", model, films, "--out", tmp_path / "out")


def test_the_card_says_that_it_is_not_known(model: Path) -> None:
    shown = CliRunner().invoke(main, ["models", "show", str(model)])
    assert "Healthy class: not known" in shown.stdout
    assert "Warning: The file of the model 'tiny'" in shown.stdout
