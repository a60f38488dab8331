"""`pneumoscope models`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pneumoscope.cli.main import main
from pneumoscope.cli.model_lists import model_lists, print_lists
from pneumoscope.modelfile.file import read_manifest
from pneumoscope.modelfile.find import packaged_models
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.recipe.architectures import ARCHITECTURES
from pneumoscope.recipe.files import packaged_recipes
from pneumoscope.wording import NOTICE
from tiny_model import write_tiny_model


def test_models_lists_what_is_packaged() -> None:
    result = CliRunner().invoke(main, ["models"])
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    for name in (*packaged_models(), *ARCHITECTURES, *packaged_recipes()):
        assert any(line.startswith(f"{name} ") for line in lines), name
    assert "resnet50 224 23.5 M 4.09 G 94.0 MB" in lines
    assert "a-cnn-scratch small_cnn 224 0.98 M 3.92 MB 25 A: scratch against transfer" in lines
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_the_lists_as_json() -> None:
    lists = json.loads(CliRunner().invoke(main, ["models", "--json"]).stdout)
    assert [record["name"] for record in lists["networks"]] == [*ARCHITECTURES]
    assert {record["name"] for record in lists["recipes"]} == packaged_recipes().keys()
    (model,) = [record for record in lists["models"] if record["name"] in packaged_models()][:1]
    assert model["parameters"] == pytest.approx(2.23e6, rel=0.01)
    assert model["file_bytes"] == packaged_models()[model["name"]].stat().st_size


def test_a_network_that_is_not_registered_is_listed_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lists = model_lists()
    outside = {"network": "mine", "parameters": None, "file_bytes": None}
    print_lists({**lists, "recipes": [{**lists["recipes"][0], **outside}]})
    assert "mine 224 not known not known 25" in " ".join(capsys.readouterr().out.split())


def test_sizes_are_known_without_torch() -> None:
    script = (
        "import sys; from pneumoscope.cli.main import main; "
        "main(['models'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.splitlines()[-1].split()
    assert "pneumoscope.recipe.architectures" in loaded
    assert not {"torch", "timm", "onnx"} & set(loaded)


def test_show_prints_the_card(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.onnx")
    result = CliRunner().invoke(main, ["models", "show", str(path)])
    assert result.exit_code == 0
    assert "Limitations: tells bright from dark" in result.stdout
    assert "  screening: NORMAL 0.900, PNEUMONIA 0.100" in result.stdout
    assert "Held-out figures: none in this model file." in result.stdout
    assert "recipe" not in result.stdout
    assert NOTICE in result.stdout


def test_the_card_holds_the_figures_of_each_split(tmp_path: Path) -> None:
    measured = {"value": 0.9, "low": 0.8, "high": 0.95, "level": 0.95}
    no_interval = measured | {"low": None, "high": None}
    undefined = no_interval | {"value": None}
    decisions = {"accuracy": measured, "sensitivity": measured, "specificity": undefined}
    evaluation = {
        "films": {"NORMAL": 3, "PNEUMONIA": 4},
        "metrics": {"roc_auc": no_interval},
        "operating_points": {point: {"metrics": decisions} for point in ("balanced", "screening")},
    }
    training = {"date": "2026-01-02", "evaluation": {"val": evaluation, "test": evaluation}}
    path = write_tiny_model(tmp_path / "tiny.onnx", training=training)
    result = CliRunner().invoke(main, ["models", "show", str(path)])
    rows = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "Date: 2026-01-02" in rows
    assert "films 7 7" in rows
    assert "ROC-AUC 0.900 0.900" in rows
    assert "accuracy, screening 0.900 (0.800 to 0.950) 0.900 (0.800 to 0.950)" in rows
    assert "specificity, balanced undefined undefined" in rows


def test_show_prints_the_full_manifest_as_json(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.onnx")
    result = CliRunner().invoke(main, ["models", "show", str(path), "--json"])
    assert ModelManifest.model_validate_json(result.stdout) == read_manifest(path)


def test_show_refuses_what_is_no_model_file(tmp_path: Path) -> None:
    (tmp_path / "film.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = CliRunner().invoke(main, ["models", "show", str(tmp_path / "film.png")])
    assert result.exit_code == 1
    assert "not an ONNX file" in result.stderr
