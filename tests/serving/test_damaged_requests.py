"""Nothing that is sent breaks the service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="measures processes by /proc")
@pytest.mark.timeout(900)
def test_damaged_films_forms_and_requests_are_answered_or_refused() -> None:
    """What is found, `fuzz/service.py` tells, and how a case is run once more."""
    done = subprocess.run(
        [sys.executable, REPOSITORY / "fuzz" / "service.py", "--cases", "5000", "--seed", "0"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5,000 cases, 0 findings" in done.stdout
