"""Plots of figures with their intervals, a row each, in panels above each other."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pneumoscope.metrics.intervals import Interval
from pneumoscope.report.plot import INK, PAPER, marker

# Inches. The width leaves text readable where the figure shrinks to a telephone.
_WIDTH, _MARGIN, _TITLE, _ROW_GAP, _LINE_HEIGHT = 4.6, 0.55, 0.3, 0.16, 0.16
_LABEL_LETTERS = 22


def new_row_panels(
    panels: Mapping[str, Sequence[str]], legend_lines: int = 0
) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each title, and in each a row for each label, the first at `y` 0.

    The panels share their horizontal axis. Long labels are broken into lines; an empty title takes
    no room. `legend_lines` leaves room for a legend below.
    """
    broken = [["\n".join(_lines(label)) for label in labels] for labels in panels.values()]
    heights = [sum(_ROW_GAP + _LINE_HEIGHT * (1 + label.count("\n")) for label in labels)
               for labels in broken]  # fmt: skip
    room = _MARGIN + _TITLE * sum(map(bool, panels)) + _LINE_HEIGHT * legend_lines
    figure = Figure(figsize=(_WIDTH, room + sum(heights)), layout="constrained")
    all_axes = list(
        figure.subplots(len(panels), sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    )
    for axes, title, labels in zip(all_axes, panels, broken, strict=True):
        axes.set_title(title)
        axes.set_yticks(range(len(labels)), labels, color=INK)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
    return figure, all_axes


def draw_interval(
    axes: Axes, row: float, interval: Interval, ink: str, shape: int = 0, *, filled: bool = True
) -> None:
    """A figure as a point on its interval; matplotlib leaves out what is undefined."""
    axes.plot([interval.low, interval.high], [row, row], color=ink, linewidth=1.8)
    axes.plot(interval.value, row, color=ink, **_point(ink, shape, filled=filled))


def legend_entry(label: str, ink: str, shape: int = 0, *, filled: bool = True) -> Line2D:
    """What `draw_interval` draws, for a legend."""
    return Line2D(
        [], [], color=ink, linewidth=1.8, label=label, **_point(ink, shape, filled=filled)
    )


def _lines(label: str) -> list[str]:
    return [line for part in label.split("\n") for line in textwrap.wrap(part, _LABEL_LETTERS)]


def _point(ink: str, shape: int, *, filled: bool) -> dict[str, Any]:
    return {
        "marker": marker(shape),
        "markersize": 6,
        "markerfacecolor": ink if filled else PAPER,
    }
