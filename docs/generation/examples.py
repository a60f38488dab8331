"""Running the examples of a page, and comparing what they print with what the page shows.

Two kinds of fenced blocks are examples: `console`, with shell commands behind `$ `, and `pycon`,
with Python behind `>>> `. All examples of a page run in order in one empty folder.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import math
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```(console|pycon)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"(\d[\d,]*\.\d+(?:e[+-]?\d+)?)")
# What differs from run to run: timings, and the width of a column that holds them.
_UNSTEADY = re.compile(r"\d+ ms\b|[ ─]+")
_END_OF_OUTPUT = "\x1e"
# Processors differ in the last digits of a probability.
_ROUNDING = 0.002


def with_fresh_outputs(page: str) -> str:
    """The page, with the output of every example as it is printed now."""
    with tempfile.TemporaryDirectory() as folder:
        names: dict[str, Any] = {}

        def rerun(block: re.Match[str]) -> str:
            kind, text = block.groups()
            fresh = _console(text, folder) if kind == "console" else _pycon(text, folder, names)
            return f"```{kind}\n{fresh}```"

        return _BLOCK.sub(rerun, page)


def agree(written: str, fresh: str) -> bool:
    """Whether two texts are the same, apart from timings and the rounding of decimal numbers."""
    ours, theirs = (_NUMBER.split(_UNSTEADY.sub(" ", text)) for text in (written, fresh))
    return len(ours) == len(theirs) and all(
        a == b or (place % 2 == 1 and math.isclose(_value(a), _value(b), abs_tol=_ROUNDING))
        for place, (a, b) in enumerate(zip(ours, theirs, strict=True))
    )


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _console(text: str, folder: str) -> str:
    """Commands and outputs of one block. One shell runs them all, so that `$?` means what it says.

    Raises `RuntimeError` where a block holds no command, or the shell ends before the last.
    """
    commands = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    script = "".join(
        f"{command}\nstatus=$?; printf '{_END_OF_OUTPUT}'; (exit $status)\n" for command in commands
    )
    programs = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PNEUMOSCOPE_CACHE": str(Path(folder) / ".cache"),
        "COLUMNS": "100",
    }
    shell = subprocess.run(
        ["bash"],
        input=script,
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    outputs = shell.stdout.split(_END_OF_OUTPUT)[:-1]
    if not commands or len(outputs) != len(commands):
        raise RuntimeError(f"The example did not run to its end:\n{text}\n{shell.stdout}")
    return "".join(
        f"$ {command}\n{_trimmed(output)}"
        for command, output in zip(commands, outputs, strict=True)
    )


def _trimmed(output: str) -> str:
    """Without trailing spaces, and without empty lines at its beginning and end."""
    text = "\n".join(line.rstrip() for line in output.splitlines()).strip("\n")
    return f"{text}\n" if text else ""


def _pycon(text: str, folder: str, names: dict[str, Any]) -> str:
    """Python of one block with its outputs; `names` are kept from block to block."""
    fresh = []
    for example in doctest.DocTestParser().get_examples(text):
        printed = io.StringIO()
        with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
            exec(compile(example.source, "<example>", "single"), names)
        first, *more = example.source.splitlines()
        lines = [f">>> {first}", *(f"... {line}" for line in more)]
        fresh.append("\n".join(lines) + "\n" + printed.getvalue())
    return "".join(fresh)
