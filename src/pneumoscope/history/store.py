"""The history: records of films, in a database, and kept films, in a folder."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Row, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from pneumoscope.errors import HistoryError
from pneumoscope.history.database import Database
from pneumoscope.history.films import FilmFolder
from pneumoscope.history.identity import history_id
from pneumoscope.history.records import (
    KEEPS,
    Keep,
    NewRecord,
    Record,
    manifest_text,
    model_digest,
)
from pneumoscope.history.retention import Purged, Retention, purge
from pneumoscope.history.review_rows import put_review, reviews_of
from pneumoscope.history.reviews import Review, Verdict, settle
from pneumoscope.history.rows import record_of, row_of, select_records
from pneumoscope.history.schema import migrate
from pneumoscope.history.search import (
    Page,
    Query,
    check_known,
    conditions,
    cursor_of,
    found_ids,
    in_order,
)
from pneumoscope.history.tables import models, records
from pneumoscope.modelfile.file import parse_manifest
from pneumoscope.modelfile.manifest import ModelManifest


class History:
    """What was said of films, and the films, as far as they are kept. Make one with `History.open`.

    It may be used from several threads, and several processes may share a database and a folder.
    Everything raises `HistoryUnavailableError` where the database does not answer,
    `HistoryFullError` where there is no room left, and `HistoryError` for what else goes wrong.
    Questions that make no sense raise `PneumoscopeError`.
    """

    def __init__(
        self, database: Database, films: FilmFolder, keep: Keep, retention: Retention
    ) -> None:
        self.database = database
        self.films = films
        self.keep = keep
        self.retention = retention
        self._models: dict[str, ModelManifest] = {}

    @classmethod
    def open(
        cls,
        url: str,
        films: Path,
        *,
        keep: Keep = "stripped",
        retention: Retention = Retention(),  # noqa: B008 - frozen
    ) -> History:
        """The history in a database, `sqlite:///FILE` or `postgresql://...`, and a folder of films.

        Both are made if needed, and a database of an older version is brought up to date. A folder
        belongs to the history that used it first, since what that does not know is removed. `keep`
        is the most that may be kept of a film, and `retention` for how long, once `purge` is
        called.

        Raises `HistoryError` where the database was made by a newer version or the folder is
        another history's, and `MissingExtraError` where PostgreSQL's driver is not installed.
        """
        database = Database.open(url)
        migrate(database)
        folder = FilmFolder(films)
        with database.writing() as connection:
            folder.claim(history_id(connection, alone=True))
        return cls(database, folder, keep, retention)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def check(self) -> None:
        """Raise `HistoryError` where the database does not answer, or the folder of films is not
        there any more."""
        with self.database.reading() as connection:
            self.films.check(history_id(connection))

    def keep_model(self, manifest: ModelManifest) -> str:
        """Keep a model's manifest, as its file has it, and return its `model_digest`.

        Answers can be added only of models that are kept. `model` then need not ask the database.
        """
        digest = model_digest(manifest)
        row = {
            "sha256": digest,
            "name": manifest.name,
            "graph_sha256": manifest.graph_sha256,
            "manifest": manifest_text(manifest),
        }
        # The two have this in the same words, which SQLAlchemy has for each alone.
        insert_into = sqlite.insert if self.database.dialect == "sqlite" else postgresql.insert
        with self.database.writing() as connection:
            connection.execute(insert_into(models).values(row).on_conflict_do_nothing())
        self._models[digest] = manifest.model_copy(update={"seen": None})
        return digest

    def model(self, model_sha256: str) -> ModelManifest | None:
        """The manifest of a model that was kept, without the fingerprints of the films that it has
        seen.

        Raises `ModelFileError` where it cannot be understood.
        """
        if model_sha256 not in self._models:
            statement = select(models.c.manifest).where(models.c.sha256 == model_sha256)
            with self.database.reading() as connection:
                text = connection.scalar(statement)
            if text is None:
                return None
            manifest = parse_manifest(text.encode(), f"The model {model_sha256} in the history")
            self._models[model_sha256] = manifest
        return self._models[model_sha256]

    def add(self, entries: Sequence[NewRecord]) -> None:
        """Add records with their films, all or none of them, in one transaction.

        Once it returns, the records survive whatever ends this process or the machine; of films,
        see `FilmFolder.write`. Films are written before records: what is found has its film.
        Raises `ValueError` where a film is not what its record or `keep` tells.
        """
        if not entries:
            return
        for entry in entries:
            self._check(entry)
        written: list[str] = []
        try:
            for entry in entries:
                if entry.film is not None and self.films.write(entry.record.id, entry.film):
                    written.append(entry.record.id)
            with self.database.writing() as connection:
                connection.execute(insert(records), [row_of(entry) for entry in entries])
        except Exception as error:
            # Where the connection broke, the records may be there; if not, `purge` takes the films,
            # as after an interrupt.
            if not _may_have_happened(error):
                self.films.remove(written)
            raise

    def _check(self, entry: NewRecord) -> None:
        kept = entry.record.film_kept
        if (entry.film is None) != (kept == "none"):
            raise ValueError(f"film_kept is {kept!r}, and a film is given, or not")
        if KEEPS.index(kept) > KEEPS.index(self.keep):
            raise ValueError(f"a {kept} film is to be kept, and at most {self.keep} may be")

    def find_same(
        self, film_sha256: str, model_sha256: str, prevalence: float | None
    ) -> Record | None:
        """The newest record in which this model answered the same film for the same prevalence;
        `None` where there is none."""
        statement = (
            select_records()
            .where(
                records.c.film_sha256 == film_sha256,
                records.c.model_sha256 == model_sha256,
                records.c.prevalence.is_not_distinct_from(prevalence),
            )
            .order_by(records.c.id.desc())
            .limit(1)
        )
        return self._one(statement)

    def get(self, identifier: str) -> Record | None:
        """The record of an identifier; `None` where there is none."""
        return self._one(select_records().where(records.c.id == identifier))

    def _one(self, statement: Any) -> Record | None:
        with self.database.reading() as connection:
            found = _records(connection, connection.execute(statement).fetchmany(1))
        return found[0] if found else None

    def search(
        self, query: Query, *, limit: int = 50, cursor: str | None = None, offset: int = 0
    ) -> Page[Record]:
        """At most `limit` records, in the order that is asked for, from the beginning or where the
        page ended that gave the cursor; `offset` are passed over.

        With a cursor, what is added or deleted meanwhile shifts nothing. Raises `PneumoscopeError`
        for a model or a finding that the history does not know, and for a cursor that is none, or
        of another order.
        """
        self._check_names(query)
        found = found_ids(query, limit + 1, cursor, offset).subquery()
        statement = select_records().where(records.c.id.in_(select(found.c.id)))
        with self.database.reading() as connection:
            rows = connection.execute(in_order(statement, query.sort)).all()
            items = _records(connection, rows[:limit])
        following = cursor_of(rows[limit - 1], query.sort) if len(rows) > limit else None
        return Page(items, following)

    def _check_names(self, query: Query) -> None:
        """Raise `PneumoscopeError` for names of nothing: a list that is empty because a name is
        mistyped would say that there are no such films."""
        if query.model is None and query.finding is None:
            return
        with self.database.reading() as connection:
            kept = connection.execute(select(models.c.sha256, models.c.name)).all()
        if query.model is not None:
            check_known("model", query.model, sorted({row.name for row in kept}))
        if query.finding is not None:
            manifests = [self.model(row.sha256) for row in kept]
            classes = {name for one in manifests if one is not None for name in one.class_names}
            check_known("finding", query.finding, sorted(classes))

    def count(self, query: Query) -> int:
        """How many records there are."""
        statement = select(func.count()).select_from(records).where(*conditions(query))
        with self.database.reading() as connection:
            return connection.scalar(statement) or 0

    def review(
        self,
        identifier: str,
        verdict: Verdict | None,
        note: str = "",
        reviewer: str = "",
        *,
        opinion: str | None = None,
        operating_point: str | None = None,
        blind: bool = False,
        now: datetime.datetime,
    ) -> Record | None:
        """Put down what a person says of the finding at an operating point (without one, that of
        the judgement), in place of what this person said before; neither a verdict nor an opinion
        takes that back. Returns the record; `None` where there is none.

        Raises `PneumoscopeError` as `settle`, and for an operating point that the model does not
        have.
        """
        record = self.get(identifier)
        if record is None:
            return None
        review = None
        if verdict is not None or opinion is not None:
            finding, point, classes = self._called(record, operating_point)
            verdict, opinion = settle(verdict, opinion, finding, classes)
            review = Review(verdict, note, reviewer, now, opinion, finding, point, blind)
        with self.database.writing() as connection:
            put_review(connection, identifier, reviewer, review)
        return self.get(identifier)

    def _called(
        self, record: Record, operating_point: str | None
    ) -> tuple[str | None, str | None, tuple[str, ...]]:
        """The class called of a record, the operating point, and the classes of its model."""
        answer = record.answer
        if answer is None:
            return None, None, ()
        manifest = self.model(answer.model_sha256)
        if manifest is None:  # records refer to it
            raise HistoryError(f"The model {answer.model_sha256} is not in the history.")
        point = operating_point or answer.operating_point
        finding = answer.call.finding
        if point != answer.operating_point:
            finding = answer.prediction(record.film, manifest).decide(point)
        return finding, point, manifest.class_names

    def delete(self, identifier: str) -> bool:
        """Delete a record and its film, and say whether there was one."""
        with self.database.writing() as connection:
            found = connection.execute(delete(records).where(records.c.id == identifier))
        if found.rowcount == 0:
            return False
        self.films.remove([identifier])
        self.database.wipe()
        return True

    def film(self, identifier: str) -> bytes | None:
        """The copy of a film that was kept; `None` where none is there.

        Raises `HistoryError` where it is damaged.
        """
        statement = select(records.c.kept_sha256).where(records.c.id == identifier)
        with self.database.reading() as connection:
            digest = connection.scalar(statement)
        return None if digest is None else self.films.read(identifier, digest)

    def purge(self, now: datetime.datetime) -> Purged:
        """Remove what is older than `retention` tells, and what a killed process left among films.

        Meant to be called every now and then.
        """
        return purge(self.database, self.films, self.retention, now)


def _records(connection: Connection, rows: Sequence[Row[Any]]) -> list[Record]:
    """The records in rows of `select_records`, with their reviews."""
    reviews = reviews_of(connection, [row.id for row in rows])
    return [record_of(row, reviews.get(row.id, ())) for row in rows]


def _may_have_happened(error: BaseException) -> bool:
    """Whether the connection broke, so that nobody knows whether its transaction was committed."""
    cause = error.__cause__ if isinstance(error, HistoryError) else None
    return isinstance(cause, DBAPIError) and cause.connection_invalidated
