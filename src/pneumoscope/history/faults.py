"""What databases and disks report, as errors of ours."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pneumoscope.errors import HistoryError, HistoryFullError, HistoryUnavailableError

_ROOM = "Make room, or let the history keep less: fewer days, or no films."
_LATER = "Try again later; if it stays so, look whether its database runs and can be reached."
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
# Of SQLSTATE: connections, resources, intervention of an operator, and locks.
_STATES_THAT_PASS = ("08", "53", "57", "55P03", "40001", "40P01")


@contextmanager
def told(place: str) -> Iterator[None]:
    """Around what uses the database or the films at `place`, which is named in messages: raises
    `HistoryFullError`, `HistoryUnavailableError` or `HistoryError` for what goes wrong there."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _of_database(error, place) from error
    except OSError as error:
        raise _of_disk(error, place) from error


def is_locked(error: sqlite3.Error) -> bool:
    """Whether somebody else uses the database of SQLite, so that it may be free later."""
    # The lowest byte is the kind of an extended code.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _of_database(error: Exception, place: str) -> HistoryError:
    original = error.orig if isinstance(error, DBAPIError) else error
    reason = str(original).strip().split("\n")[0].rstrip(".")
    kind = HistoryError
    if isinstance(original, sqlite3.Error):
        kind = _kind_in_sqlite(original)
    elif isinstance(error, PoolTimeoutError):
        kind = HistoryUnavailableError
    elif isinstance(error, DBAPIError):
        state = getattr(original, "sqlstate", None) or ""
        if state == "53100":
            kind = HistoryFullError
        elif error.connection_invalidated or state.startswith(_STATES_THAT_PASS):
            kind = HistoryUnavailableError
        elif not state and type(original).__name__ == "OperationalError":
            kind = HistoryUnavailableError  # no server was reached that could give a state
    return _error(kind, place, reason)


def _kind_in_sqlite(error: sqlite3.Error) -> type[HistoryError]:
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
        return HistoryFullError
    return HistoryUnavailableError if is_locked(error) else HistoryError


def _of_disk(error: OSError, place: str) -> HistoryError:
    kind = HistoryFullError if error.errno in _NO_ROOM else HistoryError
    return _error(kind, place, error.strerror or str(error))


def _error(kind: type[HistoryError], place: str, reason: str) -> HistoryError:
    if kind is HistoryFullError:
        return kind(f"There is no room left for the history in {place}: {reason}.", _ROOM)
    if kind is HistoryUnavailableError:
        return kind(f"The history in {place} does not answer: {reason}.", _LATER)
    return kind(f"The history in {place} cannot be used: {reason}.")
