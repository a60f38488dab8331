"""A reader in a process of its own, so that whatever a file does to a decoder is an answer only."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pneumoscope.errors import ImageReadError

_BYTES = 6 * 2**30


class ReadingFailedError(Exception):
    """The reader raised an exception; this is its text."""


class WorkerLostError(Exception):
    """The process died of the file, or took longer than it may."""


class Worker:
    """Calls `read` in another process, which is started anew after it was lost."""

    def __init__(self, read: Callable[[Path], Any], seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._process: Any = None
        self._connection: Connection | None = None

    def __call__(self, path: Path) -> Any:
        """What `read` gives. Raises `ImageReadError`s as they are, and the errors above."""
        connection = self._connection or self._start()
        try:
            connection.send(path)
            if not connection.poll(self._seconds):
                self.stop()
                raise WorkerLostError(f"no answer within {self._seconds:g} seconds")
            succeeded, answer = connection.recv()
        except (EOFError, OSError) as error:
            self._process.join(5)
            status = self._process.exitcode
            self.stop()
            raise WorkerLostError(f"its process ended with status {status}") from error
        if succeeded:
            return answer
        raise answer

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._process.kill()
            self._process.join()
            self._connection = None

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._read, theirs), daemon=True)
        self._process.start()
        theirs.close()
        return self._connection


def _serve(read: Callable[[Path], Any], connection: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    with contextlib.suppress(EOFError):
        while True:
            path = connection.recv()
            try:
                answer = True, read(path)
            except ImageReadError as error:
                answer = False, error
            except BaseException as error:  # a decoder's panic is no Exception
                # Exceptions of other libraries may not survive the way to another process.
                answer = False, ReadingFailedError(f"{type(error).__name__}: {error}")
            connection.send(answer)
