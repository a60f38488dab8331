"""Errors that are made in one place for many."""

from __future__ import annotations

import importlib
import pickle
import shlex
import sys
from pathlib import Path

import pytest

import pneumoscope
from pneumoscope.errors import ImageReadError, MissingExtraError, PneumoscopeError, needs_extra
from pneumoscope.phantoms import write_phantoms


def test_a_package_that_is_not_installed_names_its_extra() -> None:
    with (
        pytest.raises(MissingExtraError, match="Flying needs packages") as raised,
        needs_extra("Flying", "wings"),
    ):
        importlib.import_module("no_such_package")
    command = shlex.split(raised.value.hint.split(": ", 1)[1])
    assert command[:2] == ["pip", "install"]
    source = command[2].removesuffix("[wings]")
    # A checkout or a wheel, from which pip takes extras, or the name on an index.
    assert source == "pneumoscope" or (Path(source) / "pyproject.toml").is_file()


def test_a_module_of_ours_that_is_missing_is_a_defect() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_file"), needs_extra("Flying", "wings"):
        importlib.import_module("pneumoscope.no_such_file")


def test_training_without_its_packages_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_phantoms(tmp_path, 6, seed=0, widths=(100, 110))
    for name in ("pneumoscope.pipelines.train", "pneumoscope.training.fit"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "lightning.pytorch", None)
    with pytest.raises(MissingExtraError, match="Training"):
        pneumoscope.train("small-cnn", tmp_path, tmp_path / "run")


def test_foreign_text_in_an_error_is_one_printable_line_of_bounded_length() -> None:
    error = PneumoscopeError("wrong: \x1b[31mred\x07\nhint: run it " + "x" * 100_000, "\u202eti")
    assert error.message.startswith("wrong: ?[31mred? hint: run it xxx")
    assert len(error.message) < 2_100
    assert error.hint == "?ti"
    assert str(error).isprintable()


def test_an_unreadable_film_keeps_its_name_through_processes() -> None:
    error = ImageReadError("a\x1b\udcff.png", "bad \x1b[2J value.", "Export it again.")
    again = pickle.loads(pickle.dumps(error))
    for each in (error, again):
        assert each.name == "a\x1b\udcff.png"
        assert each.reason == "bad ?[2J value. Export it again."
        assert each.message == "a??.png: bad ?[2J value."
        assert each.hint == "Export it again."
