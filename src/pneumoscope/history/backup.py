"""Backups of a history, which are also the way from one kind of database to the other.

A backup is a folder: `history.jsonl.gz`, and the films. The file has a line of JSON for each row of
each table, between a first line that tells the schema and a last one that tells how many there are:

    {"format": 1, "schema": "0001"}
    {"table": "models", "row": {"sha256": "5d1c...", "name": "mobilenetv2-pediatric", ...}}
    {"rows": 1}

Rows are as the database has them, bytes in base64. What tells this history from others stays out,
and so do sessions: those who were signed in do it again. Nothing here depends on what columns are
now: a backup of an earlier schema is put into tables of that schema, which are then brought up to
date.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, insert, select

from pneumoscope.errors import HistoryError
from pneumoscope.files import force_to_disk, whole_file
from pneumoscope.history.database import Database
from pneumoscope.history.faults import told
from pneumoscope.history.films import FilmFolder
from pneumoscope.history.identifiers import is_id
from pneumoscope.history.identity import history_id
from pneumoscope.history.schema import present_revision, upgrade
from pneumoscope.history.tables import identity, metadata, records, sessions, tokens

FILE = "history.jsonl.gz"
FILMS = "films"
_FORMAT = 1
_AT_ONCE = 500
_TABLES = [name for name in metadata.tables if name not in (identity.name, sessions.name)]
# What JSON has for the types of columns; bytes are text in base64.
_KINDS: dict[type, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (int, float),
    bytes: (str,),
}
_LARGEST = 2**63 - 1


_Row = tuple[str, dict[str, Any]]
"""The name of a table, and a row of it."""


@dataclass(frozen=True)
class Copied:
    """How many rows of all tables, how many films and, among the rows, how many records and tokens
    were backed up or restored. `missing` are the identifiers of films that should have been there,
    and were not, or were damaged."""

    rows: int
    films: int
    missing: tuple[str, ...]
    records: int
    tokens: int


def backup(url: str, films: Path, target: Path) -> Copied:
    """Back up the history in a database and a folder of films into a folder, new or empty.

    What the database held at one instant is copied, while others go on writing; a film that is
    deleted meanwhile is `missing`. The file of rows comes last: without it, a backup is not whole.

    Raises `HistoryError` where there is no history, the folder of films is not its own, or
    something is in the way, and as `told`.
    """
    kept_films = FilmFolder(films)
    with closing(Database.open(url, make=False)) as database, told(str(target)):
        with database.reading() as connection:
            if present_revision(connection) is None:
                raise HistoryError(f"There is no history in {database.place}.")
            kept_films.check(history_id(connection))
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(target.iterdir()):
            raise HistoryError(
                f"{target} is not empty.", "A backup needs a folder of its own: name a new one."
            )
        with whole_file(target / FILE, recorded=False) as part:
            part.touch(mode=0o600)
            with gzip.open(part, "wt", encoding="ascii") as file, database.snapshot() as connection:
                revision = present_revision(connection)
                contents = _Contents()
                file.write(_line({"format": _FORMAT, "schema": revision}))
                for table, row in contents.noted(_rows(connection)):
                    file.write(_line({"table": table, "row": row}))
                file.write(_line({"rows": contents.rows}))
            copied = contents.copy_films(kept_films, FilmFolder(target / FILMS))
        for folder in (target, target.parent):
            force_to_disk(folder)
        return copied


def restore(source: Path, url: str, films: Path) -> Copied:
    """Put a backup into an empty database, SQLite or PostgreSQL, and a folder of films.

    It is one transaction: where something goes wrong, the database is as empty as before. Films
    that are in the folder already, such as those of an attempt that failed, are written again
    unless they are right. Tokens are those of the backup, also if they were revoked since.

    Raises `HistoryError` where the database is not empty, the folder is that of another history,
    and where the backup is damaged or was made by a newer version; and as `told`.
    """
    file = source / FILE
    _check_whole(file)
    lines = _lines(file)
    head = next(lines, None)
    if head is None:
        raise _damaged(file)
    if head.get("format") != _FORMAT:
        raise HistoryError(
            f"{source} is a backup of a format that this version does not know.",
            "Install a newer version of pneumoscope.",
        )
    if not isinstance(head.get("schema"), str):
        raise _damaged(file)
    contents, kept_films = _Contents(), FilmFolder(films)
    with closing(Database.open(url)) as database:
        with database.writing() as connection:
            if present_revision(connection) is not None:
                raise HistoryError(
                    f"There is a history in {database.place} already.",
                    "A backup is restored into an empty database: name a new one.",
                )
            kept_films.check(None)
            upgrade(connection, database.place, head["schema"])
            _insert(connection, lines, contents, file)
            copied = contents.copy_films(FilmFolder(source / FILMS), kept_films)
            upgrade(connection, database.place)
        # Not before: what fails leaves a folder that is nobody's. What is killed here is claimed
        # as soon as the history is opened.
        with database.writing() as connection:
            kept_films.claim(history_id(connection, alone=True))
        return copied


class _Contents:
    """What passes by on the way: how many rows, records and tokens, and which films they keep."""

    def __init__(self) -> None:
        self.rows = 0
        self.records = 0
        self.tokens = 0
        self.kept: list[tuple[str, str]] = []

    def noted(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        """The same rows."""
        for table, row in rows:
            self.rows += 1
            self.tokens += table == tokens.name
            self.records += table == records.name
            if table == records.name and row["kept_sha256"] is not None:
                self.kept.append((row["id"], row["kept_sha256"]))
            yield table, row

    def copy_films(self, source: FilmFolder, target: FilmFolder) -> Copied:
        """Copy the films that are kept, and force them to the disk."""
        missing = []
        target.make()
        for identifier, sha256 in self.kept:
            try:
                film = source.read(identifier, sha256)
            except HistoryError:  # damaged
                film = None
            if film is None:
                missing.append(identifier)
            else:
                target.put(identifier, film)
        target.flush()
        films = len(self.kept) - len(missing)
        return Copied(self.rows, films, tuple(missing), self.records, self.tokens)


def _rows(connection: Connection) -> Iterator[_Row]:
    """All rows of our tables, those first that others refer to."""
    for table in _tables(connection).sorted_tables:
        statement = select(table).execution_options(yield_per=_AT_ONCE)
        for row in connection.execute(statement).mappings():
            yield table.name, dict(row)


def _insert(
    connection: Connection, lines: Iterable[dict[str, Any]], contents: _Contents, file: Path
) -> None:
    """Put the rows of a backup's file into the tables; those of one table come together. Raises
    `HistoryError` where the file is damaged."""
    tables = _tables(connection).tables
    rows = contents.noted(_rows_of(lines, tables, file))
    for name, of_table in groupby(rows, key=itemgetter(0)):
        while some := [row for _, row in islice(of_table, _AT_ONCE)]:
            connection.execute(insert(tables[name]), some)


def _tables(connection: Connection) -> MetaData:
    """Our tables as the database has them; others may have theirs beside them."""
    tables = MetaData()
    tables.reflect(connection, only=lambda name, _: name in _TABLES)
    return tables


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, default=lambda data: base64.b64encode(data).decode()) + "\n"


def _check_whole(file: Path) -> None:
    """Compare a backup's file with the checksum at its end. Raises `HistoryError` where it is
    damaged, or not there."""
    with told(str(file)):
        try:
            with gzip.open(file) as data:
                while data.read(2**20):
                    pass
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _damaged(file) from error


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
        except (EOFError, zlib.error, ValueError, RecursionError, gzip.BadGzipFile) as error:
            raise _damaged(file) from error


def _rows_of(
    lines: Iterable[dict[str, Any]], tables: Mapping[str, Table], file: Path
) -> Iterator[_Row]:
    """The rows between the first line and the last. Raises `HistoryError` where some miss, or are
    none of these tables, or something follows."""
    following = iter(lines)
    for count, line in enumerate(following):
        if "rows" in line:
            if line["rows"] == count and next(following, None) is None:
                return
            break
        name = line.get("table")
        if not isinstance(name, str) or name not in tables:
            break
        try:
            yield name, _row_of(line.get("row"), tables[name])
        except ValueError as error:
            raise _damaged(file) from error
    raise _damaged(file)


def _row_of(found: Any, table: Table) -> dict[str, Any]:
    """A row as the database takes it. Raises `ValueError` where it is none of the table."""
    if not isinstance(found, dict) or found.keys() != set(table.columns.keys()):
        raise ValueError("other columns")
    for column in table.columns:
        value, kind = found[column.name], column.type.python_type
        if value is None and column.nullable:
            continue
        if type(value) not in _KINDS[kind] or (kind is int and abs(value) > _LARGEST):
            raise ValueError(f"a value that {column.name} cannot have")
        if kind is bytes:
            found[column.name] = base64.b64decode(value, validate=True)
    if table.name == records.name and not is_id(found["id"]):
        raise ValueError("no identifier")
    return found


def _damaged(file: Path) -> HistoryError:
    return HistoryError(f"{file} is damaged.", "Take another backup.")
