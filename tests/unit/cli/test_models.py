"""`pneumoscope models`."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from pneumoscope.cli import NOTICE
from pneumoscope.cli.main import main
from pneumoscope.modelfile import packaged_models
from pneumoscope.recipe_files import packaged_recipes
from tiny_model import write_tiny_model


def test_models_lists_what_is_packaged() -> None:
    result = CliRunner().invoke(main, ["models"])
    assert result.exit_code == 0
    for name in (*packaged_models(), *packaged_recipes()):
        assert name in result.stdout


def test_show_prints_the_card(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.onnx")
    result = CliRunner().invoke(main, ["models", "show", str(path)])
    assert result.exit_code == 0
    assert "Limitations: tells bright from dark" in result.stdout
    assert "  screening: NORMAL 0.900, PNEUMONIA 0.100" in result.stdout
    assert NOTICE in result.stdout


def test_show_refuses_what_is_no_model_file(tmp_path: Path) -> None:
    (tmp_path / "film.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = CliRunner().invoke(main, ["models", "show", str(tmp_path / "film.png")])
    assert result.exit_code == 1
    assert "not an ONNX file" in result.stderr
