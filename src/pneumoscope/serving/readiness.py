"""Whether films can be judged and stored, found out once a second at most."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from pneumoscope.errors import HistoryError
from pneumoscope.history.store import History
from pneumoscope.serving.pipeline import Pipeline
from pneumoscope.serving.problems import problem_of

_REMEMBERED_SECONDS = 1.0


class Readiness:
    """Tells why a service cannot judge films. Used by one event loop: whoever asks, the database is
    asked once a second at most."""

    def __init__(
        self, history: History, pipeline: Pipeline, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._history, self._pipeline, self._clock = history, pipeline, clock
        self._asking = asyncio.Lock()
        self._reason = ""
        self._until = float("-inf")

    async def why_not(self) -> str:
        """Why films cannot be judged and stored now; empty where they can."""
        async with self._asking:
            if self._clock() >= self._until:
                self._reason = await self._find_out()
                self._until = self._clock() + _REMEMBERED_SECONDS
            return self._reason

    async def _find_out(self) -> str:
        if not self._pipeline.is_alive:
            return "A part of the service has ended, and films would wait forever."
        if self._pipeline.lacks_room:
            return "There was no room for the last film."
        try:
            await asyncio.to_thread(self._history.check)
        except HistoryError as error:
            return problem_of(error).detail
        return ""
