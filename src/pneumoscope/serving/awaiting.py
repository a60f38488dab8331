"""Films under way for a client: let in, counted, and dropped once nobody waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from starlette.requests import Request

from pneumoscope.serving.jobs import Ticket
from pneumoscope.serving.leaving import while_client_waits
from pneumoscope.serving.service import Service


async def judged(
    request: Request, service: Service, films: int, submit: Callable[[], Sequence[Ticket]]
) -> list[Any]:
    """The answers of the tickets that `submit` gives, which are for so many films: they are let in
    before, and the work on them ends where the client leaves. The body of the request must have
    been read.

    Raises `Problem` 503 where the films are too many now, or take too long; `ClientDisconnect`; and
    what the answers raise.
    """
    service.admission.enter(films)
    seconds = service.settings.limits.seconds
    tickets = submit()
    for ticket in tickets:
        ticket.future.add_done_callback(partial(_leave, service, ticket))
    work = asyncio.gather(*(ticket.future for ticket in tickets))
    # What came of work that nobody waits for any more is no concern of anybody's.
    work.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        late = f"The films were not judged within {seconds:g} s."
        return await while_client_waits(request, work, seconds, late)
    finally:
        if not work.done():
            service.metrics.dropped.inc(films)
        for ticket in tickets:
            ticket.drop()


def _leave(service: Service, ticket: Ticket, done: asyncio.Future[Any]) -> None:
    answered = not done.cancelled() and done.exception() is None
    service.admission.leave(ticket.films, answered=answered)
