"""Standard output that is full, closed, or that nobody reads to its end: real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from PIL import Image

from tiny_model import write_tiny_model

COMMAND = [sys.executable, "-m", "pneumoscope"]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("output")
    write_tiny_model(folder / "tiny.onnx")
    for number in range(3):
        Image.fromarray(np.full((40, 40), number, np.uint8)).save(folder / f"{number}.png")
    return folder


ARGUMENTS = [["--help"], ["models"], *([["predict", "*.png", *form] for form in ([], ["--json"])])]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=" ".join)
def test_a_full_disk_is_one_line(films: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(films, arguments, full)
    assert done.returncode == 1
    assert done.stderr.startswith("error: No space left on device.\nhint: Check")
    assert done.stderr.count("\n") == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell of Unix")
def test_closed_output_is_one_line(films: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "predict", "*.png", "--model", "tiny.onnx"],
        cwd=films,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "error: standard output is closed: there is nowhere to put results.\n"


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=" ".join)
def test_a_reader_that_leaves_ends_the_job_quietly(films: Path, arguments: list[str]) -> None:
    process = subprocess.Popen(
        [*COMMAND, *with_model(arguments)],
        cwd=films,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    assert process.wait() == 1
    assert "Traceback" not in told
    assert "error" not in told


def run(folder: Path, arguments: list[str], output: IO[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *with_model(arguments)],
        cwd=folder,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
    )


def with_model(arguments: list[str]) -> list[str]:
    return [*arguments, "--model", "tiny.onnx"] if "predict" in arguments else arguments
