"""What jobs say of themselves: to a program that listens, and on standard error."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from film_files import dicom, gray_film
from pneumoscope.cli.main import main
from pneumoscope.inference.predictor import Predictor
from tiny_model import write_tiny_model


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A film of a person with a name, one with blanks in its own name, and one that is none."""
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "a.dcm").write_bytes(dicom(gray_film(), PatientName="Doe^Jane", PatientID="4711"))
    Image.new("L", (40, 40)).save(folder / "b c.png")
    (folder / "d.png").write_bytes(b"no film")
    write_tiny_model(tmp_path / "tiny.onnx")
    return folder


def predict(films: Path, *options: str) -> Result:
    arguments = ["predict", str(films), "--model", str(films.parent / "tiny.onnx"), "--csv"]
    return CliRunner().invoke(main, [*options, *arguments])


def test_a_program_that_listens_hears_of_every_film(
    films: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "pneumoscope"):
        list(Predictor.load(films.parent / "tiny.onnx").predict_many(sorted(films.iterdir())))
    loaded, *read = [record.getMessage() for record in caplog.records]
    assert loaded.startswith("loaded model=tiny milliseconds=")
    assert {line.partition(" milliseconds")[0].partition(" reason")[0] for line in read} == {
        f"read film={films / 'a.dcm'} model=tiny",
        f'read film="{films / "b c.png"}" model=tiny',
        f"not read film={films / 'd.png'}",
    }


def test_the_library_prints_nothing(films: Path) -> None:
    script = (
        "import sys; from pneumoscope import Predictor\n"
        "list(Predictor.load(sys.argv[1]).predict_many(sys.argv[2:]))"
    )
    files = map(str, sorted(films.iterdir()))
    done = subprocess.run(
        [sys.executable, "-c", script, films.parent / "tiny.onnx", *files],
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_nothing_is_logged_unless_asked(films: Path) -> None:
    predict(films, "-v")  # an earlier command changes nothing
    assert predict(films).stderr == "Research software, not a medical device.\n"


def test_verbose_tells_lines_for_people(films: Path) -> None:
    lines = predict(films, "-v").stderr.splitlines()
    assert len(lines) == 5
    assert any(f" read film={films / 'a.dcm'} model=tiny milliseconds=" in line for line in lines)


def test_json_lines_have_facts_and_nothing_of_the_patient(films: Path) -> None:
    result = predict(films, "--log-json")
    lines = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    (read,) = [line for line in lines if line.get("film") == str(films / "b c.png")]
    assert (read["event"], read["model"], read["level"]) == ("read", "tiny", "info")
    assert read["milliseconds"] > 0
    assert datetime.fromisoformat(read["time"]).utcoffset() is not None
    (refused,) = [line for line in lines if line.get("event") == "not read"]
    assert refused["film"] == str(films / "d.png")
    assert "4711" not in result.stderr
    assert "Doe" not in result.stderr


def test_errors_and_warnings_are_json_lines_too(films: Path) -> None:
    old = write_tiny_model(
        films.parent / "old.onnx", normal_class=None, normal_class_is_known=False
    )
    arguments = ["predict", str(films / "d.png"), "--model", str(old), "--jsonl"]
    result = CliRunner().invoke(main, ["--log-json", *arguments])
    told = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    (warning,) = [line for line in told if line["level"] == "warning"]
    assert "the healthy one" in warning["message"]
    result = CliRunner().invoke(main, ["--log-json", "predict", "x.png", "--model", "none.onnx"])
    assert result.exit_code == 1
    (error,) = map(json.loads, result.stderr.splitlines())
    assert (error["level"], "no model file" in error["message"]) == ("error", True)
    assert error["hint"]


def test_quiet_excludes_the_log() -> None:
    assert CliRunner().invoke(main, ["-q", "-v", "version"]).exit_code == 2


def test_threads_reach_the_libraries(films: Path) -> None:
    script = (
        "import os, sys; from pneumoscope.cli.main import main\n"
        "main(['--threads', '1', 'version'], standalone_mode=False)\n"
        "from pneumoscope.networks.registry import create_network\n"
        "from pneumoscope.recipe.settings import ModelConfig\n"
        "create_network(ModelConfig(name='small_cnn', weights='none'), 2)\n"
        "import torch; print(torch.get_num_threads(), os.environ['OMP_NUM_THREADS'],"
        " os.environ['OMP_WAIT_POLICY'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "1 1 PASSIVE"


def test_a_number_of_threads_that_is_none_is_a_usage_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PNEUMOSCOPE_THREADS", "many")
    result = CliRunner().invoke(main, ["version"])
    assert result.exit_code == 2
    assert "many" in result.stderr
