"""Errors that are made in one place for many."""

from __future__ import annotations

import importlib
import sys

import pytest

import pneumoscope
from pneumoscope.errors import MissingExtraError, needs_extra


def test_a_package_that_is_not_installed_names_its_extra() -> None:
    with (
        pytest.raises(MissingExtraError, match="Flying needs packages") as raised,
        needs_extra("Flying", "wings"),
    ):
        importlib.import_module("no_such_package")
    assert "pneumoscope[wings]" in raised.value.hint


def test_a_module_of_ours_that_is_missing_is_a_defect() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_file"), needs_extra("Flying", "wings"):
        importlib.import_module("pneumoscope.no_such_file")


def test_training_without_its_packages_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pneumoscope.pipelines.train", "pneumoscope.training.fit"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "lightning.pytorch", None)
    with pytest.raises(MissingExtraError, match="Training"):
        _ = pneumoscope.train
