"""`docs/service.md` says what is so: its examples run, and its tables are complete."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import httpx
import pytest

from drawn_films import drawn_film
from pneumoscope.cli.serve import serve
from pneumoscope.serving import problems
from served import Served, serving

pytestmark = pytest.mark.slow  # processes that start, wait and end

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "service.md").read_text(encoding="utf-8")
SOURCES = Path(problems.__file__).parent
WRITTEN = "http://localhost:8000"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> object:
    with serving(tmp_path_factory.mktemp("page"), "--rate", "0") as served:
        yield served


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A folder with the films that the page names."""
    (tmp_path / "film.png").write_bytes(drawn_film(1))
    (tmp_path / "study.dcm").write_bytes(drawn_film(2, "dicom"))
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7")
    return tmp_path


def test_examples_of_curl_run(served: Served, films: Path) -> None:
    curl = [block for block in blocks("bash") if "curl" in block]
    assert curl
    if shutil.which("curl") is None:
        pytest.skip("curl is missing: apt-get install curl")
    script = "set -e\n" + "\n".join(curl).replace(WRITTEN, served.url)
    done = subprocess.run(["bash", "-c", script], cwd=films, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (films / "findings.csv").read_text().startswith("id,")


def test_the_commands_on_the_history_run_beside_the_service(served: Served, films: Path) -> None:
    commands = [block for block in blocks("bash") if re.search(r"serve (token|backup)", block)]
    assert len(commands) == 2
    program = f"{shlex.quote(sys.executable)} -m pneumoscope"
    script = "set -e\n" + "\n".join(commands).replace("pneumoscope", program)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=films,
        env=os.environ | {"PNEUMOSCOPE_HOME": str(served.output.parent)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (films / "elsewhere" / "history.sqlite").is_file()


def test_the_example_of_python_runs(served: Served, films: Path) -> None:
    """It deletes the record that it made, and leaves that of a film that was known before."""
    (script,) = blocks("python")
    new, known = drawn_film(3, "dicom"), drawn_film(4, "dicom")
    earlier = httpx.post(f"{served.url}/v1/predictions", files={"film": known}, timeout=60)
    for film, left in ((new, 0), (known, 1)):
        (films / "study.dcm").write_bytes(film)
        done = subprocess.run(
            [sys.executable, "-c", script.replace(WRITTEN, served.url)],
            cwd=films,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("study.dcm ")
        assert (films / "overlay.png").read_bytes().startswith(b"\x89PNG")
        kept = httpx.get(f"{served.url}/v1/predictions").json()["predictions"]
        sent = hashlib.sha256(film).hexdigest()
        assert [one["review"] for one in kept if one["sha256"] == sent] == [None] * left
    assert earlier.json()["films"][0]["id"] in [one["id"] for one in kept]


def test_the_answer_that_is_shown_has_fields_of_real_ones(served: Served) -> None:
    (shown,) = map(json.loads, blocks("json"))
    real = httpx.post(
        f"{served.url}/v1/predictions",
        content=drawn_film(1),
        headers={"content-type": "image/png"},
        timeout=60,
    ).json()
    assert shown.keys() == real.keys()
    assert shown["films"][0].keys() <= real["films"][0].keys()


def test_every_problem_is_in_the_table() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.py"))
    kinds = set(re.findall(r"\b(?:Problem\(\s*|return )(\d{3}), ?\s*\"([a-z-]+)\"", sources))
    assert len(kinds) > 20
    table = TEXT.partition("## Problems")[2].partition("\n## ")[0]
    told = {
        (status, kind)
        for status, kinds_told in re.findall(r"^\| (\d{3}) \| (.+?) \|", table, re.MULTILINE)
        for kind in re.findall(r"`([a-z-]+)`", kinds_told)
    }
    assert kinds - told == set()


def test_every_figure_is_in_the_table(served: Served) -> None:
    figures = httpx.get(f"{served.url}/metrics").text
    names = set(re.findall(r"^# HELP (\w+) ", figures, re.MULTILINE))
    made = {name for name in names if name.endswith("_created")}
    told = set(re.findall(r"^\| `(pneumoscope_\w+)` \|", TEXT, re.MULTILINE))
    assert told == names - made


def test_every_option_is_told() -> None:
    text = TEXT + (DOCS / "deployment.md").read_text(encoding="utf-8")
    options = [param.opts[0] for param in serve.params if isinstance(param, click.Option)]
    assert [option for option in options if f"`{option}" not in text] == []
