"""Which records a client wants to see, from the query of its request."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pneumoscope.history.search import Query


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
    since: datetime | None = None
    until: datetime | None = None
    sort: Literal["newest", "oldest", "name", "probability"] = "newest"
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=2000, description="`next` of the page before.")
    operating_point: str | None = Field(
        None, max_length=200, description="Call the films at this operating point of their models."
    )

    def query(self) -> Query:
        """The same for the history."""
        return Query(**self.model_dump(include=set(Query.__dataclass_fields__)))
