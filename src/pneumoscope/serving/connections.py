"""Connections: uvicorn's, with limits on how many there are, and on what each may hold.

A head has to arrive in time and within a size, requests that are sent ahead of answers are few, and
answers have to be read. A connection is closed so that its client can read the last answer, also
while it is still sending what nobody wants.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pneumoscope.logs import tell
from pneumoscope.serving.envelope import SECURITY_HEADERS
from pneumoscope.serving.problems import Problem, busy
from pneumoscope.serving.request_parser import RequestParser
from pneumoscope.serving.service import Service

_log = logging.getLogger(__name__)

MOST_HEAD = 64 * 2**10
"""Bytes of the head of a request."""

_MOST_AHEAD = 64  # requests that are sent before the answer to the one before
_TOLD = 100  # connections beyond the limit that are told so; more are just closed
_DRAINED_BYTES = 512 * 2**20
_DRAINED_SECONDS = 10.0
"""So much of what a client goes on sending after its last answer is read and thrown away: who sends
all of a body before it reads would else never see the answer."""


def connections_of(service: Service) -> type[asyncio.Protocol]:
    """What uvicorn makes for each connection to a service."""
    return type("_ConnectionOfService", (_Connection,), {"service": service})


class _Connection(HttpToolsProtocol):
    """One connection. Uvicorn parses requests, and has one after the other answered."""

    service: ClassVar[Service]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = _log  # uvicorn's own has nobody who formats it
        self.parser = RequestParser(self)  # type: ignore[assignment]
        self._in_head = False
        self._in_message = False
        self._head = 0  # bytes of the head that is being read
        self._unused = 0  # bytes that came since a head was complete or a part of a body was there
        self._drained = 0
        self._fault: Problem | None = None  # to be answered after what came before
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._end_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._client_side = transport
        super().connection_made(_Ending(transport, self))
        beyond = len(self.connections) - self.service.settings.limits.connections
        if beyond > _TOLD:
            transport.abort()
        elif beyond > 0:
            self._answer(busy("All connections that this service allows are open."))
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport.forget()  # type: ignore[attr-defined]
        super().connection_lost(exc)
        for timer in (self._head_timer, self._write_timer, self._end_timer):
            if timer is not None:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing() or self._fault is not None:
            self._drain(len(data))
            return
        self._unset_keepalive_if_required()
        self._unused += len(data)
        try:
            self.parser.feed_data(data)
            if self._unused > MOST_HEAD:
                raise _too_long()
        except httptools.HttpParserError as error:
            fault = error.__context__
            self._refuse(fault if isinstance(fault, Problem) else _malformed())
        except Problem as problem:
            self._refuse(problem)
        else:
            if self._in_head or not self._is_answering():
                self._await_head()

    # What the parser calls.

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = self._in_message = True
        self._head = 0

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value))
        if self._in_head:  # else it is a trailer, which would change the head of a running request
            super().on_header(name, value)

    def _count_head(self, size: int) -> None:
        self._head += size
        if self._head > MOST_HEAD:
            raise _too_long()

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= _MOST_AHEAD:
            raise Problem(
                400,
                "too-many-ahead",
                f"More than {_MOST_AHEAD} requests were sent before the first one was answered.",
                "Wait for answers, or use more connections.",
            )
        super().on_headers_complete()
        self._in_head = False
        self._unused = 0
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._unused = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_message = False
        self._unused = 0

    # Heads that do not arrive, and answers that are not read.

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_head(self) -> None:
        if self._head_timer is None:
            seconds = self.service.settings.limits.header_seconds
            self._head_timer = self.loop.call_later(seconds, self._on_late_head)

    def _on_late_head(self) -> None:
        self._head_timer = None
        if self._is_answering():
            self._await_head()
        elif self._in_head:
            seconds = self.service.settings.limits.header_seconds
            self._answer(
                Problem(
                    408,
                    "request-timeout",
                    f"The head of the request had not arrived after {seconds:g} s.",
                    "Send requests without pauses.",
                )
            )
        else:
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        seconds = self.service.settings.limits.seconds
        self._write_timer = self.loop.call_later(seconds, self._client_side.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    # Requests that are none.

    def _refuse(self, problem: Problem) -> None:
        """What was sent last is no request. It is answered in its turn, and nothing after it."""
        cycle = self.cycle
        if not self._is_answering():
            self._answer(problem)
        elif not cycle.more_body:
            self._fault = problem
        elif self.pipeline and self.pipeline[0][0] is cycle:  # nobody has begun with it
            self.pipeline.popleft()
            self._fault = problem
        else:
            if cycle.response_started:
                self.transport.close()
            else:
                self._answer(problem)
            cycle.disconnected = True
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        was_last = not self.pipeline
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if was_last and self._fault is not None:
            self._answer(self._fault)
        elif self._in_message:  # the rest of a body that nobody waited for
            self._await_head()

    def _answer(self, problem: Problem) -> None:
        """Answer in the place of the application, and close."""
        self._in_message = True  # nothing that comes after this is asked for
        request_id = secrets.token_hex(8)
        response = problem.response(request_id)
        headers = {
            **dict(response.headers),
            **SECURITY_HEADERS,
            "X-Request-ID": request_id,
            "Connection": "close",
        }
        lines = [f"HTTP/1.1 {problem.status} {problem.title}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self.transport.write(head + bytes(response.body))
        self.transport.close()
        self.service.metrics.requests.labels("other", "other", str(problem.status)).inc()
        kind = problem.kind
        tell(_log, "request refused", request_id=request_id, status=problem.status, kind=kind)

    # The end.

    def close(self) -> None:
        """Close the connection once what was sent has been read; the second time, at once."""
        transport = self._client_side
        if self._end_timer is not None or transport.is_closing():
            transport.close()
            return
        self._unset_keepalive_if_required()
        # Closing while there is more to read resets a connection, and answers are lost.
        if self._in_message and transport.can_write_eof():
            transport.write_eof()
            self.flow.resume_reading()
            seconds = _DRAINED_SECONDS
        else:
            transport.close()
            seconds = self.service.settings.limits.seconds
        self._end_timer = self.loop.call_later(seconds, transport.abort)

    def _drain(self, size: int) -> None:
        self._drained += size
        if self._drained > _DRAINED_BYTES:
            self._client_side.abort()


class _Ending(asyncio.Transport):
    """The transport that uvicorn sees: closing it leaves the client time to read."""

    def __init__(self, transport: asyncio.Transport, connection: _Connection) -> None:
        super().__init__()
        self._transport = transport
        self._connection = connection
        self._is_closing = False

    def close(self) -> None:
        self._is_closing = True
        self._connection.close()

    def forget(self) -> None:
        """The connection is gone."""
        self._is_closing = True

    def is_closing(self) -> bool:
        return self._is_closing or self._transport.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._is_closing:
            self._transport.write(data)

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)


def _malformed() -> Problem:
    return Problem(
        400,
        "malformed-request",
        "What was sent is no well-formed HTTP/1.1 request.",
        "GET /openapi.json lists all requests.",
    )


def _too_long() -> Problem:
    return Problem(
        431,
        "head-too-large",
        f"The head of the request, or what surrounds its body, is longer than {MOST_HEAD:,} bytes.",
        "Send fewer and shorter headers.",
    )
