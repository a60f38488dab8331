"""Fixtures of tests of the history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from history_records import model
from pneumoscope.history.store import History


@pytest.fixture
def films(tmp_path: Path) -> Path:
    return tmp_path / "films"


@pytest.fixture
def history(database_url: str, films: Path) -> Iterator[History]:
    """An empty history that knows the model of `history_records`, with each kind of database."""
    with History.open(database_url, films, keep="whole") as history:
        history.keep_model(model())
        yield history
