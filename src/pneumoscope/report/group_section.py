"""The section of a report that tells for which films a model fails."""

from __future__ import annotations

from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from pneumoscope.evaluation.group_table import ClassGroups, GroupRow, GroupTable, often
from pneumoscope.evaluation.groups import FEWEST_FILMS
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part
from pneumoscope.report.interval_rows import draw_interval, legend_entry, new_row_panels
from pneumoscope.report.plot import COLOURS, DOTS, INK, ReportPlot, house_style
from pneumoscope.wording import count_films

PICTURED_ROWS = 10
LISTED_ROWS = 40
"""Of each class; the rest are in evaluation.json."""

_BLUE, _ORANGE = COLOURS[:2]


def group_section(groups: GroupTable, prefix: str = "") -> Section:
    """The section, of a table that has groups to compare; `prefix` goes before its anchor and the
    name of its plot."""
    plots = (draw_groups(groups, f"{prefix}groups"),)
    body = render_part(
        "evaluation/groups.html.j2",
        groups=groups,
        plots=plots,
        often=often,
        fewest=FEWEST_FILMS,
        listed=LISTED_ROWS,
    )
    return Section(f"{prefix}groups", "Where it fails", body, plots)


@house_style()
def draw_groups(groups: GroupTable, name: str) -> ReportPlot:
    """The share called rightly in the worst groups of each class, beside that of all its films."""
    pictured = _pictured(groups)
    figure, panels = new_row_panels(
        {
            f"{of_class.label}, {count_films(of_class.films)}": [_label(row) for row in rows]
            for of_class, rows in pictured
        },
        legend_lines=3,
    )
    for axes, (of_class, rows) in zip(panels, pictured, strict=True):
        axes.axvline(of_class.right[groups.point], color=INK, linestyle=DOTS)
        for place, row in enumerate(rows):
            rates = row.points[groups.point]
            ink = _ORANGE if rates.stands_out else _BLUE
            draw_interval(axes, place, rates.right, ink, int(rates.stands_out))
    panels[-1].set_xlim(right=1.02)
    panels[-1].xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    panels[-1].set_xlabel(f"called rightly at {groups.point}")
    figure.legend(
        handles=[
            legend_entry("a group that stands out", _ORANGE, 1),
            legend_entry("a group as chance makes them", _BLUE),
            Line2D([], [], color=INK, linestyle=DOTS, label="all films of the class"),
        ],
        loc="outside lower center",
    )
    return ReportPlot(
        name=name,
        title="The worst groups of films",
        caption="Of the films of each class, the groups of which the fewest are called rightly. "
        "Bars are 95 % intervals. The dotted line is the share of all "
        "films of the class. Squares stand out: among so many groups chance alone makes one as bad "
        "once in 20 times or less.",
        figure=figure,
        columns=("class", "group", "films", "right", "low", "high", "others", "by_chance"),
        rows=tuple(
            _numbers(of_class, row, groups.point) for of_class, rows in pictured for row in rows
        ),
    )


def _pictured(groups: GroupTable) -> list[tuple[ClassGroups, tuple[GroupRow, ...]]]:
    found = [(of_class, of_class.worst(PICTURED_ROWS, groups.point)) for of_class in groups.classes]
    return [(of_class, rows) for of_class, rows in found if rows]


def _label(row: GroupRow) -> str:
    return f"{row.name}\n{count_films(row.films)}"


def _numbers(of_class: ClassGroups, row: GroupRow, point: str) -> tuple[object, ...]:
    rates = row.points[point]
    right = rates.right
    return (
        *(of_class.label, row.name, row.films),
        *(right.value, right.low, right.high, rates.others, rates.by_chance),
    )
