"""Servers that a benchmark starts, and what their processes take."""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pneumoscope.wording import counted

_SECONDS_TO_START = 120.0
FORMS = ("eager", "channels-last", "compiled", "frozen")
"""Of the network of `torch_endpoint.py`."""

_TICK = 1 / os.sysconf("SC_CLK_TCK")


class Server:
    """A server at work: `url` is where films go, `health` where it says that it is alive."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, health: str) -> None:
        self._process = process
        self.url = url
        self.health = health

    @property
    def processor_seconds(self) -> float:
        """What its processes, also those that have ended, have taken of the processor."""
        return sum(_processor_seconds(process) for process in self._processes())

    @property
    def memory(self) -> float:
        """What its processes have resident, in MiB. What they share counts for each."""
        return sum(_resident(process) for process in self._processes()) / 2**20

    def _processes(self) -> list[int]:
        """The server's own process, and those that it has started."""
        own = self._process.pid
        return [own, *(process for process in _all_processes() if _parent(process) == own)]

    def wait_until_alive(self) -> None:
        """Raise `SystemExit` where it does not answer in time."""
        end = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < end and self._process.poll() is None:
            try:
                urllib.request.urlopen(self.health, timeout=1).close()
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise SystemExit(f"The server at {self.health} does not answer.")


@contextmanager
def our_service(*options: str) -> Iterator[Server]:
    """`pneumoscope serve` as it is by default, but for what a benchmark must not meet: films are
    not looked up, and a client may send as many as it can."""
    folder = tempfile.mkdtemp(dir=_folders().name)
    arguments = ("serve", "--folder", folder, "--no-look-up", "--rate", "0", "--no-auth")
    command = [sys.executable, "-m", "pneumoscope", *arguments, *options]
    with _running(command, "/v1/predictions") as server:
        yield server


@functools.cache
def _folders() -> tempfile.TemporaryDirectory[str]:
    """Where services keep what they keep, all of it until the end: on ext4 new files take much
    longer to make for some time after many others were deleted."""
    return tempfile.TemporaryDirectory()


@dataclass(frozen=True)
class TorchSettings:
    """Of the torch endpoint: the form of its network, inference workers, and threads of each."""

    form: str
    workers: int
    threads: int

    def __str__(self) -> str:
        return f"{self.form}, {self.workers} x {counted(self.threads, 'thread')}"


@contextmanager
def torch_endpoint(settings: TorchSettings) -> Iterator[Server]:
    """The endpoint of `torch_endpoint.py`."""
    script = str(Path(__file__).with_name("torch_endpoint.py"))
    options = ("--form", settings.form, "--workers", str(settings.workers))
    command = [sys.executable, script, *options, "--threads", str(settings.threads)]
    with _running(command, "/predict") as server:
        yield server


@contextmanager
def _running(command: list[str], path: str) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    at = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        server = Server(process, f"{at}{path}", f"{at}/healthz")
        server.wait_until_alive()
        yield server
    finally:
        process.terminate()
        process.wait()


def _all_processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def _parent(process: int) -> int:
    return int((_status(process) or ["", "0"])[1])


def _processor_seconds(process: int) -> float:
    """Its own, and those of its children that have ended."""
    return _TICK * sum(int(field) for field in _status(process)[11:15])


def _resident(process: int) -> int:
    return sum(int(pages) for pages in _status(process)[21:22]) * os.sysconf("SC_PAGE_SIZE")


def _status(process: int) -> list[str]:
    """The fields of its `stat` behind the name, which may hold anything; none where it is gone."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return status.rpartition(")")[2].split()
