"""How many films may wait: long queues for bursts, and short ones under a load that stays.

A queue takes up bursts, and clients that each wait for their answer before they send more. When
more films keep coming than can be read, it only makes everybody wait, and turns away as many. So
while more films are turned away than let in, the queue is held short: whoever is let in is answered
soon, and all others learn at once that they have to come back later.

Nobody is turned away from a queue with room, so neither a burst nor any number of clients that fit
into it are an overload, however long they have to wait.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NoReturn

from pneumoscope.serving.problems import busy

_PATIENCE = 0.5  # seconds without a pause as long in which films are turned away: an overload
_MEMORY = 1.0  # seconds over which films are averaged
_LONGEST_RETRY = 10.0  # seconds


class Admission:
    """Counts the films under way, and turns films away that are too many. Used by one thread.

    `most` films are let in at once and, under an overload, `short`: enough that no part of the
    service ever idles. `clock` tells seconds.
    """

    def __init__(self, most: int, short: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._short = min(short, most)
        self._clock = clock
        self._waiting = 0
        self._let_in = _Rate(clock)
        self._turned_away = _Rate(clock)
        self._answered = _Rate(clock)
        # The first of those that were turned away without a pause, and the last.
        self._since = self._last = clock() - 2 * _PATIENCE

    @property
    def waiting(self) -> int:
        """Films that are under way now."""
        return self._waiting

    @property
    def limit(self) -> int:
        """Films that may be under way now."""
        return self._short if self._is_overloaded() else self._most

    def check(self) -> None:
        """Raise `Problem` 503 where not even one more film is let in now."""
        if self._waiting >= self.limit:
            self._turn_away(1)

    def enter(self, films: int) -> None:
        """Let films in. Raises `Problem` 503 where as many are under way as may be.

        The films of one request come in together, also where they are more than there is room for:
        else clients that send one by one would keep out those that send many, for ever.
        """
        if self._waiting >= self.limit:
            self._turn_away(films)
        self._let_in.add(films)
        self._waiting += films

    def leave(self, films: int, *, answered: bool) -> None:
        """Films are no longer under way."""
        self._waiting -= films
        if answered:
            self._answered.add(films)

    def _turn_away(self, films: int) -> NoReturn:
        now = self._clock()
        if now - self._last > _PATIENCE:
            self._since = now
        self._last = now
        self._turned_away.add(films)
        seconds = self._waiting / max(self._answered.a_second(), 1.0)
        raise busy(
            f"{self._waiting} films are waiting or being read, and no more are taken now.",
            min(max(1.0, seconds), _LONGEST_RETRY),
        )

    def _is_overloaded(self) -> bool:
        stays = self._last - self._since >= _PATIENCE
        lasts = self._clock() - self._last <= _PATIENCE
        return stays and lasts and self._turned_away.a_second() > self._let_in.a_second()


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
