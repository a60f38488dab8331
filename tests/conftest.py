"""Fixtures that every test may ask for."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from postgres import Cluster

# How long an example takes depends on what else the machine does; pytest's own timeout guards.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

_REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def films_root() -> Path:
    """The folder of real films: `PNEUMOSCOPE_DATA`, or `shared/data` beside the repository.

    Tests that ask for it carry the marker `films`.
    """
    configured = os.environ.get("PNEUMOSCOPE_DATA")
    root = Path(configured) if configured else _REPOSITORY.parent / "shared" / "data"
    if not (root / "formats").is_dir():
        pytest.skip(f"no real films at {root}; set PNEUMOSCOPE_DATA to the folder that holds them")
    return root


def pytest_configure() -> None:
    """With several test processes, the first imports the modules that warnings in the others name.

    Lightning is one of them, and needs torchvision to be importable.
    """
    if importlib.util.find_spec("torch") is not None:  # the base install has none
        from pneumoscope.networks.torchvision_ops import declare_missing_operators

        declare_missing_operators()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A running cluster of PostgreSQL. Tests that ask for it carry the marker `postgresql`."""
    from postgres import running_cluster

    with running_cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database: a test that asks for it runs with each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'history.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()
