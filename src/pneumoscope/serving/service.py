"""A service: its models, history and pipeline, and what has to be done from time to time."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from pneumoscope.errors import HistoryError
from pneumoscope.history.store import History
from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.logs import tell
from pneumoscope.serving.admission import Admission
from pneumoscope.serving.clients import Clients
from pneumoscope.serving.gallery import Gallery
from pneumoscope.serving.metrics import Metrics
from pneumoscope.serving.pipeline import Pipeline
from pneumoscope.serving.rates import Rates
from pneumoscope.serving.readiness import Readiness
from pneumoscope.serving.served_models import ServedModels
from pneumoscope.serving.settings import ServiceSettings

_log = logging.getLogger(__name__)

_SECONDS_BETWEEN_REFRESHES = 2.0
_SECONDS_BETWEEN_PURGES = 3600.0


class Service:
    """Everything behind the API. `held` are the bytes of bodies under way; `draining` says that the
    service is about to end. The history has to keep the models already (`History.keep_model`)."""

    def __init__(self, models: ServedModels, history: History, settings: ServiceSettings) -> None:
        self.models = models
        self.history = history
        self.settings = settings
        self.metrics = Metrics()
        self.admission = Admission(settings.limits.waiting, 2 * settings.inferring)
        self.rates = Rates(settings.limits.rate, settings.limits.burst)
        self.clients = Clients(history.database, auth=settings.auth)
        self.workers = FilmWorkers(settings.limits.worker, settings.limits.reading)
        self.gallery = Gallery(settings)
        self.pipeline = Pipeline(history, self.workers, settings, self.metrics)
        self.readiness = Readiness(history, self.pipeline)
        self.held = 0
        self.draining = False
        self.metrics.waiting.set_function(lambda: self.admission.waiting)
        self.metrics.held_bytes.set_function(lambda: self.held)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Around the time in which the service answers. At its end, all that was taken is done."""
        self.pipeline.start()
        chores = [
            asyncio.create_task(_every(_SECONDS_BETWEEN_REFRESHES, self._refresh)),
            asyncio.create_task(_every(_SECONDS_BETWEEN_PURGES, self._purge)),
        ]
        try:
            yield
        finally:
            for chore in chores:
                chore.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await chore
            await asyncio.to_thread(self.gallery.close)
            await asyncio.to_thread(self.pipeline.close)
            self.workers.close()
            self.history.close()

    def _refresh(self) -> None:
        self.models.refresh(self.history.keep_model)

    def _purge(self) -> None:
        gone = self.history.purge(datetime.now(UTC))
        tell(_log, "purged", **dataclasses.asdict(gone))


async def _every(seconds: float, chore: Callable[[], None]) -> None:
    """Do something now, and again and again, beside the event loop."""
    while True:
        try:
            await asyncio.to_thread(chore)
        except HistoryError as error:
            tell(_log, "put off", level=logging.WARNING, reason=str(error))
        except Exception:  # a bug, which must not end the chore for good
            _log.exception("a chore failed unexpectedly")
        await asyncio.sleep(seconds)
