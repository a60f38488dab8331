"""What a measure found as a table, for the terminal and for pages alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from pneumoscope.metrics.intervals import Interval


class FigureText(NamedTuple):
    """A figure in words and, where it has an interval, the ends of that."""

    value: str
    ends: str = ""

    def __str__(self) -> str:
        return f"{self.value} ({self.ends})" if self.ends else self.value


@dataclass(frozen=True)
class MeasureTable:
    """Rows of cells by the headings of their columns: words as text, figures as `FigureText`.

    `caption` says, on pages, what the figures are. The terminal has no room for the columns that
    are `pages_only`. A table without rows is not shown.
    """

    caption: str
    rows: list[dict[str, str | FigureText]]
    pages_only: tuple[str, ...] = ()


def count(number: int) -> FigureText:
    """`1,200`."""
    return FigureText(f"{number:,}")


def figure(interval: Interval) -> FigureText:
    """`0.967 (0.952 to 0.979)`."""
    return _number(interval, "{:.3f}")


def share(fraction: Interval | float) -> FigureText:
    """A share in [0, 1], `43.0 % (40.1 to 45.9)`, or `43.0 %` without an interval."""
    return _number(fraction, "{:.1f}", 100, " %")


def difference(interval: Interval) -> FigureText:
    """A difference of shares: `+12.0 % (−1.5 to +25.5)`."""
    return FigureText(*(text.replace("-", "−") for text in _number(interval, "{:+.1f}", 100, " %")))


def _number(figure: Interval | float, form: str, times: int = 1, unit: str = "") -> FigureText:
    interval = figure if isinstance(figure, Interval) else Interval(figure, math.nan, math.nan)
    value, low, high = (
        form.format(times * number) for number in (interval.value, interval.low, interval.high)
    )
    if math.isnan(interval.value):
        return FigureText("undefined")
    return FigureText(value + unit, "" if math.isnan(interval.low) else f"{low} to {high}")
