"""What the queries of requests say: how to judge films, and which records to show."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pneumoscope.history.search import LONGEST_CURSOR, Query, Sort
from pneumoscope.modelfile.manifest import RAREST

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _check_moment(given: object) -> object:
    """Numbers would pass for seconds since 1970."""
    if isinstance(given, str) and not _DATE.match(given):
        raise ValueError("a date and a time are expected, such as 2026-11-29T08:00:00Z")
    return given


Moment = Annotated[AwareDatetime, BeforeValidator(_check_moment)]


class PredictionQuery(BaseModel):
    """How films are to be judged."""

    model_config = ConfigDict(extra="forbid")

    model: str | None = Field(None, max_length=200, description="A model of /v1/models.")
    operating_point: str = Field(
        "balanced", max_length=200, description="An operating point of the model."
    )
    prevalence: float | None = Field(
        None,
        ge=RAREST,
        le=1 - RAREST,
        description="The share of films with a finding, where it is known.",
    )
    name: str | None = Field(
        None, max_length=1000, description="What a film sent as it is is called."
    )


class Filters(BaseModel):
    """Which records, in which order, and which page of them."""

    model_config = ConfigDict(extra="forbid")

    search: str = Field("", max_length=200, description="Part of a film's name.")
    status: Literal["read", "unreadable"] | None = None
    finding: str | None = Field(None, max_length=200, description="The class called.")
    verdict: Literal["agree", "disagree", "unsure", "none"] | None = Field(
        None, description="What a reviewer said; `none`: not reviewed."
    )
    model: str | None = Field(None, max_length=200)
    since: Moment | None = None
    until: Moment | None = None
    sort: Sort = Field(
        "newest",
        description="`urgency`: not reviewed first, of these the highest probability first. "
        "`verdict`: disagree, unsure, agree, not reviewed.",
    )
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(
        None, max_length=LONGEST_CURSOR, description="`next` of the page before."
    )
    operating_point: str | None = Field(
        None,
        max_length=200,
        description="Call films at this operating point, where their models have it.",
    )

    def query(self) -> Query:
        """The same for the history."""
        return Query(**self.model_dump(include=set(Query.__dataclass_fields__)))


class PageFilters(Filters):
    """The same, where a page may also be told by how many records come before it."""

    offset: int = Field(
        0,
        ge=0,
        le=2**53 - 1,
        description="How many records to pass over; not together with a cursor.",
    )

    @model_validator(mode="after")
    def _check_beginning(self) -> Self:
        if self.cursor is not None and self.offset:
            raise ValueError("either a cursor or an offset is expected, and both are given")
        return self
