"""How many films may wait: long queues for bursts, and short ones under a load that stays.

A queue takes up bursts, and clients that each wait for their answer before they send more. When
more films keep coming than can be read, it only makes everybody wait, and turns away as many. So
while arrivals have outrun answers for a while, the queue is held short: whoever is let in is
answered soon, and all others learn at once that they have to come back later.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from pneumoscope.serving.problems import Problem, busy

_SHORT = 8
"""Films that wait under overload: enough that no part of the service ever idles."""

_PATIENCE = 1.0  # seconds of overload before the queue is held short
_MEMORY = 1.0  # seconds over which arrivals and answers are averaged
_OUTRUN = 1.5  # arrivals for an answer that make an overload


class Admission:
    """Counts the films under way, and turns films away that are too many. Used by one thread.

    `most` films are let in at once. `clock` tells seconds.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._waiting = 0
        self._arrivals = _Rate(clock)
        self._answers = _Rate(clock)
        self._outrun_since: float | None = None

    @property
    def waiting(self) -> int:
        """Films that are under way now."""
        return self._waiting

    @property
    def limit(self) -> int:
        """Films that may be under way now."""
        if self._is_outrun() and self._clock() - (self._outrun_since or 0.0) >= _PATIENCE:
            return min(_SHORT, self._most)
        return self._most

    def check(self) -> None:
        """Raise `Problem` 503 where not even one more film is let in now."""
        if self._waiting >= self.limit:
            self._arrivals.add(1)
            raise self._refusal()

    def enter(self, films: int) -> None:
        """Let films in. Raises `Problem` 503 where they are too many now."""
        self._arrivals.add(films)
        # Alone, a request of any size that is allowed at all is let in.
        if self._waiting and self._waiting + films > self.limit:
            raise self._refusal()
        self._waiting += films

    def _refusal(self) -> Problem:
        return busy(
            f"{self._waiting} films are waiting or being read, and no more are taken now.",
            max(1.0, self._waiting / max(self._answers.a_second(), 1.0)),
        )

    def leave(self, films: int, *, answered: bool) -> None:
        """Films are no longer under way."""
        self._waiting -= films
        if answered:
            self._answers.add(films)

    def _is_outrun(self) -> bool:
        outrun = (
            self._waiting >= _SHORT
            and self._arrivals.a_second() > _OUTRUN * self._answers.a_second()
        )
        if not outrun:
            self._outrun_since = None
        elif self._outrun_since is None:
            self._outrun_since = self._clock()
        return outrun


class _Rate:
    """How many a second, as an average that forgets."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._value = 0.0
        self._at = clock()

    def add(self, number: int) -> None:
        self._value = self.a_second() + number / _MEMORY

    def a_second(self) -> float:
        now = self._clock()
        self._value *= math.exp(-(now - self._at) / _MEMORY)
        self._at = now
        return self._value
