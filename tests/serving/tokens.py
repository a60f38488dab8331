"""Tokens for services that tests start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def token_for(folder: Path, name: str) -> str:
    """A new token for the service with this folder."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pneumoscope", "serve", "token", "create", name),
            *("--folder", str(folder)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
