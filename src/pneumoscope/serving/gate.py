"""What every request passes: who asks, how much they ask for, and what every answer carries."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pneumoscope.errors import PneumoscopeError
from pneumoscope.logs import tell
from pneumoscope.serving.clients import unknown_client
from pneumoscope.serving.problems import Problem, bug, busy, problem_of
from pneumoscope.serving.service import Service

_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CLIENT_LEFT = 499  # as nginx logs it

# What anybody may ask for: the page and its parts, signing in, and whether the service is well.
_OPEN = re.compile(r"/|/static/.*|/v1/session|/healthz|/readyz|/openapi\.json|/v2/health/.*")
# What is asked by machines, often and from one address.
_UNCOUNTED = re.compile(r"/healthz|/readyz|/metrics|/v2/health/.*|/static/.*")

# The page asks for nothing but what comes from here; films are shown from memory (blob:).
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Gate:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Passage(self._app, self._service, scope, receive, send).run()


class _Passage:
    """One request on its way through."""

    def __init__(
        self, app: ASGIApp, service: Service, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._app, self._service = app, service
        self._scope, self._receive, self._send = scope, receive, send
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        self._id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = self._id
        self._path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        self._headers = headers
        self._status = 0
        self._received = 0
        self._begin = time.perf_counter()

    async def run(self) -> None:
        """Let the request through, or answer why not."""
        try:
            await self._check()
            await self._app(self._scope, self._count_body, self._add_headers)
        except Problem as problem:
            await self._refuse(problem)
        except PneumoscopeError as error:
            await self._refuse(problem_of(error))
        except ClientDisconnect:
            self._status = self._status or CLIENT_LEFT
        except Exception:
            _log.exception("a request failed unexpectedly: %s", self._id)
            await self._refuse(bug(self._id))
        finally:
            self._service.held -= self._received
            self._account()

    async def _check(self) -> None:
        """Raise `Problem` where the request is not let through."""
        service, limits = self._service, self._service.settings.limits
        self._check_host(self._headers.get("host", ""))
        declared = self._headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limits.body:
            raise _too_large(limits.body, f"The body has {int(declared):,} bytes")
        request = Request(self._scope)
        client = (
            await asyncio.to_thread(service.clients.of, request)
            if service.clients.auth
            else service.clients.of(request)
        )
        peer = self._scope["client"][0] if self._scope.get("client") else ""
        if not _UNCOUNTED.fullmatch(self._path):
            service.rates.take(client.name if client and client.name else peer)
        if client is None and not _OPEN.fullmatch(self._path):
            raise unknown_client("This service answers those alone that have a token.")
        self._scope["state"]["client"] = client

    def _check_host(self, host: str) -> None:
        names = self._service.settings.hosts
        name = re.sub(r":\d+$", "", host).lower()
        if names and name not in names:
            raise Problem(
                400,
                "host",
                f"This service is not known as {name!r}.",
                "Ask for it by another name, or start it with --allow-host NAME.",
            )

    async def _count_body(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            size, limits = len(message.get("body", b"")), self._service.settings.limits
            self._received += size
            self._service.held += size
            if self._received > limits.body:
                raise _too_large(limits.body, "The body is longer")
            if self._service.held > limits.held:
                raise busy("The bodies of requests that are under way take up all memory.")
        return message

    async def _add_headers(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._id
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if self._path.startswith("/v"):
                headers.setdefault("Cache-Control", "no-store")
            if self._service.draining:
                headers["Connection"] = "close"
        await self._send(message)

    async def _refuse(self, problem: Problem) -> None:
        """Answer with a problem, unless an answer has begun already."""
        if not self._status:
            response = problem.response(self._id)
            await response(self._scope, self._receive, self._add_headers)

    def _account(self) -> None:
        """Count the request, and log it: never its query, which may hold names."""
        route = getattr(self._scope.get("route"), "path", "") or "other"
        method, status = self._scope["method"], str(self._status or CLIENT_LEFT)
        spent = time.perf_counter() - self._begin
        metrics = self._service.metrics
        metrics.requests.labels(route, _known(method), status).inc()
        metrics.request_seconds.labels(route).observe(spent)
        client = self._scope["state"].get("client")
        tell(
            _log,
            "request",
            request_id=self._id,
            method=_known(method),
            route=route,
            status=status,
            milliseconds=round(1000 * spent, 1),
            client=client.name if client else "",
        )


def _known(method: str, known: Iterable[str] = ("GET", "POST", "PUT", "DELETE", "HEAD")) -> str:
    """A method, so that strange ones do not become figures of their own."""
    return method if method in known else "other"


def _too_large(most: int, what: str) -> Problem:
    return Problem(
        413,
        "too-large",
        f"{what} and the limit of this service is {most:,} bytes."
        if "has" in what
        else f"{what} than the limit of this service, {most:,} bytes.",
        "Send fewer films in a request, or start the service with a larger --max-body.",
    )
