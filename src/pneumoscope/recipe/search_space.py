"""What a tuning may do to one setting of a recipe: a range of numbers, or a list of choices."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)


class SearchRange(BaseModel):
    """Numbers from `low` to `high`, both included; whole numbers where the setting is one.

    With `log` they are drawn evenly over orders of magnitude, with `step` only in steps from `low`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: int | float
    high: int | float
    log: bool = False
    step: int | float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _is_a_range(self) -> SearchRange:
        if not self.low < self.high:
            raise ValueError("expected low < high")
        if self.log and self.low <= 0:
            raise ValueError("log needs a low above 0")
        if self.log and self.step is not None:
            raise ValueError("log and step exclude each other")
        if self.step is not None and not _is_whole((self.high - self.low) / self.step):
            raise ValueError("expected high to be low plus a whole number of steps")
        return self

    def holds(self, number: float) -> bool:
        """Whether the range has this number."""
        if not self.low <= number <= self.high:
            return False
        return self.step is None or _is_whole((number - self.low) / self.step)


def _is_whole(steps: float) -> bool:
    return math.isclose(steps, round(steps), abs_tol=1e-9)


def _differ(choices: tuple[Any, ...]) -> tuple[Any, ...]:
    if any(choice in choices[:place] for place, choice in enumerate(choices)):
        raise ValueError("expected choices that differ")
    return choices


def _kind(value: Any) -> str | None:
    if isinstance(value, dict | SearchRange):
        return "range"
    return "choices" if isinstance(value, list | tuple) else None


Choices = Annotated[tuple[Any, ...], Field(min_length=2), AfterValidator(_differ)]
SearchedValues = Annotated[
    Annotated[SearchRange, Tag("range")] | Annotated[Choices, Tag("choices")],
    Discriminator(
        _kind,
        custom_error_type="searched",
        custom_error_message="expected a range {low: ..., high: ...}, or a list of choices",
    ),
]
