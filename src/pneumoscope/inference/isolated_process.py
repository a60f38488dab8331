"""One process that decodes films, as whoever asks sees it: started, asked, and ended in time."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from pneumoscope.errors import DecoderError, ImageReadError
from pneumoscope.imaging.film import ReadLimits
from pneumoscope.inference.deadlines import Deadlines
from pneumoscope.inference.isolated_answers import Answer
from pneumoscope.inference.messages import BrokenMessageError, receive, send

_MAX_HEADER = 2**16
_SECONDS_TO_START = 60.0
SUSPECT = "Do not trust this file; export or copy the film again."
"""What to do about a film that its decoder did not survive."""

# What Python, its libraries and the system's loader look at. Passwords in the environment of
# whoever asks are not for a process that a film may have got the better of.
_PASSED_ON = re.compile(
    "PATH|HOME|TMPDIR|TEMP|TMP|TZ|LANG|LC_.*|PYTHON.*|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH"
    "|PNEUMOSCOPE_THREADS|.*_NUM_THREADS|SYSTEMROOT|SYSTEMDRIVE|WINDIR"
)
_KILLED = -9


@dataclass(frozen=True)
class WorkerLimits:
    """What a process that decodes films may take.

    `max_seconds` by the clock for a film, and again for a copy of its file; `max_memory` bytes in
    all, which only Linux enforces; `max_output` bytes that come back for a film, which is what one
    of 80 megapixels and 16 bits takes, and for a copy. After `max_films`, or where it once took
    more than half of its memory, a process is replaced.
    """

    max_seconds: float = 20.0
    max_memory: int = 2 * 2**30
    max_output: int = 2 * 80_000_000 + 2**20
    max_films: int = 10_000


class KilledError(ImageReadError):
    """A process was killed, and not for the time that its film took."""


class Worker:
    """One process. `last`: it is not to be asked again."""

    def __init__(self, limits: WorkerLimits, read_limits: ReadLimits, deadlines: Deadlines) -> None:
        self._limits = limits
        self._read_limits = read_limits
        self._deadlines = deadlines
        self.last = False
        # Unlike multiprocessing, this does not run the caller's script again.
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pneumoscope.inference.isolated_reading"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(),
            )
        except OSError as error:
            raise DecoderError(
                f"A process that reads films could not be started: {error.strerror or error}.",
                "The machine may be short of memory, processes or open files.",
            ) from error
        settings = {
            "read_limits": dataclasses.asdict(read_limits),
            "memory": limits.max_memory,
            "seconds": limits.max_seconds,
            "films": limits.max_films,
            "output": limits.max_output,
        }
        try:
            with deadlines.at_most(_SECONDS_TO_START, self.process.kill) as watched:
                send(self._requests, settings)
                receive(self._answers, _MAX_HEADER, 0)
            if watched.is_late:
                raise EOFError
        # A RuntimeError: no thread can be started to watch over the process.
        except (OSError, EOFError, RuntimeError, BrokenMessageError) as error:
            self.end()
            raise DecoderError(
                "A process that reads films could not be started.",
                "Look above for what Python said; the machine may be short of memory.",
            ) from error

    @property
    def _requests(self) -> BinaryIO:
        assert self.process.stdin is not None
        return self.process.stdin  # type: ignore[return-value]

    @property
    def _answers(self) -> BinaryIO:
        assert self.process.stdout is not None
        return self.process.stdout  # type: ignore[return-value]

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def ask(self, request: dict[str, Any], data: bytes, name: str) -> Answer:
        """The answer for a film. Raises `ImageReadError` where there is none in time."""
        return self._answer(name, lambda: send(self._requests, request, data))

    def following(self, name: str) -> Answer:
        """The answer behind that, where two were asked for. Raises as `ask` does."""
        return self._answer(name, lambda: None)

    def _answer(self, name: str, asking: Callable[[], None]) -> Answer:
        limits = self._limits
        self.last = True  # unless it answers as it should
        try:
            with self._deadlines.at_most(limits.max_seconds, self.process.kill) as watched:
                asking()
                told, content = receive(self._answers, _MAX_HEADER, limits.max_output)
        except BrokenMessageError as error:
            raise ImageReadError(name, f"its decoder failed: {error}.", SUSPECT) from error
        except (OSError, EOFError) as error:
            self.end()
            if watched.is_late:
                reason = f"took more than {limits.max_seconds:g} s to decode."
                raise ImageReadError(name, reason, SUSPECT) from error
            status = self.process.returncode
            raised = KilledError if status == _KILLED else ImageReadError
            reason = f"its decoder ended unexpectedly ({_ending(status)})."
            raise raised(name, reason, SUSPECT) from error
        if told.get("out_of_memory"):
            raise ImageReadError(
                name, f"needed more than {limits.max_memory / 2**30:.3g} GiB to decode.", SUSPECT
            )
        # It may have answered in the moment in which its time was over.
        self.last = watched.is_late or told.get("last") is not False
        return Answer(told, content, name, self._read_limits)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):  # of a request that nobody read
                if stream is not None:
                    stream.close()


def _environment() -> dict[str, str]:
    """The environment of a process that decodes films."""
    passed_on = {key: value for key, value in os.environ.items() if _PASSED_ON.fullmatch(key)}
    # Of numpy only arithmetic is needed: no threads, which take memory.
    return passed_on | {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),  # noqa: PTH109
    }


def _ending(status: int) -> str:
    """How a process ended."""
    if status >= 0:
        return f"status {status}"
    with contextlib.suppress(ValueError):
        return f"signal {-status}, {signal.Signals(-status).name}"
    return f"signal {-status}"
