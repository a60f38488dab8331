"""Work for a client, which is waited for as long as the client waits."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from pneumoscope.serving.problems import busy

T = TypeVar("T")


async def while_client_waits(
    request: Request, work: asyncio.Future[T], seconds: float, late: str
) -> T:
    """What comes of `work`. The body of the request must have been read; the work is not ended.

    Raises `ClientDisconnect` where the client leaves before, `Problem` 503 with `late` as its
    detail after so many seconds, and what the work raises.
    """
    left = asyncio.create_task(_client_leaves(request))
    try:
        done, _ = await asyncio.wait(
            (work, left), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if work in done:
            return await work
        if left in done:
            await left  # it may have ended because too much came, or too late
            raise ClientDisconnect
        raise busy(late)
    finally:
        left.cancel()


async def _client_leaves(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
