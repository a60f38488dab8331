"""Completion in shells, and the version as a command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

import pneumoscope
from pneumoscope.cli.main import main


def test_version_is_a_command_too() -> None:
    for arguments in (["version"], ["--version"]):
        said = CliRunner().invoke(main, arguments, prog_name="pneumoscope").stdout
        assert said == f"pneumoscope {pneumoscope.__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_of_the_shell(shell: str) -> None:
    script = CliRunner().invoke(main, ["completion", shell]).stdout
    assert f"_PNEUMOSCOPE_COMPLETE={shell}_complete" in script
    if found := shutil.which(shell):
        subprocess.run([found, "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize(
    ("line", "expected"),
    [("pneumoscope pre", "predict"), ("pneumoscope cache cl", "clear")],
)
def test_words_are_completed(line: str, expected: str) -> None:
    environment = os.environ | {
        "_PNEUMOSCOPE_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pneumoscope"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"plain,{expected}\n"
