"""How many requests a client may send: a bucket of them, which fills again with time."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from pneumoscope.serving.problems import Problem

_MOST_CLIENTS = 10_000


class Rates:
    """Token buckets by client. Used by one thread. A rate of 0 is no limit."""

    def __init__(
        self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> None:
        """Count a request of a client. Raises `Problem` 429 where there were too many."""
        if not self._rate:
            return
        now = self._clock()
        left, then = self._buckets.pop(client, (float(self._burst), now))
        left = min(float(self._burst), left + (now - then) * self._rate)
        # Who is refused spends nothing: who sends too much gets in as often as the rate says.
        self._buckets[client] = (left - 1 if left >= 1 else left), now
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)  # who has been quiet for longest
        if left < 1:
            raise Problem(
                429,
                "rate",
                f"More than {self._rate:g} requests a second came from here.",
                "Wait for the seconds of Retry-After, and send fewer at once.",
                retry_after=(1 - left) / self._rate,
            )
