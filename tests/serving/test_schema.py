"""What OpenAPI says of the service is what the service does, whatever it is asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from drawn_films import drawn_film
from served import serving
from tokens import token_for

HERE = Path(__file__).parent
SECONDS = 75


@pytest.mark.slow
def test_the_service_answers_as_its_schema_says(tmp_path: Path) -> None:
    """Schemathesis with all its checks: examples, edge cases of every parameter, random requests,
    and requests that use what others answered. What it does not expect is in its own settings."""
    token = token_for(tmp_path / "service", "tester")
    headers = {"Authorization": f"Bearer {token}"}
    options = ("--model", "phantoms", "--keep", "whole", "--rate", "0")
    with serving(tmp_path / "service", *options) as served:
        send_films(served.url, headers)
        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                *("--config-file", HERE / "schemathesis.toml"),
                *("run", f"{served.url}/openapi.json", "--seed", "0"),
                *("--max-time", str(SECONDS)),
                *("--header", f"Authorization: {headers['Authorization']}"),
            ],
            cwd=tmp_path,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "film_strategies",
                "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)]),
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        log = served.log()
    assert "Traceback" not in log, log


def send_films(url: str, headers: dict[str, str]) -> None:
    """Two films that can be read and one that cannot, so that there is something to ask for."""
    for data in (drawn_film(0, "jpeg"), drawn_film(1, "dicom"), b"no film"):
        answer = httpx.post(
            f"{url}/v1/predictions",
            content=data,
            headers={**headers, "Content-Type": "application/octet-stream"},
        )
        assert answer.status_code in (200, 422)
