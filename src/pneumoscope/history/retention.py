"""How long records and films are kept, and the files that nothing keeps any more."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Delete, Update, delete, select, update

from pneumoscope.history.database import Database
from pneumoscope.history.films import FilmFolder
from pneumoscope.history.identifiers import first_id
from pneumoscope.history.identity import history_id
from pneumoscope.history.tables import records

# Records in one transaction: others must not wait long for theirs.
_AT_ONCE = 500
# A film is written before its record: without one it may only be young.
_YOUNG = datetime.timedelta(hours=1)
_HAS_FILM = records.c.kept_sha256.is_not(None)


@dataclass(frozen=True)
class Retention:
    """After how many days records and films go; `None`: never. A record takes its film along."""

    records: float | None = None
    films: float | None = None


@dataclass(frozen=True)
class Purged:
    """How many went: records, films of records that stay, and files that no record keeps."""

    records: int
    films: int
    orphans: int


def purge(
    database: Database, films: FilmFolder, retention: Retention, now: datetime.datetime
) -> Purged:
    """Remove what is older than `retention` tells, and what a killed process left in the folder.

    Raises as `faults.told`, and `HistoryError` where the folder is another history's.
    """
    forget = update(records).values(film_kept="none", kept_sha256=None)
    purged = Purged(
        records=_change_old(database, films, retention.records, now, delete(records)),
        films=_change_old(database, films, retention.films, now, forget, _HAS_FILM),
        orphans=_sweep(database, films, now - _YOUNG),
    )
    database.wipe()
    return purged


def _change_old(
    database: Database,
    films: FilmFolder,
    days: float | None,
    now: datetime.datetime,
    change: Delete | Update,
    *which: ColumnElement[bool],
) -> int:
    """Change records that are older than some days, and then remove their films. Returns how many
    records that were. `which` says which of them alone."""
    if days is None:
        return 0
    key = records.c.id
    old = select(key).where(key < first_id(now - datetime.timedelta(days=days)), *which)
    last, count = "", 0
    while True:
        with database.writing() as connection:
            found = connection.scalars(old.where(key > last).order_by(key).limit(_AT_ONCE)).all()
            if not found:
                return count
            changed = connection.execute(change.where(key.in_(found)))
        films.remove(found)
        last, count = found[-1], count + changed.rowcount


def _sweep(database: Database, films: FilmFolder, before: datetime.datetime) -> int:
    """Remove files that were written before a time and that no record keeps. Returns how many."""
    with database.reading() as connection:
        films.check(history_id(connection))
    count = 0
    for identifiers in films.older_than(before.timestamp()):
        for start in range(0, len(identifiers), _AT_ONCE):
            some = identifiers[start : start + _AT_ONCE]
            statement = select(records.c.id).where(records.c.id.in_(some), _HAS_FILM)
            with database.reading() as connection:
                kept = set(connection.scalars(statement))
            films.remove(orphans := [name for name in some if name not in kept])
            count += len(orphans)
    return count
