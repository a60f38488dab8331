"""Backups of a history, which are also the way from one kind of database to the other.

A backup is a folder: `history.jsonl.gz`, and the films. The file has a line of JSON for each row of
each table, between a first line that tells the schema and a last one that tells how many there are:

    {"format": 1, "schema": "0001"}
    {"table": "models", "row": {"sha256": "5d1c...", "name": "mobilenetv2-pediatric", ...}}
    {"rows": 1}

Rows are as the database has them, bytes in base64. Nothing here depends on what the tables are now:
a backup of an earlier schema is put into tables of that schema, which are then brought up to date.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, insert, select

from pneumoscope.errors import HistoryError
from pneumoscope.files import whole_file
from pneumoscope.history.database import Database
from pneumoscope.history.faults import told
from pneumoscope.history.films import FilmFolder
from pneumoscope.history.schema import present_revision, upgrade

FILE = "history.jsonl.gz"
FILMS = "films"
_FORMAT = 1
_AT_ONCE = 500
_SCHEMA_TABLE = "alembic_version"


_Row = tuple[str, dict[str, Any]]
"""The name of a table, and a row of it."""


@dataclass(frozen=True)
class Copied:
    """How many rows of all tables, and how many films, were backed up or restored. `missing` are
    the identifiers of films that should have been there, and were not, or were damaged."""

    rows: int
    films: int
    missing: tuple[str, ...]


def backup(url: str, films: Path, target: Path) -> Copied:
    """Back up the history in a database and a folder of films into a folder, new or empty.

    What the database held at one instant is copied, while others go on writing; a film that is
    deleted meanwhile is `missing`. The file of rows comes last: without it, a backup is not whole.

    Raises `HistoryError` where there is no history, or something in the way, and as `told`.
    """
    kept_films = FilmFolder(films)
    with closing(Database.open(url)) as database, told(str(target)):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise HistoryError(
                f"{target} is not empty.", "A backup needs a folder of its own: name a new one."
            )
        with whole_file(target / FILE, recorded=False) as part:
            part.touch(mode=0o600)
            with gzip.open(part, "wt", encoding="ascii") as file, database.snapshot() as connection:
                revision = present_revision(connection)
                if revision is None:
                    raise HistoryError(f"There is no history in {database.place}.")
                contents = _Contents()
                file.write(_line({"format": _FORMAT, "schema": revision}))
                for table, row in contents.noted(_rows(connection)):
                    file.write(_line({"table": table, "row": row}))
                file.write(_line({"rows": contents.rows}))
            return contents.copy_films(kept_films, FilmFolder(target / FILMS))


def restore(source: Path, url: str, films: Path) -> Copied:
    """Put a backup into an empty database, SQLite or PostgreSQL, and a folder of films.

    It is one transaction: where something goes wrong, the database is as empty as before.

    Raises `HistoryError` where the database is not empty, and where the backup is damaged or was
    made by a newer version; and as `told`.
    """
    lines = _lines(source / FILE)
    head = next(lines, None)
    if head is None:
        raise _damaged(source / FILE)
    if head.get("format") != _FORMAT:
        raise HistoryError(
            f"{source} is a backup of a format that this version does not know.",
            "Install a newer version of pneumoscope.",
        )
    contents, kept_films = _Contents(), FilmFolder(films)
    with closing(Database.open(url)) as database, database.writing() as connection:
        if present_revision(connection) is not None:
            raise HistoryError(
                f"There is a history in {database.place} already.",
                "A backup is restored into an empty database: name a new one.",
            )
        upgrade(connection, database.place, head["schema"])
        _insert(connection, contents.noted(_rows_of(lines, source)))
        copied = contents.copy_films(FilmFolder(source / FILMS), kept_films)
        upgrade(connection, database.place)
        return copied


class _Contents:
    """What passes by on the way: how many rows, and which films they keep."""

    def __init__(self) -> None:
        self.rows = 0
        self.kept: list[tuple[str, str]] = []

    def noted(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        """The same rows."""
        for table, row in rows:
            self.rows += 1
            if table == "records" and row["kept_sha256"] is not None:
                self.kept.append((row["id"], row["kept_sha256"]))
            yield table, row

    def copy_films(self, source: FilmFolder, target: FilmFolder) -> Copied:
        """Copy the films that are kept."""
        missing = []
        for identifier, sha256 in self.kept:
            try:
                film = source.read(identifier, sha256)
            except HistoryError:  # damaged
                film = None
            if film is None:
                missing.append(identifier)
            else:
                target.write(identifier, film)
        return Copied(self.rows, len(self.kept) - len(missing), tuple(missing))


def _rows(connection: Connection) -> Iterator[_Row]:
    """All rows of all tables, those first that others refer to."""
    for table in _tables(connection).sorted_tables:
        if table.name != _SCHEMA_TABLE:
            statement = select(table).execution_options(yield_per=_AT_ONCE)
            for row in connection.execute(statement).mappings():
                yield table.name, dict(row)


def _insert(connection: Connection, rows: Iterable[_Row]) -> None:
    """Put rows into the tables; those of one table come together."""
    tables = _tables(connection).tables
    for name, of_table in groupby(rows, key=itemgetter(0)):
        table = tables[name]
        of_bytes = [column.name for column in table.columns if column.type.python_type is bytes]
        while some := [row for _, row in islice(of_table, _AT_ONCE)]:
            for row in some:
                for column in of_bytes:
                    row[column] = row[column] and base64.b64decode(row[column])
            connection.execute(insert(table), some)


def _tables(connection: Connection) -> MetaData:
    """The tables as the database has them."""
    tables = MetaData()
    tables.reflect(connection)
    return tables


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, default=lambda data: base64.b64encode(data).decode()) + "\n"


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of a backup's file. Raises `HistoryError` where it is damaged, or not there."""
    with told(str(file)):
        try:
            with gzip.open(file, "rt", encoding="ascii") as lines:
                for line in lines:
                    document = json.loads(line)
                    if not isinstance(document, dict):
                        raise ValueError("not one of our lines")
                    yield document
        except (EOFError, zlib.error, ValueError, gzip.BadGzipFile) as error:
            raise _damaged(file) from error


def _rows_of(lines: Iterable[dict[str, Any]], source: Path) -> Iterator[_Row]:
    """The rows between the first line and the last. Raises `HistoryError` where some miss."""
    for count, line in enumerate(lines):
        if "rows" in line:
            if line["rows"] == count:
                return
            break
        yield line["table"], line["row"]
    raise _damaged(source / FILE)


def _damaged(file: Path) -> HistoryError:
    return HistoryError(f"{file} is damaged.", "Take another backup.")
