"""What the records of an assessment have in common: they are frozen, and JSON there and back."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from pneumoscope.metrics.intervals import Interval


def _undefined_is_nan(value: Any) -> Any:
    """JSON has no NaN: what is undefined is written as null."""
    if isinstance(value, dict):
        return {name: math.nan if number is None else number for name, number in value.items()}
    return value


Figure = Annotated[Interval, BeforeValidator(_undefined_is_nan)]
"""An interval as a field of a `Record`."""


class Record(BaseModel):
    """Base of what an assessment found: unknown fields are errors, undefined numbers are null."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")
