"""Tokens of programs, and sessions of people."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from pneumoscope.errors import PneumoscopeError
from pneumoscope.history.store import History
from pneumoscope.history.tokens import Sessions, Token, Tokens

NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def tokens(history: History) -> Tokens:
    return Tokens(history.database)


@pytest.fixture
def sessions(history: History) -> Sessions:
    return Sessions(history.database, days=1)


def test_a_token_is_known_until_it_is_revoked(tokens: Tokens) -> None:
    ward = tokens.create("ward 3", now=NOW)
    archive = tokens.create("archive", now=NOW + HOUR)
    assert re.fullmatch("pns_[A-Za-z0-9_-]{43}", ward)
    assert (tokens.check(ward), tokens.check(archive)) == ("ward 3", "archive")
    assert tokens.list() == [Token("archive", NOW + HOUR), Token("ward 3", NOW)]
    with pytest.raises(PneumoscopeError, match="'ward 3' already"):
        tokens.create("ward 3", now=NOW)
    assert tokens.revoke("ward 3")
    assert not tokens.revoke("ward 3")
    assert (tokens.check(ward), tokens.check(archive)) == (None, "archive")
    assert tokens.check(tokens.create("ward 3", now=NOW)) == "ward 3"


def test_what_is_no_token(tokens: Tokens) -> None:
    tokens.create("ward", now=NOW)
    for text in ("", "pns_", "ward", "pns_" + 43 * "A", "\x00", "\ud800", "x" * 100_000):
        assert tokens.check(text) is None
    for name in ("", " ", "a\nb", "\ud800", "x" * 101):
        with pytest.raises(PneumoscopeError, match="printable name"):
            tokens.create(name, now=NOW)


def test_a_session_ends_by_itself_by_hand_and_with_its_token(
    tokens: Tokens, sessions: Sessions
) -> None:
    tokens.create("ward", now=NOW)
    tokens.create("archive", now=NOW)
    first, second, third = (sessions.start(name, now=NOW) for name in ("ward", "ward", "archive"))
    assert sessions.check(first, now=NOW + 23 * HOUR) == "ward"
    assert sessions.check(first, now=NOW + 24 * HOUR) is None
    sessions.end(first)
    sessions.end(first)
    assert [sessions.check(secret, now=NOW) for secret in (first, second)] == [None, "ward"]
    tokens.revoke("ward")
    assert [sessions.check(secret, now=NOW) for secret in (second, third)] == [None, "archive"]
    with pytest.raises(PneumoscopeError, match="no token 'ward'"):
        sessions.start("ward", now=NOW)
    tokens.create("ward", now=NOW)
    assert sessions.check(second, now=NOW) is None
    for secret in ("", "\x00", "\ud800"):
        assert sessions.check(secret, now=NOW) is None


def test_no_secret_is_in_the_database(tmp_path: Path) -> None:
    with History.open(f"sqlite:///{tmp_path / 'history.db'}", tmp_path / "films") as history:
        token = Tokens(history.database).create("ward", now=NOW)
        secret = Sessions(history.database).start("ward", now=NOW)
        stored = b"".join(file.read_bytes() for file in tmp_path.glob("history.db*"))
    assert b"ward" in stored
    assert token.removeprefix("pns_").encode() not in stored
    assert secret.encode() not in stored
