"""Who may use a service: tokens of programs, and the sessions that people start with one.

Only digests are kept, so that nobody who reads the database can sign in. The secrets have 256
random bits: one round of SHA-256 is enough, and a digest can be looked up.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from pneumoscope.errors import PneumoscopeError
from pneumoscope.history.database import Database
from pneumoscope.history.tables import sessions, tokens

_PREFIX = "pns_"  # tells scanners for leaked secrets whose they are
_BYTES = 32
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Token:
    """What is known of a token: its name, and when it was made."""

    name: str
    created_at: datetime.datetime


class Tokens:
    """The tokens of a history. Everything raises as `faults.told`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, *, now: datetime.datetime) -> str:
        """A new token, `pns_` and 43 characters, for the program or person of this name. It is told
        here and never again.

        Raises `PneumoscopeError` where there is one of that name, and for a name that is empty,
        longer than 100 characters or not printable.
        """
        if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
            raise PneumoscopeError(
                f"A token needs a printable name of 1 to {_LONGEST_NAME} characters, got {name!r}.",
                "Name the program or person that will use it.",
            )
        token = _PREFIX + secrets.token_urlsafe(_BYTES)
        row = {"name": name, "digest": _digest(token), "created_at": now}
        with self._database.writing() as connection:
            try:
                connection.execute(insert(tokens), row)
            except IntegrityError as error:
                raise PneumoscopeError(
                    f"There is a token {name!r} already.", "Revoke it, or choose another name."
                ) from error
        return token

    def list(self) -> list[Token]:
        """All tokens, by name."""
        statement = select(tokens.c.name, tokens.c.created_at).order_by(tokens.c.name)
        with self._database.reading() as connection:
            return [Token(*row) for row in connection.execute(statement)]

    def revoke(self, name: str) -> bool:
        """Remove a token with the sessions that were started with it, and say whether there was
        one. The name is free again."""
        with self._database.writing() as connection:
            found = connection.execute(delete(tokens).where(tokens.c.name == name))
        return found.rowcount > 0

    def check(self, token: str) -> str | None:
        """The name of a token; `None` where it is none, or was revoked."""
        digest = _digest(token)
        statement = select(tokens.c.name, tokens.c.digest).where(tokens.c.digest == digest)
        with self._database.reading() as connection:
            return _name(connection.execute(statement).first(), digest)


class Sessions:
    """Sessions of people on the page, each started with a token. Everything raises as
    `faults.told`."""

    def __init__(self, database: Database, days: float = 7.0) -> None:
        """A session ends after so many `days`."""
        self._database = database
        self._length = datetime.timedelta(days=days)

    def start(self, token_name: str, *, now: datetime.datetime) -> str:
        """Start a session with the token of this name, and return its secret, 43 characters.

        Raises `PneumoscopeError` where there is no such token.
        """
        secret = secrets.token_urlsafe(_BYTES)
        row = {"digest": _digest(secret), "token": token_name, "expires_at": now + self._length}
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            try:
                connection.execute(insert(sessions), row)
            except IntegrityError as error:
                raise PneumoscopeError(f"There is no token {token_name!r}.") from error
        return secret

    def check(self, secret: str, *, now: datetime.datetime) -> str | None:
        """The name of the token that a session was started with; `None` where there is no such
        session, it has ended, or its token was revoked."""
        digest = _digest(secret)
        statement = select(sessions.c.token, sessions.c.digest).where(
            sessions.c.digest == digest, sessions.c.expires_at > now
        )
        with self._database.reading() as connection:
            return _name(connection.execute(statement).first(), digest)

    def end(self, secret: str) -> None:
        """End a session; one that has ended stays so."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == _digest(secret)))


def _digest(secret: str) -> str:
    # A secret that cannot be encoded is none of ours, and no reason to fail.
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _name(row: Any, digest: str) -> str | None:
    """The first cell of a row whose second is the digest."""
    if row is None:
        return None
    name, kept = row
    return str(name) if hmac.compare_digest(kept, digest) else None
