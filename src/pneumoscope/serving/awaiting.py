"""Films under way for a client: let in, counted, and dropped once nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from pneumoscope.serving.problems import busy
from pneumoscope.serving.service import Service

T = TypeVar("T")


async def judged(
    request: Request, service: Service, films: int, work: Callable[[], Awaitable[T]]
) -> T:
    """What `work` gives, which judges so many films; it begins once they are let in, and ends where
    the client leaves. The body of the request must have been read.

    Raises `Problem` 503 where the films are too many now, or take too long; `ClientDisconnect`; and
    as `work`.
    """
    service.admission.enter(films)
    answered = False
    try:
        outcome = await _unless_client_leaves(request, service, films, work())
        answered = True
        return outcome
    finally:
        service.admission.leave(films, answered=answered)


async def _unless_client_leaves(
    request: Request, service: Service, films: int, work: Awaitable[T]
) -> T:
    seconds = service.settings.limits.seconds
    outcome = asyncio.ensure_future(work)
    left = asyncio.create_task(_client_leaves(request))
    try:
        done, _ = await asyncio.wait(
            (outcome, left), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if outcome in done:
            return await outcome
        service.metrics.dropped.inc(films)
        if left in done:
            raise ClientDisconnect
        raise busy(f"The films were not judged within {seconds:g} s.")
    finally:
        left.cancel()
        outcome.cancel()


async def _client_leaves(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
