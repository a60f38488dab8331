"""Films decoded in processes of their own, with limits on time, memory and output.

A decoder that hangs, swells or crashes on a hostile file costs that film, and nothing else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import ImageReadError, PneumoscopeError
from pneumoscope.imaging.film import Film, ReadLimits
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.imaging.reading import Source, contents, name_of
from pneumoscope.imaging.values import FilmValues
from pneumoscope.inference.deadlines import Deadlines
from pneumoscope.inference.isolated_answers import Answer, IsolatedFilm
from pneumoscope.inference.messages import BrokenMessageError, receive, send

T = TypeVar("T")

_MAX_HEADER = 2**16
_SECONDS_TO_START = 60.0
_SUSPECT = "Do not trust this file; export or copy the film again."


@dataclass(frozen=True)
class WorkerLimits:
    """What a process that decodes films may take.

    `max_seconds` by the clock for a film; `max_memory` bytes in all, which only Linux enforces;
    `max_output` bytes that come back for a film, which is what one of 80 megapixels and 16 bits, or
    a copy of its file, takes. After `max_films`, or where it once took more than half of its
    memory, a process is replaced.
    """

    max_seconds: float = 20.0
    max_memory: int = 2 * 2**30
    max_output: int = 2 * 80_000_000 + 2**20
    max_films: int = 1_000


_DEFAULT_LIMITS, _DEFAULT_READ_LIMITS = WorkerLimits(), ReadLimits()


class FilmWorkers:
    """Reads films in processes of their own; a context manager, at the end of which they end.

    There are as many processes as threads that read at once. They start when first needed, are used
    for film after film, and are replaced when one ends or must be ended.
    """

    def __init__(
        self,
        limits: WorkerLimits = _DEFAULT_LIMITS,
        read_limits: ReadLimits = _DEFAULT_READ_LIMITS,
    ) -> None:
        self._limits = limits
        self._read_limits = read_limits
        self._deadlines = Deadlines()
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes, those too that are at work."""
        with self._lock:
            self._closed = True
            workers = list(self._all)
            self._idle.clear()
            self._all.clear()
        for worker in workers:
            worker.end()
        self._deadlines.close()

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that are there now."""
        with self._lock:
            return tuple(sorted(worker.process.pid for worker in self._all))

    def read(self, source: Source, *, target: int | None = None) -> Film:
        """Read a film as `read_image` does.

        Raises `ImageReadError` as that does, and for a film that is beyond the limits of a process
        or ends it.
        """
        request = {"task": "read", "target": target}
        return self._ask(source, request, lambda answer: answer.film(whole=target is None))

    def prepare(
        self, source: Source, config: PreprocessConfig, *, copy: bool = False
    ) -> IsolatedFilm:
        """A film with the pixels that `preprocess` makes of it, uint8 `(size, size)`.

        With `copy`, also what `strip_film` makes of its file; a copy that would be larger than
        `max_output` is one of gray levels, as its note says. Raises as `read` does.
        """
        request = {"task": "prepare", "preprocess": vars(config), "copy": copy}
        return self._ask(source, request, lambda answer: answer.prepared(config.size, copy=copy))

    def picture(self, source: Source, size: int) -> NDArray[np.uint8]:
        """A film's gray levels, uint8 `(h, w)`, the longest side at most `size` pixels.

        Raises as `read` does.
        """
        request = {"task": "picture", "size": size}
        return self._ask(source, request, lambda answer: answer.picture(size))

    def values(self, source: Source) -> FilmValues:
        """A film before its window, as `read_values` gives it. Raises as `read` does."""
        return self._ask(source, {"task": "values"}, lambda answer: answer.values())

    def small_values(self, source: Source, size: int) -> NDArray[np.uint16]:
        """The values of a film before its window, uint16 `(h, w)`, the longest side at most `size`
        pixels: each the mean of those in whose place it stands.

        Raises as `read` does.
        """
        request = {"task": "small values", "size": size}
        return self._ask(source, request, lambda answer: answer.small_values(size))

    def _ask(self, source: Source, request: dict[str, Any], taken: Callable[[Answer], T]) -> T:
        """What `taken` takes from the answer to a request."""
        name, path, data = name_of(source), None, b""
        if isinstance(source, str | os.PathLike):
            path = os.path.abspath(source)  # noqa: PTH100 - a link is for the process to follow
        else:
            data = contents(source, name, self._read_limits)
        with self._worker() as worker:
            told, content = worker.ask(request | {"name": name, "path": path}, data, name)
            try:
                return taken(Answer(told, content, name, self._read_limits))
            except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                worker.last = True
                raise ImageReadError(name, "its decoder gave no film.", _SUSPECT) from error

    @contextmanager
    def _worker(self) -> Iterator[_Worker]:
        """A process for one film; it goes back to the others where it can be used again."""
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        if worker is None or not worker.is_alive():
            if worker is not None:
                self._drop(worker)
            worker = self._start()
        try:
            yield worker
        finally:
            if worker.last:
                self._drop(worker)
            else:
                with self._lock:
                    self._idle.append(worker)

    def _start(self) -> _Worker:
        worker = _Worker(self._limits, self._read_limits, self._deadlines)
        with self._lock:
            closed = self._closed
            self._all.add(worker)
        if closed:
            self._drop(worker)
            raise PneumoscopeError("The processes that read films were ended already.")
        return worker

    def _drop(self, worker: _Worker) -> None:
        worker.end()
        with self._lock:
            self._all.discard(worker)


class _Worker:
    """One process. `last`: it is not to be asked again."""

    def __init__(self, limits: WorkerLimits, read_limits: ReadLimits, deadlines: Deadlines) -> None:
        self._limits = limits
        self._deadlines = deadlines
        self.last = False
        # Of numpy only arithmetic is needed: no threads, which take memory.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)  # noqa: PTH109
        # Unlike multiprocessing, this does not run the caller's script again.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pneumoscope.inference.isolated_reading"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        settings = {
            "read_limits": dataclasses.asdict(read_limits),
            "memory": limits.max_memory,
            "seconds": limits.max_seconds,
            "films": limits.max_films,
            "output": limits.max_output,
        }
        try:
            with deadlines.at_most(_SECONDS_TO_START, self.process.kill):
                send(self._requests, settings)
                receive(self._answers, _MAX_HEADER, 0)
        except (OSError, EOFError, BrokenMessageError) as error:
            self.end()
            raise PneumoscopeError(
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

    def ask(self, request: dict[str, Any], data: bytes, name: str) -> tuple[dict[str, Any], bytes]:
        """The answer for a film. Raises `ImageReadError` where there is none in time."""
        limits = self._limits
        self.last = True  # unless it answers as it should
        try:
            with self._deadlines.at_most(limits.max_seconds, self.process.kill) as overtime:
                send(self._requests, request, data)
                answer, content = receive(self._answers, _MAX_HEADER, limits.max_output)
        except BrokenMessageError as error:
            raise ImageReadError(name, f"its decoder failed: {error}.", _SUSPECT) from error
        except (OSError, EOFError) as error:
            self.end()
            if overtime.is_set():
                reason = f"took more than {limits.max_seconds:g} s to decode."
            else:
                reason = f"its decoder ended unexpectedly ({_ending(self.process.returncode)})."
            raise ImageReadError(name, reason, _SUSPECT) from error
        if answer.get("out_of_memory"):
            raise ImageReadError(
                name, f"needed more than {limits.max_memory / 2**30:.3g} GiB to decode.", _SUSPECT
            )
        self.last = bool(answer.get("last", True))
        return answer, content

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):  # of a request that nobody read
                if stream is not None:
                    stream.close()


def _ending(status: int) -> str:
    """How a process ended."""
    if status >= 0:
        return f"status {status}"
    with contextlib.suppress(ValueError):
        return f"signal {-status}, {signal.Signals(-status).name}"
    return f"signal {-status}"
