"""Reviews as rows of their table, and what records are ordered by, which follows from them."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from pneumoscope.history.reviews import Review
from pneumoscope.history.tables import REVIEWED, VERDICT_RANKS, records, reviews

_FIELDS = [reviews.c[field.name] for field in dataclasses.fields(Review)]


def reviews_of(
    connection: Connection, identifiers: Sequence[str] | Select[Any]
) -> dict[str, tuple[Review, ...]]:
    """The reviews of records, the latest first, by the identifiers of those that have any; these
    may be a statement that finds them."""
    found: dict[str, list[Review]] = defaultdict(list)
    statement = (
        select(reviews.c.record, *_FIELDS)
        .where(reviews.c.record.in_(identifiers))
        .order_by(reviews.c.reviewed_at.desc(), reviews.c.reviewer)
    )
    for identifier, *values in connection.execute(statement):
        found[identifier].append(Review(*values))
    return {identifier: tuple(of_one) for identifier, of_one in found.items()}


def put_review(
    connection: Connection, identifier: str, reviewer: str, review: Review | None
) -> None:
    """Put a review in the place of what its reviewer said of a record before; `None` removes that.
    Where there is no such record, nothing happens."""
    here = records.c.id == identifier
    # Who reviews the same film now waits: the latest review of the record is needed below.
    if connection.scalar(select(records.c.id).where(here).with_for_update()) is None:
        return
    own = (reviews.c.record == identifier) & (reviews.c.reviewer == reviewer)
    connection.execute(delete(reviews).where(own))
    if review is not None:
        row = {"record": identifier, **dataclasses.asdict(review)}
        connection.execute(insert(reviews), row)
    left = reviews_of(connection, [identifier]).get(identifier, ())
    order = {
        "urgency": REVIEWED if left else records.c.probability,
        "verdict_rank": VERDICT_RANKS[left[0].verdict if left else None],
    }
    connection.execute(update(records).where(here).values(order))
