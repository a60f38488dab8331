"""What every answer carries, whatever it is, and what the log and the figures tell of it."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pneumoscope.logs import tell
from pneumoscope.serving.problems import Problem, bug, busy
from pneumoscope.serving.service import Service

_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CLIENT_LEFT = 499  # as nginx logs it

# The page asks for nothing but what comes from here; films are shown from memory (blob:).
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


class Envelope:
    """The outermost layer of the application. `state.request_id` of a request is its id."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _Exchange(self._app, self._service, scope, receive, send).run()
        else:
            await self._app(scope, receive, send)


class _Exchange:
    """One request and its answer."""

    def __init__(
        self, app: ASGIApp, service: Service, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._app, self._service = app, service
        self._method: str = scope["method"]
        # A question for the head alone is answered as one for all; the server leaves the body out.
        self._scope = {**scope, "method": "GET"} if self._method == "HEAD" else scope
        self._receive, self._send = receive, send
        given = Headers(scope=scope).get("x-request-id", "")
        self._id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        self._scope.setdefault("state", {})["request_id"] = self._id
        self._status = 0
        self._begin = time.perf_counter()

    async def run(self) -> None:
        """Have the request answered."""
        try:
            await self._app(self._scope, self._receive, self._add_headers)
        except ClientDisconnect:
            self._status = self._status or CLIENT_LEFT
        except asyncio.CancelledError:  # the server gives up what is not done at its end
            await self._break_off(busy("The service ended before this was answered."))
        except Exception:
            _log.exception("a request failed unexpectedly: %s", self._id)
            await self._break_off(bug(self._id))
        finally:
            self._account()

    async def _break_off(self, problem: Problem) -> None:
        # The server breaks off an answer that has begun.
        if not self._status:
            response = problem.response(self._id)
            await response(self._scope, self._receive, self._add_headers)

    async def _add_headers(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers: list[tuple[bytes, bytes]] = message["headers"]
            there = {name.lower() for name, _ in headers}
            headers += [pair for pair in _RAW_HEADERS if pair[0] not in there]
            headers.append((b"x-request-id", self._id.encode()))
            if self._service.draining:
                MutableHeaders(scope=message)["Connection"] = "close"
        await self._send(message)

    def _account(self) -> None:
        """Count the request, and log it: never its path or query, which may hold names."""
        route = getattr(self._scope.get("route"), "path", "") or "other"
        method, status = _known(self._method), str(self._status or CLIENT_LEFT)
        spent = time.perf_counter() - self._begin
        metrics = self._service.metrics
        metrics.requests.labels(route, method, status).inc()
        metrics.request_seconds.labels(route).observe(spent)
        client = self._scope["state"].get("client")
        tell(
            _log,
            "request",
            request_id=self._id,
            method=method,
            route=route,
            status=status,
            milliseconds=round(1000 * spent, 1),
            client=client.name if client else "",
        )


def _known(method: str, known: Iterable[str] = ("GET", "POST", "PUT", "DELETE", "HEAD")) -> str:
    """A method, so that strange ones do not become figures of their own."""
    return method if method in known else "other"
