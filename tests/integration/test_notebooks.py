"""The notebooks run from their first cell to their last.

Jupyter is not among the packages of the tests. A notebook's cells are plain Python here, without
magic, so they are run in order in a fresh process; what a cell ends with is shown as Jupyter would
show it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples").glob("*.ipynb"))

_RUN_CELLS = """
import ast, json, sys
names = {"__name__": "__main__"}
for cell in json.load(sys.stdin):
    *steps, last = ast.parse(cell).body
    shown = isinstance(last, ast.Expr)
    exec(compile(ast.Module(steps if shown else [*steps, last], []), "<cell>", "exec"), names)
    if shown:
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
        print(getattr(value, "_repr_html_", value.__repr__)())
"""


def cells(notebook: Path) -> list[dict[str, object]]:
    document = json.loads(notebook.read_text(encoding="utf-8"))
    assert (document["nbformat"], document["nbformat_minor"] >= 5) == (4, True)
    return list(document["cells"])


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_left_out(notebook: Path) -> None:
    code = [cell for cell in cells(notebook) if cell["cell_type"] == "code"]
    assert all((cell["outputs"], cell["execution_count"]) == ([], None) for cell in code)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs(notebook: Path, tmp_path: Path) -> None:
    code = ["".join(cell["source"]) for cell in cells(notebook) if cell["cell_type"] == "code"]
    done = subprocess.run(
        [sys.executable, "-c", _RUN_CELLS],
        input=json.dumps(code),
        cwd=tmp_path,
        env=os.environ | {"PNEUMOSCOPE_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "epoch run=" in done.stderr
    assert "<img src=" in done.stdout
    output = tmp_path / "notebook-output"
    for written in ("run/model.onnx", "comparison/report.html", "explanation/report.html"):
        assert (output / written).is_file()
