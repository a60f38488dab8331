"""Does everything work on this machine?"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from pneumoscope.cli.main import main
from pneumoscope.cores import SETTING, free_cores
from pneumoscope.imaging.decoder_checks import failing_decoders


def test_a_sound_installation_has_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(SETTING, raising=False)
    monkeypatch.setenv("PNEUMOSCOPE_HOME", str(tmp_path / "home"))
    result = CliRunner().invoke(main, ["doctor", "--json", "--cache", str(tmp_path / "cache")])
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["can_read"] is True
    assert told["versions"]["numpy"] == version("numpy")
    assert told["versions"]["fastapi"] == version("fastapi")
    assert told["processor"]["free_cores"] == told["processor"]["threads"] == free_cores()
    assert set(told["decoders"].values()) == {""}
    assert told["reading"]["model"] == "mobilenetv2-pediatric"
    assert told["cache"]["writable"] is True
    assert told["history"] == {"folder": str(tmp_path / "home"), "writable": True}
    busy = {"The machine is busy"}  # it may be
    assert {problem["what"].partition(":")[0] for problem in told["problems"]} <= busy
    assert list(tmp_path.iterdir()) == []  # nothing is left behind


def test_what_is_missing_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, str(free_cores() + 1))
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    monkeypatch.setenv("PNEUMOSCOPE_HOME", str(tmp_path / "file" / "home"))
    (tmp_path / "file").touch()
    result = CliRunner().invoke(main, ["doctor", "--cache", str(tmp_path / "file" / "cache")])
    assert result.exit_code == 0  # films can be read all the same
    assert f"note: {free_cores() + 1} threads are set" in result.stdout
    assert "note: DICOM films in lossless JPEG cannot be read." in result.stdout
    assert "extra `codecs`" in result.stdout
    assert f"note: The folder of the history, {tmp_path / 'file' / 'home'}" in result.stdout
    assert result.stdout.endswith("Films can be read.\n")


def test_a_decoder_of_the_base_install_that_does_not_load_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "openjpeg", None)
    failing = failing_decoders()
    assert [coding for coding, reason in failing.items() if reason] == ["JPEG 2000"]
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 1
    assert "problem: DICOM films in JPEG 2000 cannot be read" in result.stdout
    assert result.stdout.endswith("Films cannot be read.\n")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    result = CliRunner().invoke(main, ["doctor", "--cache", str(tmp_path)])
    assert f"The cache {tmp_path} cannot be written" in result.stdout
