"""Films decoded in processes of their own, with limits on time, memory and output.

A decoder that hangs, swells or crashes on a hostile file costs that film, and nothing else.
"""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from pneumoscope.errors import DecoderError, ImageReadError
from pneumoscope.imaging.film import Film, ReadLimits
from pneumoscope.imaging.preprocessing import PreprocessConfig
from pneumoscope.imaging.reading import Source, contents, name_of
from pneumoscope.imaging.values import FilmValues
from pneumoscope.inference.deadlines import Deadlines
from pneumoscope.inference.isolated_answers import Answer, IsolatedFilm
from pneumoscope.inference.isolated_process import SUSPECT, KilledError, Worker, WorkerLimits

T = TypeVar("T")

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
        self._idle: list[Worker] = []
        self._all: set[Worker] = set()
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
        or ends it; `DecoderError` where a process cannot be started, or fails by no fault of the
        film's. A process that somebody else killed is not held against its first film.
        """
        request = {"task": "read", "target": target}
        return self._ask(source, request, lambda answer: answer.film(whole=target is None))

    def prepare(
        self, source: Source, config: PreprocessConfig, *, copy: bool = False
    ) -> IsolatedFilm:
        """A film with the pixels that `preprocess` makes of it, uint8 `(size, size)`.

        With `copy`, also what `strip_film` makes of its file; a copy that would be larger than
        `max_output` is one of gray levels, as its note says. Where none can be made, within the
        limits of a process, `copy_failed` says why. Raises as `read` does.
        """
        request = {"task": "prepare", "preprocess": vars(config), "copy": copy}
        return self._ask(
            source,
            request,
            lambda answer: answer.prepared(config.size),
            self._with_copy if copy else None,
        )

    def picture(self, source: Source, size: int) -> NDArray[np.uint8]:
        """A film's gray levels, uint8 `(h, w)`, the longest side at most `size` pixels.

        Raises as `read` does.
        """
        request = {"task": "picture", "size": size}
        return self._ask(source, request, lambda answer: answer.picture(size))

    def values(self, source: Source, size: int | None = None) -> FilmValues:
        """A film before its window, as `read_values` gives it; with `size`, its `values` are
        `(h, w)`, the longest side at most that, each the mean of those in whose place it stands.

        Raises as `read` does.
        """
        return self._ask(
            source, {"task": "values", "size": size}, lambda answer: answer.values(size)
        )

    def _with_copy(self, film: IsolatedFilm, following: Callable[[], Answer]) -> IsolatedFilm:
        """A film with the copy that is answered behind it."""
        try:
            return dataclasses.replace(film, copy=following().copy())
        except ImageReadError as error:
            return dataclasses.replace(film, copy_failed=error.reason)
        except DecoderError as error:
            return dataclasses.replace(film, copy_failed=error.message)

    def _ask(
        self,
        source: Source,
        request: dict[str, Any],
        taken: Callable[[Answer], T],
        then: Callable[[T, Callable[[], Answer]], T] | None = None,
    ) -> T:
        """What `taken` takes from the answer to a request, and `then` from the one behind it."""
        name, path, data = name_of(source), None, b""
        if isinstance(source, str | os.PathLike):
            path = os.path.abspath(source)  # noqa: PTH100 - a link is for the process to follow
        else:
            data = contents(source, name, self._read_limits)
        request = request | {"name": name, "path": path}
        try:
            return self._ask_once(request, data, taken, then)
        except KilledError:  # perhaps by the system, for memory that others had taken
            return self._ask_once(request, data, taken, then)

    def _ask_once(
        self,
        request: dict[str, Any],
        data: bytes,
        taken: Callable[[Answer], T],
        then: Callable[[T, Callable[[], Answer]], T] | None,
    ) -> T:
        name = request["name"]
        with self._worker() as worker:
            answer = worker.ask(request, data, name)
            try:
                film = taken(answer)
                return film if then is None else then(film, lambda: worker.following(name))
            except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                worker.last = True
                raise ImageReadError(name, "its decoder gave no film.", SUSPECT) from error

    @contextmanager
    def _worker(self) -> Iterator[Worker]:
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

    def _start(self) -> Worker:
        worker = Worker(self._limits, self._read_limits, self._deadlines)
        with self._lock:
            closed = self._closed
            self._all.add(worker)
        if closed:
            self._drop(worker)
            raise DecoderError("The processes that read films were ended already.")
        return worker

    def _drop(self, worker: Worker) -> None:
        worker.end()
        with self._lock:
            self._all.discard(worker)
