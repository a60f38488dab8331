"""What is under way in the service: films and images, and who waits for the answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pneumoscope.inference.preparing import PreparedFilm
from pneumoscope.serving.recording import Asked, SentFilm
from pneumoscope.serving.served_models import ServedModel
from pneumoscope.serving.uploads import UploadedFilm


@dataclass(eq=False)
class Ticket:
    """Somebody who waits for an answer, which is that of the future, on so many films; `sent` is
    the one that is to be read, if one is."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    films: int
    sent: UploadedFilm | None = None
    since: float = field(default_factory=time.perf_counter)
    dropped: bool = False

    @classmethod
    def new(cls, films: int, sent: UploadedFilm | None = None) -> Ticket:
        """A ticket of the event loop that runs."""
        loop = asyncio.get_running_loop()
        return cls(loop, loop.create_future(), films, sent)

    def drop(self) -> None:
        """Nobody waits any more: what has not been done yet will not be done, and what was sent
        takes no memory until a thread comes by."""
        self.dropped = True
        self.sent = None
        self.future.cancel()

    def answer(self, value: object) -> None:
        self._tell(lambda: self.future.set_result(value))

    def fail(self, error: BaseException) -> None:
        self._tell(lambda: self.future.set_exception(error))

    def _tell(self, what: Callable[[], None]) -> None:
        def tell_if_awaited() -> None:
            if not self.future.done():
                what()

        self.loop.call_soon_threadsafe(tell_if_awaited)


@dataclass(eq=False)
class FilmJob:
    """A film under way."""

    ticket: Ticket
    asked: Asked
    sent: SentFilm | None = None
    prepared: PreparedFilm | None = None

    @property
    def model(self) -> ServedModel:
        return self.asked.model

    @property
    def films(self) -> int:
        return 1

    @property
    def images(self) -> NDArray[np.uint8]:
        assert self.prepared is not None
        return self.prepared.image[np.newaxis]


@dataclass(eq=False)
class TensorJob:
    """Images that are prepared already, uint8 `(N, size, size)`."""

    ticket: Ticket
    model: ServedModel
    images: NDArray[np.uint8]

    @property
    def films(self) -> int:
        return len(self.images)
