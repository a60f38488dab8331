"""Figures in words, as tables and sentences show them."""

from __future__ import annotations

import math

import pytest

from pneumoscope.heatmap_checks.measure_table import FigureText, count, difference, figure, share
from pneumoscope.metrics.intervals import Interval

UNDEFINED = Interval(math.nan, math.nan, math.nan)
WITHOUT_ENDS = Interval(0.25, math.nan, math.nan)


@pytest.mark.parametrize(
    ("number", "value", "ends"),
    [
        (count(1200), "1,200", ""),
        (figure(Interval(0.9674, -0.0521, 1.0)), "0.967", "-0.052 to 1.000"),
        (figure(WITHOUT_ENDS), "0.250", ""),
        (figure(UNDEFINED), "undefined", ""),
        (share(Interval(0.43, 0.4012, 0.459)), "43.0 %", "40.1 to 45.9"),
        (share(0.43), "43.0 %", ""),
        (share(math.nan), "undefined", ""),
        (difference(Interval(0.12, -0.015, 0.255)), "+12.0 %", "−1.5 to +25.5"),
        (difference(UNDEFINED), "undefined", ""),
    ],
)
def test_numbers(number: FigureText, value: str, ends: str) -> None:
    assert (number.value, number.ends) == (value, ends)
    assert str(number) == (f"{value} ({ends})" if ends else value)


def test_a_figure_reads_like_its_interval() -> None:
    for interval in (Interval(0.9674, 0.952, 0.979), WITHOUT_ENDS, UNDEFINED):
        assert str(figure(interval)) == str(interval)
