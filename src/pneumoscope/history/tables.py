"""The tables of a history, the same in SQLite and PostgreSQL."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MILLISECOND = datetime.timedelta(milliseconds=1)
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


class Words(TypeDecorator[str]):
    """Text of any origin, ordered by its code points in both databases. What they cannot hold, the
    character zero and halves of characters, is kept as U+FFFD."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # SQLite orders by code points unless told otherwise.
        return Text(collation="C" if dialect.name == "postgresql" else None)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _NOT_STORABLE.sub("\ufffd", value)


class Json(TypeDecorator[Any]):
    """A value as JSON, in ASCII, so that every text can be part of it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        # What Python writes for NaN and infinity is no JSON.
        return json.dumps(value, separators=(",", ":"), allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Moment(TypeDecorator[datetime.datetime]):
    """A time as milliseconds since 1970, in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime.datetime | None:
        return None if value is None else _EPOCH + value * _MILLISECOND


metadata = MetaData()

identity = Table("identity", metadata, Column("id", Words, primary_key=True))
"""One row: random digits that tell this history from every other."""

models = Table(
    "models",
    metadata,
    Column("sha256", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("graph_sha256", Words, nullable=False),
    Column("manifest", Text, nullable=False),
)
"""Every model that was asked, once. Answers stay understandable after it was replaced."""

UNREADABLE = -1.0
"""The probability of a film that could not be read: such films come last."""

REVIEWED = -2.0
"""The urgency of a film that was reviewed: such films come after all others."""

VERDICT_RANKS: dict[str | None, int] = {"disagree": 3, "unsure": 2, "agree": 1, None: 0}
"""What records are ordered by where verdicts order them, the greatest first."""

records = Table(
    "records",
    metadata,
    Column("id", Words, primary_key=True),
    Column("film", Words, nullable=False),
    Column("film_key", Words, nullable=False),  # what names are searched and ordered by
    Column("film_sha256", Words, nullable=False),
    Column("client", Words),
    Column("film_kept", Words, nullable=False),
    Column("kept_sha256", Words),  # of the copy that is kept
    Column("reason", Words),
    # What follows is NULL, or UNREADABLE, where the film could not be read.
    Column("model_sha256", Words, ForeignKey("models.sha256")),
    Column("operating_point", Words),
    Column("prevalence", Double),
    Column("finding", Words),
    Column("class_of_interest", Words),
    Column("probability", Double, nullable=False),
    Column("threshold", Double),
    Column("height", Integer),
    Column("width", Integer),
    # The probability while nobody has reviewed it, and then REVIEWED; and of VERDICT_RANKS that of
    # the latest review. All else of reviews is in their table alone; these two follow from it, and
    # are here for their indexes, by which both databases order, and go on behind a row, alike.
    Column("urgency", Double, nullable=False),
    Column("verdict_rank", Integer, nullable=False),
    # Last, since they are large and never searched.
    Column("probabilities", Json),
    Column("logits", Json),
    Column("milliseconds", Json),
    Column("tags", Json),
    Column("cam", LargeBinary),
    Column("embedding", LargeBinary),
    # Each ends with `id`: it orders what is equal, and is where a page goes on.
    Index("records_by_film", "film_key", "id"),
    Index("records_by_probability", "probability", "id"),
    Index("records_by_finding", "finding", "id"),
    Index("records_by_urgency", "urgency", "id"),
    Index("records_by_verdict", "verdict_rank", "id"),
    Index("records_by_model", "model_sha256", "id"),
    Index("records_of_same_film", "film_sha256", "model_sha256", "id"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("record", Words, ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("reviewer", Words, primary_key=True),  # empty where no name is known
    Column("verdict", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("opinion", Words),
    Column("finding", Words),
    Column("operating_point", Words),
    Column("blind", Boolean, nullable=False),
    Column("reviewed_at", Moment, nullable=False),
)
"""What persons say of findings: one row a record and person, who may change it."""

tokens = Table(
    "tokens",
    metadata,
    Column("name", Words, primary_key=True),
    Column("digest", Words, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("token", Words, ForeignKey("tokens.name", ondelete="CASCADE"), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("sessions_by_token", "token"),
)
