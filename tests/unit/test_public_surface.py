"""What `import pneumoscope` offers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pneumoscope


def test_the_surface_is_sorted_and_complete() -> None:
    assert pneumoscope.__all__ == sorted(pneumoscope.__all__)
    assert dir(pneumoscope) == pneumoscope.__all__


@pytest.mark.parametrize("name", pneumoscope.__all__)
def test_every_name_is_there_under_its_own_name(name: str) -> None:
    value = getattr(pneumoscope, name)
    assert getattr(value, "__name__", name) == name


def test_other_names_are_missing() -> None:
    with pytest.raises(AttributeError, match="no attribute 'predict'"):
        _ = pneumoscope.predict  # type: ignore[attr-defined]


def test_every_error_is_public() -> None:
    from pneumoscope import errors

    tree = {name for name in vars(errors) if name.endswith("Error")}
    assert tree <= set(pneumoscope.__all__)


@pytest.mark.skipif(sys.platform == "win32", reason="not told by files there")
def test_onnx_runtime_keeps_to_itself(tmp_path: Path) -> None:
    """Where it tells its makers about models, it keeps a number for the machine in a file."""
    where = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR"), str(tmp_path))
    # With these it is silent in any case.
    silencers = {"CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS"}
    environment = {name: os.environ[name] for name in os.environ.keys() - silencers} | where
    code = "from pneumoscope import Predictor; Predictor.load('phantoms')"
    subprocess.run([sys.executable, "-B", "-c", code], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
