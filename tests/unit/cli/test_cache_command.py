"""What the cache holds, and that nothing else is ever removed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pneumoscope.cli.main import main
from pneumoscope.data.cache import PixelCache
from pneumoscope.data.sources import find_films
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.phantoms import write_phantoms


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache of 6 films beside files of somebody else with names like ours."""
    write_phantoms(tmp_path / "films", 6, seed=0, widths=(100, 110))
    folder = tmp_path / "cache"
    table = find_films(tmp_path / "films")
    PixelCache.open_or_build(table, PreprocessConfig(size=32), folder, workers=1)
    for name in ("notes.txt", "0123456789abcdef.pixels", "mine.pixels"):
        (folder / name).write_text("theirs", encoding="utf-8")
    for name, age in ((".0123456789abcdef.part.pixels", 2), (".fedcba9876543210.part.pixels", 0)):
        (folder / name).write_bytes(b"begun")
        then = time.time() - age * 24 * 3600
        os.utime(folder / name, (then, then))
    return folder


def test_it_is_told_what_the_cache_holds(cache: Path) -> None:
    shown = CliRunner().invoke(main, ["cache", "show", "--cache", str(cache)]).stdout
    assert "6 films of 32 x 32 pixels, such as chest_xray/test/NORMAL/" in shown
    assert "left unfinished by a job that was killed" in shown
    assert "theirs" not in shown
    told = json.loads(
        CliRunner().invoke(main, ["cache", "show", "--cache", str(cache), "--json"]).stdout
    )
    assert [(file["films"], file["size"]) for file in told["files"]] == [(6, 32), (0, 0)]
    assert told["bytes"] == sum((cache / file["file"]).stat().st_size for file in told["files"])


def test_only_what_is_ours_is_removed_and_only_when_asked(cache: Path) -> None:
    before = sorted(path.name for path in cache.iterdir())
    refused = CliRunner().invoke(main, ["cache", "clear", "--cache", str(cache)], input="n\n")
    assert refused.exit_code == 1
    assert sorted(path.name for path in cache.iterdir()) == before
    assert (
        CliRunner().invoke(main, ["cache", "clear", "--cache", str(cache), "--yes"]).exit_code == 0
    )
    assert sorted(path.name for path in cache.iterdir()) == [
        ".fedcba9876543210.part.pixels",  # of a job that may still run
        "0123456789abcdef.pixels",
        "mine.pixels",
        "notes.txt",
    ]


def test_a_cache_that_is_not_there_is_empty(tmp_path: Path) -> None:
    for command in ("show", "clear"):
        result = CliRunner().invoke(main, ["cache", command, "--cache", str(tmp_path / "none")])
        assert result.exit_code == 0
        assert "empty" in result.stdout
