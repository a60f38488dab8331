"""What every request passes: who asks, by which name, how often, and for how much."""

from __future__ import annotations

import asyncio
import re
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pneumoscope.errors import PneumoscopeError
from pneumoscope.serving.clients import Client, unknown_client
from pneumoscope.serving.problems import Problem, busy, problem_of
from pneumoscope.serving.service import Service
from pneumoscope.serving.tokenless import check_without_token

# What anybody may ask for: the page and its parts, signing in, and whether the service is well.
_OPEN = re.compile(
    r"/|/sw\.js|/static/.*|/v1/session|/healthz|/readyz|/openapi\.json|/v2/health/.*"
)
# What is asked by machines, often and from one address.
_UNCOUNTED = re.compile(r"/healthz|/readyz|/metrics|/v2/health/.*|/static/.*")
# Where films come in; nothing else is large.
_OF_FILMS = re.compile(r"/v1/predictions|/v2/.*")


class _Route(NamedTuple):
    path: str


FILMS = _Route("/v1/predictions")
"""Where films are sent: `direct.py` answers there. Figures and logs call it by this path."""

_SENDS_FILMS = re.compile(r"/v1/predictions|/v2/models/.*/infer")

_MOST_BESIDE_FILMS = 2**18
_KEPT_OPEN = 2**20
"""So much of a body that nobody wants is still read, so that its connection can stay open."""


def is_open(path: str) -> bool:
    """Whether anybody may ask for a path."""
    return _OPEN.fullmatch(path) is not None


def is_uncounted(path: str) -> bool:
    """Whether a path may be asked for as often as anybody likes."""
    return _UNCOUNTED.fullmatch(path) is not None


class Gate:
    """The layer of the application that lets requests through, or answers why not."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _Passage(self._app, self._service, scope, receive, send).run()
        else:
            await self._app(scope, receive, send)


class _Passage:
    """One request on its way through."""

    def __init__(
        self, app: ASGIApp, service: Service, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._app, self._service = app, service
        self._scope, self._receive, self._send = scope, receive, send
        self._headers = Headers(scope=scope)
        root = service.settings.root_path
        self._path = _path(scope["path"], root)
        # Whether or not a proxy has taken its part of the path away.
        scope["path"], scope["root_path"] = root + self._path, root
        if scope["method"] == "POST" and self._path == FILMS.path:
            scope["route"] = FILMS  # for figures and logs, also where it is turned away here
        limits = service.settings.limits
        self._most = limits.body if _OF_FILMS.fullmatch(self._path) else _MOST_BESIDE_FILMS
        self._deadline = asyncio.get_running_loop().time() + limits.seconds
        declared = self._headers.get("content-length", "0")
        is_declared = declared.isdecimal() and "transfer-encoding" not in self._headers
        self._rest = float(declared) if is_declared else float("inf")  # of the body
        self._held = 0
        scope["state"]["hold"] = self._hold  # for what unpacks a body
        self._asked = False
        self._begun = False

    async def run(self) -> None:
        """Let the request through, or answer why not."""
        try:
            await self._check()
            await self._app(self._scope, self._count_body, self._begin)
        except Problem as problem:
            await self._refuse(problem)
        except PneumoscopeError as error:
            await self._refuse(problem_of(error))
        finally:
            self._service.held -= self._held

    async def _check(self) -> None:
        """Raise `Problem` where the request is not let through."""
        service = self._service
        self._scope["state"]["client"] = None
        self._check_host(self._headers.getlist("host"))
        if not service.settings.auth:
            check_without_token(self._scope, service.settings)
        peer = self._scope["client"][0] if self._scope.get("client") else ""
        request = Request(self._scope)
        must_ask = service.clients.must_ask(request)
        if must_ask:
            # Beforehand: who tries one token after the other is kept from the database too.
            service.rates.take(peer)
        try:
            client = await self._client(request)
        except Problem:
            if not must_ask:
                service.rates.take(peer)
            raise
        if not is_uncounted(self._path):
            if client and client.name:
                service.rates.take(client.name)
            elif not must_ask:
                service.rates.take(peer)
        if client is None and not is_open(self._path):
            raise unknown_client("This service answers those alone that have a token.")
        self._scope["state"]["client"] = client
        if self._scope["method"] == "POST" and _SENDS_FILMS.fullmatch(self._path):
            service.admission.check()  # before a body is read that there is no room for
        if self._most < self._rest < float("inf"):
            raise _too_large(f"The body has {self._rest:,.0f} bytes", self._most)

    async def _client(self, request: Request) -> Client | None:
        clients = self._service.clients
        # The database is asked only where there are tokens.
        return await asyncio.to_thread(clients.of, request) if clients.auth else clients.of(request)

    def _check_host(self, hosts: list[str]) -> None:
        if len(hosts) > 1:  # RFC 9112, 3.2: others on the way may go by another one
            raise Problem(
                400, "host", "The request has more than one Host header.", "Send it with one."
            )
        names, host = self._service.settings.hosts, "".join(hosts)
        name = re.sub(r":\d+$", "", host).lower()
        if names and name not in names:
            raise Problem(
                400,
                "host",
                f"This service is not known as {name[:200]!r}.",
                "Ask for it by another name, or start it with --allow-host NAME.",
            )

    async def _count_body(self) -> Message:
        """What the client sent next. Raises `Problem` where that is too much, or too late."""
        limits = self._service.settings.limits
        self._asked = True
        if not self._rest:
            return await self._receive()  # there is nothing to wait for but that the client leaves
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            raise Problem(
                408,
                "upload-timeout",
                f"The body had not arrived after {limits.seconds:g} s.",
                "Send smaller films, fewer of them, or over a faster connection.",
            ) from error
        if message["type"] == "http.request":
            size = len(message.get("body", b""))
            self._rest = self._rest - size if message.get("more_body") else 0
            self._hold(size)
        return message

    def _hold(self, size: int) -> None:
        """So many more bytes are held for this request, until it ends. Raises `Problem` where that
        is more than one, or all of them together, may hold."""
        self._held += size
        self._service.held += size
        if self._held > self._most:
            raise _too_large("The body is too long", self._most)
        if self._service.held > self._service.settings.limits.held:
            raise busy("The bodies of requests that are under way take up all memory.")

    async def _begin(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            headers = MutableHeaders(scope=message)
            if self._path.startswith("/v"):
                headers.setdefault("Cache-Control", "no-store")
            # Who waits to be asked for the body (100-continue) may or may not send it now.
            is_unsure = "expect" in self._headers and not self._asked
            if self._rest and (is_unsure or self._rest > _KEPT_OPEN):
                headers["Connection"] = "close"
        await self._send(message)

    async def _refuse(self, problem: Problem) -> None:
        """Answer with a problem, unless an answer has begun already."""
        if self._begun:
            raise problem
        response = problem.response(self._scope["state"]["request_id"])
        await response(self._scope, self._receive, self._begin)


def _path(path: str, root: str) -> str:
    """The path of a request within the service."""
    if root and (path == root or path.startswith(f"{root}/")):
        path = path[len(root) :]
    return path or "/"


def _too_large(what: str, most: int) -> Problem:
    return Problem(
        413,
        "too-large",
        f"{what}: the limit is {most:,} bytes.",
        "Send fewer films in a request, or start the service with a larger --max-body.",
    )
