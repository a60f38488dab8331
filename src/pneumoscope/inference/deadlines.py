"""What must be over in time: one thread watches over many things at once.

A timer of `threading` is a thread of its own, and starting one for every film costs more than the
look at a clock that it stands for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watched:
    """Something that must be over at a time, `due`; `act` is called where it is not, and `is_late`
    is then true: before what is watched over is left, or never."""

    def __init__(self, due: float, act: Callable[[], None]) -> None:
        self.due = due
        self.act = act
        self.is_late = False


class Deadlines:
    """Acts on what is not over in time. Used from several threads; `close` ends its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: set[Watched] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextmanager
    def at_most(self, seconds: float, act: Callable[[], None]) -> Iterator[Watched]:
        """Around what may take so long: where it takes longer, `act` is called in another thread.
        Raises `RuntimeError` where no thread can be started."""
        watched = Watched(time.monotonic() + seconds, act)
        with self._changed:
            if self._thread is None:
                thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                thread.start()
                self._thread = thread
            is_first = all(watched.due < other.due for other in self._watched)
            self._watched.add(watched)
            if is_first:
                self._changed.notify()
        try:
            yield watched
        finally:
            with self._changed:
                self._watched.discard(watched)

    def close(self) -> None:
        """End the watch."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                for late in [watched for watched in self._watched if watched.due <= now]:
                    self._watched.remove(late)
                    late.is_late = True
                    late.act()
                first = min((watched.due for watched in self._watched), default=None)
                self._changed.wait(None if first is None else first - now)
