"""What must be over in time: one thread watches over many things at once.

A timer of `threading` is a thread of its own, and starting one for every film costs more than the
look at a clock that it stands for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadlines:
    """Acts on what is not over in time. Used from several threads; `close` ends its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: dict[threading.Event, tuple[float, Callable[[], None]]] = {}
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextmanager
    def at_most(self, seconds: float, act: Callable[[], None]) -> Iterator[threading.Event]:
        """Around what may take so long: where it takes longer, `act` is called in another thread,
        and the event is set: before this is left, or never. Raises `RuntimeError` where no thread
        can be started."""
        overtime = threading.Event()
        due = time.monotonic() + seconds
        with self._changed:
            if self._thread is None:
                thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                thread.start()
                self._thread = thread
            is_first = all(due < other for other, _ in self._watched.values())
            self._watched[overtime] = due, act
            if is_first:
                self._changed.notify()
        try:
            yield overtime
        finally:
            with self._changed:
                self._watched.pop(overtime, None)

    def close(self) -> None:
        """End the watch."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                for overtime, (due, act) in list(self._watched.items()):
                    if due <= now:
                        del self._watched[overtime]
                        overtime.set()
                        act()
                first = min((due for due, _ in self._watched.values()), default=None)
                self._changed.wait(None if first is None else first - now)
