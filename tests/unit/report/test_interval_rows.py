"""Rows of figures with intervals."""

from __future__ import annotations

from pneumoscope.metrics.intervals import Interval
from pneumoscope.report.interval_rows import draw_interval, new_row_panels


def test_rows_go_from_top_to_bottom_in_panels_that_share_an_axis() -> None:
    figure, (first, second) = new_row_panels({"one": ["a", "b"], "two": ["c"]})
    draw_interval(second, 0, Interval(5.0, 4.0, 6.0), "black")
    assert first.get_ylim() == (1.5, -0.5)
    assert [label.get_text() for label in first.get_yticklabels()] == ["a", "b"]
    assert first.get_xlim() == second.get_xlim()
    figure.draw_without_rendering()
    assert first.get_position().height > second.get_position().height


def test_long_labels_are_broken_and_get_the_room() -> None:
    short, _ = new_row_panels({"": ["head"]})
    long, (axes,) = new_row_panels({"": ["head and the last three quarters\nof the weights"]})
    (label,) = axes.get_yticklabels()
    assert label.get_text() == "head and the last\nthree quarters\nof the weights"
    assert long.get_figheight() > short.get_figheight()
