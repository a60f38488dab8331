"""A real service in a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_READY = re.compile(r"\bReady at (\S+) ")
_SECONDS_TO_START, _SECONDS_TO_END = 60.0, 60.0


@dataclass
class Served:
    """A service that runs: `url` is its address without a slash at the end, and `port` where it
    listens."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    output: Path

    def log(self) -> str:
        """All that it has printed so far, on standard output and standard error."""
        return self.output.read_text(encoding="utf-8", errors="replace")


@contextmanager
def serving(
    folder: Path,
    *options: str,
    before: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """`pneumoscope BEFORE serve --port 0 --folder FOLDER OPTIONS`, from when it is ready to the end
    of the block, where it is told to end (SIGTERM). `env` are variables beside those of this
    process. What it prints is appended to `serve.log` in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / "serve.log"
    arguments = [*before, "serve", "--port", "0", "--folder", str(folder), *options]
    with output.open("ab") as file:
        start = file.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "pneumoscope", *arguments],
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
        )
    try:
        url = _address(process, output, start)
        yield Served(url, int(re.findall(r":(\d+)", url)[-1]), process, output)
    finally:
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        finally:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], output: Path, start: int) -> str:
    """The address in the line that says that the service is ready."""
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end:
        printed = output.read_bytes()[start:].decode(errors="replace")
        if ready := _READY.search(printed):
            return ready[1].rstrip("/")
        if process.poll() is not None:
            raise AssertionError(f"the service ended with status {process.returncode}:\n{printed}")
        time.sleep(0.02)
    raise AssertionError(f"the service was not ready in time:\n{output.read_text()}")
