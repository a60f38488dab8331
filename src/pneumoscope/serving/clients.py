"""Who may use the service: tokens of programs, and sessions of people who use the page.

A program sends its token with every request. The page sends it once, and gets a cookie that no
script can read; requests that change something then have to repeat a value that other pages cannot
know (CSRF).
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from pneumoscope.history.database import Database
from pneumoscope.history.tokens import Sessions, Tokens
from pneumoscope.serving.problems import Problem

COOKIE = "pneumoscope_session"
CSRF_HEADER = "x-csrf-token"
SESSION_DAYS = 7
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REMEMBERED_SECONDS = 5.0
_MOST_REMEMBERED = 1_000


@dataclass(frozen=True)
class Client:
    """Who asks. `session` is the secret of the page's session; empty for programs."""

    name: str
    session: str = ""

    @property
    def csrf(self) -> str | None:
        """What requests that change something have to repeat."""
        return csrf_of(self.session) if self.session else None


def csrf_of(session: str) -> str:
    """The value that goes with a session; the session cannot be found from it."""
    return hashlib.sha256(b"csrf:" + session.encode()).hexdigest()


class Clients:
    """Tells who sent a request. Used by several threads.

    A token or session that was good stays good for a few seconds without asking the database, and
    so does one that was revoked meanwhile.
    """

    def __init__(
        self, database: Database, *, auth: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tokens = Tokens(database)
        self._sessions = Sessions(database, SESSION_DAYS)
        self.auth = auth
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, bytes], tuple[float, str]] = {}

    def must_ask(self, request: Request) -> bool:
        """Whether only the database can tell who sent a request."""
        given = _secret_of(request) if self.auth else None
        return given is not None and self._remembered(_key(*given)) is None

    def of(self, request: Request) -> Client | None:
        """Who sent a request; `None` where that is not known.

        Raises `Problem` 401 for a token that is none, and 403 for a request that changes something
        and that another page may have sent.
        """
        if not self.auth:
            return Client("")
        given = _secret_of(request)
        name = self._check(*given) if given else None
        if request.headers.get("authorization"):
            if name is None:
                raise unknown_client("The token is not one of this service, or was revoked.")
            return Client(name)
        if given is None or name is None:
            return None
        client = Client(name, session=given[1])
        if request.method not in SAFE_METHODS:
            repeated = request.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(repeated.encode(), (client.csrf or "").encode()):
                raise Problem(
                    403,
                    "csrf",
                    f"The request changes something, and has no {CSRF_HEADER} that fits.",
                    "Take it from GET /v1/session, or send a token instead of a cookie.",
                )
        return client

    def sign_in(self, token: str) -> Client:
        """Start a session for the holder of a token. Raises `Problem` 401 where it is none."""
        name = self._check("token", token)
        if name is None:
            raise unknown_client("The token is not one of this service, or was revoked.")
        return Client(name, self._sessions.start(name, now=datetime.now(UTC)))

    def sign_out(self, client: Client) -> None:
        """End the session of a client."""
        self._sessions.end(client.session)
        with self._lock:
            self._known.pop(_key("session", client.session), None)

    def _check(self, kind: str, secret: str) -> str | None:
        """Whose secret it is, as the database says or said a moment ago."""
        key, now = _key(kind, secret), self._clock()
        if (known := self._remembered(key)) is not None:
            return known
        if kind == "token":
            name = self._tokens.check(secret)
        else:
            name = self._sessions.check(secret, now=datetime.now(UTC))
        with self._lock:
            if name is None:
                self._known.pop(key, None)
            else:
                if len(self._known) >= _MOST_REMEMBERED:
                    self._known.clear()
                self._known[key] = now, name
        return name

    def _remembered(self, key: tuple[str, bytes]) -> str | None:
        """Whose secret it is, as the database said a moment ago."""
        with self._lock:
            known = self._known.get(key)
        return known[1] if known and self._clock() - known[0] < _REMEMBERED_SECONDS else None


def _secret_of(request: Request) -> tuple[str, str] | None:
    """What a client shows to say who it is, and of which kind that is."""
    if given := request.headers.get("authorization"):
        scheme, _, token = given.partition(" ")
        return ("token", token.strip()) if scheme.lower() == "bearer" else None
    session = request.cookies.get(COOKIE, "")
    return ("session", session) if session else None


def _key(kind: str, secret: str) -> tuple[str, bytes]:
    # Not the secret itself: what is remembered may end up in a dump of memory.
    return kind, hashlib.sha256(secret.encode()).digest()


def unknown_client(detail: str) -> Problem:
    """Who asks is not known."""
    return Problem(
        401,
        "unauthorised",
        detail,
        "Send `Authorization: Bearer TOKEN`; `pneumoscope serve token create NAME`, with --folder "
        "and --history as the service has them, makes tokens.",
        headers={"WWW-Authenticate": 'Bearer realm="pneumoscope"'},
    )
