"""The documentation says what is so."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner
from PIL import Image

from pneumoscope.cli.main import main
from pneumoscope.errors import PneumoscopeError
from pneumoscope.imaging.formats import FORMATS
from pneumoscope.modelfile.manifest import ModelManifest
from pneumoscope.phantoms import write_phantoms
from pneumoscope.recipe.parsing import parse_recipe
from tiny_model import write_tiny_model

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "pneumoscope"
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def page(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.mark.slow
def test_generated_pages_and_outputs_of_examples_are_current() -> None:
    check = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_relative_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in _anchors(linked), f"{page.name} links to {target}"


def _anchors(page: Path) -> set[str]:
    """The names that a web page of this text gives to its headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_commands_are_written_as_the_command_line_wants_them(page: Path) -> None:
    for line in _shell_lines(page.read_text(encoding="utf-8")):
        words = shlex.split(re.split(r" \d?[|>]", line)[0], comments=True)
        if words[:1] == ["pneumoscope"] and "predcit" not in words:
            _parse(main, "pneumoscope", words[1:])


def _shell_lines(text: str) -> list[str]:
    blocks = re.findall(r"^```(bash|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = []
    for kind, block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            if kind == "bash":
                lines.append(line)
            elif line.startswith("$ "):
                lines.append(line[2:])
    return lines


def _parse(command: click.Command, name: str, words: list[str]) -> None:
    """Raises `click.UsageError` for unknown commands and options; values are not looked at."""
    context = click.Context(command, info_name=name)
    _, rest, _ = command.make_parser(context).parse_args(list(words))
    if isinstance(command, click.Group) and rest:
        found, subcommand, rest = command.resolve_command(context, rest)
        assert found is not None
        assert subcommand is not None
        _parse(subcommand, found, rest)


def test_recipes_that_are_shown_are_recipes(page: Path) -> None:
    for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
        parse_recipe(yaml.safe_load(block))


@pytest.mark.slow
def test_examples_of_python_run(tmp_path: Path) -> None:
    """Apart from training, which `examples/` does: its place is taken by a model that is there."""
    write_phantoms(tmp_path / "drawn", 12, seed=0, widths=(100, 120))
    (tmp_path / "drawn" / "chest_xray").rename(tmp_path / "data")
    Image.new("L", (40, 40), 99).save(tmp_path / "film.png")
    (tmp_path / "broken.png").touch()
    write_tiny_model(tmp_path / "tiny.onnx")
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    script = "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    script, trained = re.subn(r"(?m)^run = pneumoscope\.train\(.*\n", "", script)
    assert trained == 1
    script = script.replace("run.model", "'tiny.onnx'").replace("run.folder", "'tiny.onnx'")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_architecture_points_at_files_that_are_there() -> None:
    where_to_look = ARCHITECTURE.partition("## Where to look")[2].partition("## ")[0]
    named = re.findall(r"`([\w/]+\.py)`", where_to_look)
    assert named
    assert [name for name in named if not (PACKAGE / name).is_file()] == []


BASE = {"claims", "class_roles", "cores", "errors", "files", "lock", "logs", "wording"}
"""The files beside the rooms, which all rooms may use."""


def test_nothing_lies_loose_beside_the_rooms() -> None:
    loose = {path.name for path in PACKAGE.glob("*.*")}
    assert loose == {"__init__.py", "__main__.py", "py.typed", *(f"{name}.py" for name in BASE)}


def test_every_room_has_its_floor() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    floors = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    named = {room.strip().removeprefix("pneumoscope.") for row in floors for room in row.split("|")}
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert named == rooms | BASE


def test_every_field_of_a_manifest_is_explained() -> None:
    text = (ROOT / "docs" / "model-file.md").read_text(encoding="utf-8")
    missing = [name for name in ModelManifest.model_fields if f"`{name}`" not in text]
    assert not missing


def test_every_format_of_films_is_named() -> None:
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    assert all(kind.name in text for kind in FORMATS)


def test_the_fields_of_a_finding_are_explained_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "broken.png").touch()
    Image.new("L", (40, 40)).save(tmp_path / "film.png")
    arguments = ("--model", str(write_tiny_model(tmp_path / "tiny.onnx")), "--json")
    arguments += ("--heatmaps", str(tmp_path / "heatmaps"))
    result = CliRunner().invoke(main, ["predict", str(tmp_path), *arguments])
    text = (ROOT / "docs" / "finding.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?) \|", text, re.MULTILINE)
    explained = [name for row in rows for name in re.findall(r"`(.+?)`", row)]
    assert explained == list(_fields(json.loads(result.stdout)))


def _fields(document: dict[str, Any], place: str = "") -> Iterator[str]:
    """The dotted names of all fields, in order; the keys of `probabilities` and `thresholds` are
    classes."""
    for name, value in document.items():
        if isinstance(value, dict) and name not in ("probabilities", "thresholds"):
            yield from _fields(value, f"{place}{name}.")
        else:
            yield place + name
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from _fields(value[0], f"{place}{name}[].")


def test_every_error_is_explained() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert PneumoscopeError.__name__ in text
    assert all(kind.__name__ in text for kind in PneumoscopeError.__subclasses__())
