"""Searching the history: what is asked for, and pages that go on where the last one ended."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, get_args

from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    Integer,
    Row,
    Select,
    false,
    literal,
    select,
    tuple_,
)

from pneumoscope.errors import PneumoscopeError, nearest, one_line
from pneumoscope.history.identifiers import first_id
from pneumoscope.history.reviews import VERDICTS, Verdict
from pneumoscope.history.rows import LONGEST_KEY, film_key
from pneumoscope.history.tables import VERDICT_RANKS, Words, models, records

Sort = Literal["newest", "oldest", "name", "probability", "urgency", "verdict"]

T = TypeVar("T")

# What JSON has for the types of the columns that order.
_KINDS: dict[type, type] = {Words: str, Double: float, Integer: int}

# In a name of 500 characters, each takes six at most in JSON, and eight in base64.
LONGEST_CURSOR = 5_000


@dataclass(frozen=True)
class Query:
    """Which records are meant; what is not given does not matter.

    `search` is a part of the film's name, in any case. `verdict` may be `none`, for those that
    nobody has reviewed. `model` is a name. `since` (included) and `until` (excluded) have a time
    zone. `sort` is `newest` or `oldest` first, or by `name`, or by `probability`, the highest first
    and films that could not be read last; or by `urgency`, which is the same, but for films that
    were reviewed, which come after all others; or by `verdict`: what a reviewer disagrees with,
    what one is unsure of, what one agrees with, and what nobody has reviewed.

    Raises `PneumoscopeError` for another `status`, `verdict` or `sort`, and for times without a
    time zone.
    """

    search: str = ""
    status: Literal["read", "unreadable"] | None = None
    finding: str | None = None
    verdict: Verdict | Literal["none"] | None = None
    model: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    sort: Sort = "newest"

    def __post_init__(self) -> None:
        check_known("status", self.status, (None, "read", "unreadable"))
        check_known("verdict", self.verdict, (None, "none", *VERDICTS))
        check_known("sort", self.sort, get_args(Sort))
        for name, moment in (("since", self.since), ("until", self.until)):
            if moment is not None and moment.tzinfo is None:
                raise PneumoscopeError(
                    f"{name} is {moment.isoformat()}, which has no time zone.",
                    "Add one, such as Z or +01:00.",
                )


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of what was found, and the cursor with which to ask for more: `None` at the end."""

    items: Sequence[T]
    next: str | None


def conditions(query: Query) -> list[ColumnElement[bool]]:
    """What must be true of a row of `records`."""
    column = records.c
    found: list[ColumnElement[bool]] = []
    if query.search:
        part = film_key(query.search)
        is_possible = len(query.search) <= LONGEST_KEY
        found.append(column.film_key.contains(part, autoescape=True) if is_possible else false())
    if query.status is not None:
        is_unreadable = query.status == "unreadable"
        found.append(column.finding.is_(None) if is_unreadable else column.finding.is_not(None))
    if query.finding is not None:
        found.append(column.finding == query.finding)
    if query.verdict is not None:
        verdict = None if query.verdict == "none" else query.verdict
        found.append(column.verdict_rank == VERDICT_RANKS[verdict])
    if query.model is not None:
        of_name = select(models.c.sha256).where(models.c.name == query.model)
        found.append(column.model_sha256.in_(of_name))
    if query.since is not None:
        found.append(column.id >= first_id(query.since))
    if query.until is not None:
        found.append(column.id < first_id(query.until))
    return found


def found_ids(query: Query, limit: int, cursor: str | None, offset: int = 0) -> Select[tuple[str]]:
    """A statement for the identifiers on a page, in order, from behind the row that a cursor
    stands for, and `offset` rows further on. Indexes alone answer most of it: rows are large, and
    are read afterwards.

    Raises `PneumoscopeError` for a cursor that is none, or of another order.
    """
    statement = select(records.c.id).where(*conditions(query))
    if cursor is not None:
        columns, is_falling = _order(query.sort)
        here, place = tuple_(*columns), tuple_(*_place(cursor, query.sort, columns))
        statement = statement.where(here < place if is_falling else here > place)
    return in_order(statement, query.sort).limit(limit).offset(offset)


def in_order(statement: Select[T], sort: Sort) -> Select[T]:
    """A statement on `records`, ordered."""
    columns, is_falling = _order(sort)
    return statement.order_by(*(c.desc() if is_falling else c.asc() for c in columns))


def cursor_of(row: Row[Any], sort: Sort) -> str:
    """The cursor that stands for a row."""
    columns, _ = _order(sort)
    place = [sort, *(row._mapping[column.name] for column in columns)]
    return base64.urlsafe_b64encode(json.dumps(place, ensure_ascii=False).encode()).decode()


def _order(sort: Sort) -> tuple[list[Column[Any]], bool]:
    """The columns that order, and whether downwards."""
    column = records.c
    match sort:
        case "newest" | "oldest":
            return [column.id], sort == "newest"
        case "name":
            return [column.film_key, column.id], False
        case "probability":
            return [column.probability, column.id], True
        case "urgency":
            return [column.urgency, column.id], True
        case "verdict":
            return [column.verdict_rank, column.id], True


def _place(cursor: str, sort: Sort, columns: Sequence[Column[Any]]) -> list[ColumnElement[Any]]:
    """The values of the columns that order, in the row that a cursor stands for."""
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError("too long")
        of_sort, *values = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        kinds = [_KINDS[type(column.type)] for column in columns]
        if of_sort != sort or [type(value) for value in values] != kinds:
            raise ValueError("of another order")
        if sort == "verdict" and values[0] not in VERDICT_RANKS.values():
            raise ValueError("no rank, which may be greater than a database takes")
    except (ValueError, TypeError, RecursionError) as error:
        raise PneumoscopeError(
            f"The cursor {one_line(cursor, 100)!r} is no place in a list ordered by {sort}.",
            "Take it from a page with the same sort; or leave it out, to begin anew.",
        ) from error
    return [literal(value, column.type) for value, column in zip(values, columns, strict=True)]


def check_known(name: str, got: str | None, known: Sequence[str | None]) -> None:
    """Raise `PneumoscopeError` unless what a filter called `name` was given is known."""
    if got not in known:
        names = [option for option in known if option is not None]
        words = " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
        raise PneumoscopeError(
            f"There is no {name} {got!r}: it is {words or 'none yet'}.", nearest(str(got), names)
        )
