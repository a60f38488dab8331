"""Decisions as pictures: confusion matrices, thresholds, and the work that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from pneumoscope.metrics.curves import DecisionTable
from pneumoscope.metrics.workload import Workload
from pneumoscope.report.plot import (
    COLOURS,
    INK,
    PAPER,
    QUIET,
    ReportPlot,
    colour,
    file_stem,
    house_style,
    line_style,
    new_axes,
)

_RIGHT, _WRONG, _NEEDLESS = COLOURS[0], COLOURS[1], COLOURS[4]
# A cell that holds its whole row is no darker than this, so that ink stays readable on it.
_DARKEST = 0.5
_OUTCOMES = (("true negatives", "false positives"), ("false negatives", "true positives"))
_PER_ROW = 40


@house_style()
def draw_confusion(
    confusion: Sequence[Sequence[int]], class_names: Sequence[str], point: str, prefix: str = ""
) -> ReportPlot:
    """A confusion matrix with counts and shares of each row; `confusion[i][j]` counts films of
    class `i` called class `j` at the operating point `point`. `prefix` goes before the name."""
    counts = np.asarray(confusion)
    classes = len(class_names)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 1.8 if classes == 2 else 1.25
    figure, axes = new_axes(0.8 + side * classes, 0.7 + 0.75 * side * classes)
    for i, j in np.ndindex(classes, classes):
        # The root lets rare mistakes show.
        strength = _DARKEST * float(shares[i, j]) ** 0.5
        fill = _RIGHT if i == j else _WRONG
        axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=fill, alpha=strength))
        axes.text(j, i - 0.1, f"{counts[i, j]:,}", ha="center", va="center", fontsize=16)
        axes.text(j, i + 0.16, f"{100 * shares[i, j]:.1f} %", ha="center", va="center")
        if classes == 2:
            axes.text(j, i + 0.34, _OUTCOMES[i][j], ha="center", va="center")
    labels = [name.replace(" ", "\n") for name in class_names]
    axes.set(xlim=(-0.5, classes - 0.5), ylim=(classes - 0.5, -0.5))
    axes.set_xticks(range(classes), labels, color=INK)
    axes.set_yticks(range(classes), labels, color=INK, rotation=90, va="center", ma="center")
    axes.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=QUIET)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    axes.xaxis.set_label_position("top")
    axes.xaxis.tick_top()
    axes.set_xlabel("called …", color=QUIET)
    axes.set_ylabel("is …", color=QUIET)
    return ReportPlot(
        name=f"{prefix}confusion-{file_stem(point)}",
        title=f"Confusion matrix at {point}",
        caption="Rows are what films are, columns what they are called; percentages are shares of "
        "a row. Blue cells are right, orange ones wrong, and the deeper the colour, the larger the "
        "share.",
        figure=figure,
        columns=("is", "called", "films", "share_of_row"),
        rows=tuple(
            (class_names[i], class_names[j], int(counts[i, j]), float(shares[i, j]))
            for i, j in np.ndindex(classes, classes)
        ),
    )


@house_style()
def draw_thresholds(
    table: DecisionTable, points: Mapping[str, float], finding: str, name: str = "thresholds"
) -> ReportPlot:
    """Figures of decisions over thresholds; `points` holds the thresholds of operating points, and
    `finding` says what is flagged."""
    figure, axes = new_axes()
    series = {
        "sensitivity": table.sensitivity,
        "specificity": table.specificity,
        "PPV": table.ppv,
        "NPV": table.npv,
    }
    for place, (label, values) in enumerate(series.items()):
        axes.plot(
            table.threshold, values, color=colour(place), linestyle=line_style(place), label=label
        )
    for point, threshold in points.items():
        axes.axvline(threshold, color=INK, linewidth=1)
        axes.annotate(
            point,
            (threshold, 0.03),
            xycoords=("data", "axes fraction"),
            rotation=90,
            ha="center",
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.5},
        )
    axes.set(xlim=(0, 1), ylim=(-0.02, 1.02))
    axes.set_xlabel(f"threshold: least probability of {finding} that is flagged")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.grid()
    figure.legend(loc="outside lower center", ncols=4)
    columns = tuple(field.name for field in fields(table))
    return ReportPlot(
        name=name,
        title="What every threshold would mean",
        caption="From right to left the threshold falls: more of what is looked for is found "
        "(sensitivity), and more of the rest is flagged with it (specificity falls). PPV is the "
        "share of flagged films that are flagged rightly, NPV the share of the others that are "
        "rightly left alone." + (" Vertical lines are the operating points." if points else ""),
        figure=figure,
        columns=columns,
        rows=tuple(zip(*(getattr(table, column).tolist() for column in columns), strict=True)),
    )


@house_style()
def draw_workload(work: Workload, point: str, prefix: str = "") -> ReportPlot:
    """One mark for each film, in whole films: found, missed, falsely flagged, left alone.

    `point` is the operating point; `prefix` goes before the figure's name.
    """
    ill = round(work.found + work.missed)
    found = round(work.found)
    false_alarms = round(work.false_alarms)
    groups = (
        ("ill and found", found, "s", _RIGHT),
        ("ill and missed", ill - found, "X", _WRONG),
        ("healthy and flagged", false_alarms, "^", _NEEDLESS),
        ("healthy and left alone", round(work.films) - ill - false_alarms, ".", QUIET),
    )
    rows = -(-round(work.films) // _PER_ROW)
    figure, axes = new_axes(4.6, 0.9 + 0.108 * rows)
    start = 0
    for label, films, mark, fill in groups:
        places = np.arange(start, start + films)
        axes.plot(
            places % _PER_ROW,
            places // _PER_ROW,
            color=fill,
            linestyle="",
            marker=mark,
            markersize=4 if mark == "." else 5,
            markeredgewidth=0,
            label=f"{films:,} {label}",
        )
        start += films
    axes.set(xlim=(-0.7, _PER_ROW - 0.3), ylim=(rows - 0.3, -0.7), aspect="equal")
    axes.set_axis_off()
    figure.legend(loc="outside lower center", ncols=2, markerscale=1.4)
    return ReportPlot(
        name=f"{prefix}workload-{file_stem(point)}",
        title=f"{round(work.films):,} films at {point}",
        caption=f"One mark a film, when {100 * work.prevalence:.3g} of 100 are ill.",
        figure=figure,
        columns=("group", "films"),
        rows=tuple((label, films) for label, films, _, _ in groups),
    )
