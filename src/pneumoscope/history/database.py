"""The database of a history: SQLite or PostgreSQL, and the transactions on it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from pneumoscope.errors import HistoryError, needs_extra
from pneumoscope.history.faults import is_locked, told

_EXAMPLES = "Give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE."
_SECONDS = 10  # for a lock, or for a server to answer
# The same for libpq: for a connection, for locks, and where the other end has gone silent.
_PATIENCE: dict[str, Any] = {
    "connect_timeout": _SECONDS,
    "options": f"-c lock_timeout={_SECONDS}s",
    "keepalives_idle": _SECONDS,
    "keepalives_interval": 1,
    "keepalives_count": _SECONDS,
    "tcp_user_timeout": 1000 * _SECONDS,
}
_MILLISECONDS_TO_WIPE = 200
_WRITES = "pneumoscope_writes"
# What is stored survives a power failure, and what is deleted is wiped.
_SETTINGS = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
)


class Database:
    """The database at a URL. It may be used from several threads, and by several processes."""

    def __init__(self, engine: Engine) -> None:
        self._readers = engine
        self._writers = engine.execution_options(**{_WRITES: True})
        self.place = engine.url.render_as_string(hide_password=True)

    @classmethod
    def open(cls, url: str, *, make: bool = True) -> Database:
        """The database at `sqlite:///FILE`, made if needed unless `make` is false, or
        `postgresql://...`.

        Raises `HistoryError` for other URLs, and where there is no such file or can be none, and
        `MissingExtraError` where PostgreSQL's driver is not installed.
        """
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise HistoryError("The URL of the history is none.", _EXAMPLES) from error
        match parsed.get_backend_name():
            case "sqlite":
                return cls(_sqlite(parsed, make))
            case "postgresql":
                return cls(_postgresql(parsed))
        raise HistoryError(
            f"A history cannot be kept in a database of {parsed.drivername}.", _EXAMPLES
        )

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._readers.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees, in SQLite, one state of the database as long as it is held.

        Raises as `told`.
        """
        with told(self.place), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees one state of the database as long as it is held, whatever is
        written meanwhile, in either database. Raises as `told`."""
        with told(self.place), self._readers.connect() as connection:
            if self.dialect == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction, committed at the end of the block and undone where that
        raises. In SQLite there is one at a time. Raises as `told`."""
        with told(self.place), self._writers.begin() as connection:
            yield connection

    def wipe(self) -> None:
        """Take what was deleted out of SQLite's log too, unless somebody reads just now: then it
        stays there until the next time. PostgreSQL does that by itself. Raises as `told`."""
        if self.dialect != "sqlite":
            return
        with told(self.place), closing(self._readers.raw_connection()) as connection:
            cursor = connection.cursor()
            # While it waits for readers, nobody can write.
            cursor.execute(f"PRAGMA busy_timeout = {_MILLISECONDS_TO_WIPE}")
            try:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {int(1000 * _SECONDS)}")

    def close(self) -> None:
        """Close all connections."""
        self._readers.dispose()


def _sqlite(url: URL, make: bool) -> Engine:
    if not url.database or url.database == ":memory:" or url.query:
        raise HistoryError(f"A history needs a file, and {url} names none.", _EXAMPLES)
    file = Path(url.database).absolute()
    if not make and not file.exists():
        raise HistoryError(f"There is no history in {file}.", "Name the folder that has one.")
    with told(str(file)):
        file.parent.mkdir(parents=True, exist_ok=True)
        # Names of films are nobody else's business; the files beside it get the same mode.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": _SECONDS},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_in_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin_in_sqlite`
    _write_ahead(connection)
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer not wait for each other. A database stays so; while others use it,
    it cannot become so, and SQLite does not wait for them by itself."""
    end = time.monotonic() + _SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not is_locked(error) or time.monotonic() > end:
                raise
        time.sleep(0.02)


def _begin_in_sqlite(connection: Connection) -> None:
    # What will write takes the lock at once: it waits for its turn, and is not refused halfway.
    immediate = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _postgresql(url: URL) -> Engine:
    with needs_extra("A history in PostgreSQL", "postgresql"):
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            # A connection that was lost is replaced before it is used.
            pool_pre_ping=True,
            connect_args=_PATIENCE | dict(url.query),
            hide_parameters=True,
        )
