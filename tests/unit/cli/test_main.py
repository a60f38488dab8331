"""The outermost command: what it loads, and how it speaks of errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from PIL import Image

import pneumoscope
from pneumoscope.cli.lazy import LazyCommand
from pneumoscope.cli.main import COMMANDS, Boundary, main
from pneumoscope.errors import DatasetError
from pneumoscope.wording import NOTICE
from tiny_model import write_tiny_model


def modules_loaded_by(*arguments: str) -> set[str]:
    """Top-level modules in memory after the command has run in a fresh interpreter."""
    script = (
        "import sys\n"
        "from pneumoscope.cli.main import main\n"
        "status = None\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit as exit:\n"
        "    status = exit.code\n"
        "print('\\nMODULES', *{name.partition('.')[0] for name in sys.modules})\n"
        "sys.exit(status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stdout.rpartition("MODULES ")[2].split())


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of films that the tiny model tells apart, and the model beside them."""
    root = tmp_path_factory.mktemp("labelled")
    write_tiny_model(root / "tiny.onnx")
    for name, level in (("NORMAL", 60), ("PNEUMONIA", 200)):
        (root / "films" / name).mkdir(parents=True)
        for index in range(4):
            film = Image.new("L", (40, 40), level + index)
            film.save(root / "films" / name / f"person{index}_{index}.png")
    return root


HEAVY = {"torch", "torchvision", "lightning", "sklearn", "scipy", "matplotlib", "pandas", "onnx"}


def test_help_loads_nothing_heavy() -> None:
    assert not modules_loaded_by("--help") & (HEAVY | {"numpy", "onnxruntime", "pydantic", "rich"})


def test_predict_loads_nothing_heavy(labelled: Path) -> None:
    loaded = modules_loaded_by(
        "predict", str(labelled / "films"), "--model", str(labelled / "tiny.onnx"), "--json"
    )
    assert "onnxruntime" in loaded
    assert not loaded & (HEAVY | {"rich", "pydicom"})


def test_evaluate_loads_no_torch(labelled: Path) -> None:
    loaded = modules_loaded_by(
        "evaluate", str(labelled / "tiny.onnx"), str(labelled / "films"), "--replicates", "20"
    )
    assert "onnxruntime" in loaded
    assert not loaded & {"torch", "torchvision", "lightning", "onnx"}


def test_importing_the_package_loads_nothing_else() -> None:
    script = "import sys, pneumoscope; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & (HEAVY | {"numpy", "onnxruntime", "pydantic", "PIL"})


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_exists_and_agrees_with_its_line_in_the_list(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str(limit=100) == COMMANDS[name].short_help


def test_help_lists_every_command_and_the_notice() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert NOTICE in shown
    for name, lazy in COMMANDS.items():
        assert name in shown
        assert lazy.short_help in shown


def test_an_unknown_command_names_the_nearest() -> None:
    result = CliRunner().invoke(main, ["predct"])
    assert result.exit_code == 2
    assert "Did you mean 'predict'?" in result.stderr


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.split()[-1] == pneumoscope.__version__


def raising(error: BaseException) -> click.Group:
    """The outermost group with one command, which raises `error`."""

    @click.group(cls=Boundary, lazy={})
    @click.option("--debug", is_flag=True)
    def group(debug: bool) -> None:
        raise error

    group.lazy = {"go": LazyCommand("pneumoscope.cli.models:models", "")}
    return group


def test_our_errors_become_a_line_and_a_hint() -> None:
    result = CliRunner().invoke(raising(DatasetError("No films.", "Look elsewhere.")), ["go"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "error: No films.\nhint: Look elsewhere.\n"


def test_a_traceback_comes_with_debug_only() -> None:
    group = raising(DatasetError("No films."))
    assert "Traceback" not in CliRunner().invoke(group, ["go"]).stderr
    assert "Traceback" in CliRunner().invoke(group, ["--debug", "go"]).stderr


def test_a_bug_is_called_one() -> None:
    result = CliRunner().invoke(raising(KeyError("x")), ["go"])
    assert result.exit_code == 1
    assert "error: unexpected KeyError: 'x'" in result.stderr
    assert "--debug" in result.stderr


def test_ctrl_c_ends_with_130() -> None:
    result = CliRunner().invoke(raising(KeyboardInterrupt()), ["go"])
    assert result.exit_code == 130
    assert "Interrupted." in result.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = (
        "from pneumoscope.cli.main import main\n"
        "import time, sys\n"
        "sys.stdin.read()\n"  # until the reader has gone
        "main(['--help'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()
