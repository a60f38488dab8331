"""Pictures, made beside the judging: with threads, a queue and processes of their own.

So neither a worklist full of thumbnails nor a film that takes its decoder long keeps films from
being judged, clients from being known, or the service from telling that it is well.
"""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from PIL import Image
from starlette.requests import Request

from pneumoscope.inference.isolation import FilmWorkers
from pneumoscope.serving.leaving import while_client_waits
from pneumoscope.serving.problems import busy
from pneumoscope.serving.settings import ServiceSettings

T = TypeVar("T")


class Gallery:
    """Makes as many pictures at once as `settings.workers`, while `limits.pictures` more wait.

    `workers` decode films for them: there are never more of these processes than pictures that are
    made at once.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        limits = settings.limits
        self.workers = FilmWorkers(limits.worker, limits.reading)
        self._seconds = limits.seconds
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="picture")
        self._room = threading.BoundedSemaphore(settings.workers + limits.pictures)

    def close(self) -> None:
        """End the processes, and with them what is being made."""
        self.workers.close()
        self._threads.shutdown(cancel_futures=True)

    async def png(self, request: Request, draw: Callable[[], Image.Image]) -> bytes:
        """What `draw` makes, as a PNG. Otherwise as `made`."""
        return await self.made(request, lambda: _png(draw()))

    async def made(self, request: Request, make: Callable[[], T]) -> T:
        """What `make`, which is called in a thread, makes of a film. Where the client leaves before
        its turn has come, it is not called at all.

        Raises `Problem` 503 where too many pictures are wanted now, or this one takes too long,
        `ClientDisconnect`, and what `make` raises.
        """
        if not self._room.acquire(blocking=False):
            raise busy("Too many pictures are wanted, and no more are made now.")
        job = self._threads.submit(make)
        # Not before the thread is done, even where nobody waits for the picture any more.
        job.add_done_callback(lambda _: self._room.release())
        picture = asyncio.wrap_future(job)
        try:
            late = f"The picture was not made within {self._seconds:g} s."
            return await while_client_waits(request, picture, self._seconds, late)
        finally:
            picture.cancel()  # and so the job, unless it has begun


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()
