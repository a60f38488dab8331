"""Opening a page in a real browser, and hearing what it complains about and what it asks for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# What the browser itself asks for (the time, updates) has this initiator; what pages ask for has
# their origin, which is `null` for files.
_NO_PAGE = "not an origin"


@dataclass(frozen=True)
class Visit:
    """What happened when a page was opened.

    `console` are the lines of the browser's console, `requests` the addresses that the page asked
    the network for, and `document` the page as the browser understood it.
    """

    console: list[str]
    requests: list[str]
    document: str


def find_browser() -> str:
    """The browser: `PNEUMOSCOPE_BROWSER`, or a Chromium or Chrome on the path; else a skip."""
    browser = os.environ.get("PNEUMOSCOPE_BROWSER") or next(
        filter(None, map(shutil.which, _NAMES)), ""
    )
    if not browser:
        pytest.skip("no Chromium or Chrome here; PNEUMOSCOPE_BROWSER can name one")
    return browser


def visit(page: Path, scratch: Path) -> Visit:
    """Open a page without a window, and wait until it is loaded."""
    log = scratch / "network.json"
    command = [
        find_browser(), "--headless", "--disable-gpu", "--no-first-run",
        f"--user-data-dir={scratch / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr", f"--log-net-log={log}", "--dump-dom", page.resolve().as_uri(),
    ]  # fmt: skip
    if os.name == "posix" and os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # Chromium refuses to run as root with it
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    network = json.loads(log.read_text(encoding="utf-8"))
    start = network["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    started = [
        event["params"]
        for event in network["events"]
        if event["type"] == start and "url" in event.get("params", {})
    ]
    return Visit(
        console=[line for line in done.stderr.splitlines() if ":CONSOLE" in line],
        requests=[job["url"] for job in started if job.get("initiator") != _NO_PAGE],
        document=done.stdout,
    )
