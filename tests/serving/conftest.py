"""A service that tests share, where they leave it as they found it or do not care."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from served import serving

TIMEOUT = 60.0


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser that tests drive; they skip where there is none."""
    from watched_page import browser  # it needs Playwright, which other tests do not

    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a service with the model for drawn films, a new history, and no limit of rate."""
    folder: Path = tmp_path_factory.mktemp("service")
    with (
        serving(folder, "--model", "phantoms", "--rate", "0") as served,
        httpx.Client(base_url=served.url, timeout=TIMEOUT) as client,
    ):
        yield client
