"""ROC and precision-recall curves: of one class, of several, or of several models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.metrics.checks import Floats
from pneumoscope.metrics.curves import precision_recall_points, roc_points
from pneumoscope.metrics.intervals import Interval
from pneumoscope.report.plot import (
    DOTS,
    INK,
    PAPER,
    QUIET,
    ReportPlot,
    colour,
    house_style,
    line_style,
    marker,
    new_axes,
)

Corner = Literal["upper left", "upper right"]
DrawStyle = Literal["default", "steps-pre"]

# A curve whose area is larger leaves room for a magnified corner, and needs one to be seen.
_CROWDED = 0.93
_MAGNIFIED = 0.2


@dataclass(frozen=True)
class Curve:
    """A curve, the area under it, and the operating points beside it.

    `threshold`, `x` and `y` are float64 `(S,)`, thresholds falling. `points` holds x and y of each
    operating point by name. With two classes they lie on the curve; with more they need not, since
    a decision weighs all classes.
    """

    threshold: Floats
    x: Floats
    y: Floats
    area: Interval
    points: Mapping[str, tuple[Interval, Interval]]


def roc_curve(evaluation: Evaluation, class_name: str) -> Curve:
    """The ROC curve of a class against all others: false positive rate against sensitivity."""
    place = evaluation.class_names.index(class_name)
    corners = roc_points(evaluation.y_true == place, evaluation.y_score[:, place])
    return Curve(
        threshold=corners.threshold,
        x=corners.false_positive_rate,
        y=corners.sensitivity,
        area=_area(evaluation, "roc_auc", class_name),
        points={
            name: (
                _complement(point.metrics[f"specificity[{class_name}]"]),
                point.metrics[f"recall[{class_name}]"],
            )
            for name, point in evaluation.operating_points.items()
        },
    )


def precision_recall_curve(evaluation: Evaluation, class_name: str) -> Curve:
    """The precision-recall curve of a class against all others: recall against precision."""
    place = evaluation.class_names.index(class_name)
    corners = precision_recall_points(evaluation.y_true == place, evaluation.y_score[:, place])
    return Curve(
        threshold=corners.threshold,
        x=corners.recall,
        y=corners.precision,
        area=_area(evaluation, "average_precision", class_name),
        points={
            name: (
                point.metrics[f"recall[{class_name}]"],
                point.metrics[f"precision[{class_name}]"],
            )
            for name, point in evaluation.operating_points.items()
        },
    )


@house_style()
def draw_roc(curves: Mapping[str, Curve], name: str = "roc") -> ReportPlot:
    """ROC curves with their areas in the legend; `curves` go by class or by model."""
    figure, axes = new_axes(4.6, 4.4 + 0.2 * len(curves))
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=DOTS)
    axes.set_xlabel("false positive rate (1 − specificity)")
    axes.set_ylabel("sensitivity (true positive rate)")
    _draw(figure, axes, curves, corner="upper left", area="AUC")
    return ReportPlot(
        name=name,
        title="ROC curve" if len(curves) == 1 else "ROC curves",
        caption="Each point of a curve is a threshold: how many films of the class are found "
        "(upwards), and how many others are flagged with them (to the right). The nearer the upper "
        "left corner, the better; the dotted diagonal is guessing. The area under the curve (AUC) "
        "is how often a film of the class gets a higher score than another film.",
        figure=figure,
        columns=("curve", "threshold", "false_positive_rate", "sensitivity"),
        rows=_rows(curves),
    )


@house_style()
def draw_precision_recall(
    curves: Mapping[str, Curve], name: str = "precision-recall"
) -> ReportPlot:
    """Precision-recall curves with their areas in the legend; `curves` go by class or by model."""
    figure, axes = new_axes(4.6, 4.4 + 0.2 * len(curves))
    for place, curve in enumerate(curves.values()):
        # With every film flagged, precision is the prevalence.
        axes.axhline(curve.y[-1], color=colour(place), linewidth=1, linestyle=DOTS)
    axes.set_xlabel("recall (sensitivity)")
    axes.set_ylabel("precision (positive predictive value)")
    # Precision between two points is not on the line between them (Davis & Goadrich 2006).
    _draw(figure, axes, curves, corner="upper right", area="AP", drawstyle="steps-pre")
    return ReportPlot(
        name=name,
        title="Precision-recall curve" if len(curves) == 1 else "Precision-recall curves",
        caption="Each point of a curve is a threshold: how many films of the class are found (to "
        "the right), and how many of the flagged films belong to it (upwards). The nearer the "
        "upper right corner, the better; a dotted line is the precision of flagging every film, "
        "which is the share of the class. Average precision (AP) is the area under the curve.",
        figure=figure,
        columns=("curve", "threshold", "recall", "precision"),
        rows=_rows(curves),
    )


def _draw(
    figure: Figure,
    axes: Axes,
    curves: Mapping[str, Curve],
    *,
    corner: Corner,
    area: str,
    drawstyle: DrawStyle = "default",
) -> None:
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    axes.grid()
    _draw_curves(axes, curves, drawstyle)
    if all(curve.area.value > _CROWDED for curve in curves.values()):
        _magnify(axes, curves, corner, drawstyle)
    lines = [
        Line2D([], [], color=colour(i), linestyle=line_style(i), label=f"{name}: {area} {c.area}")
        for i, (name, c) in enumerate(curves.items())
    ]
    names = dict.fromkeys(name for curve in curves.values() for name in curve.points)
    points = [
        Line2D([], [], color=INK, linestyle="", marker=marker(i), label=f"operating point {name}")
        for i, name in enumerate(names)
    ]
    figure.legend(handles=lines + points, loc="outside lower center")


def _draw_curves(axes: Axes, curves: Mapping[str, Curve], drawstyle: DrawStyle) -> None:
    names = list(dict.fromkeys(name for curve in curves.values() for name in curve.points))
    for place, curve in enumerate(curves.values()):
        axes.plot(
            curve.x,
            curve.y,
            color=colour(place),
            linestyle=line_style(place),
            drawstyle=drawstyle,
        )
        for name, (x, y) in curve.points.items():
            axes.plot([x.low, x.high], [y.value, y.value], color=colour(place), linewidth=1)
            axes.plot([x.value, x.value], [y.low, y.high], color=colour(place), linewidth=1)
            axes.plot(
                x.value,
                y.value,
                color=colour(place),
                marker=marker(names.index(name)),
                markeredgecolor=INK,
                zorder=3,
            )


def _magnify(axes: Axes, curves: Mapping[str, Curve], corner: Corner, drawstyle: DrawStyle) -> None:
    """The corner that good curves share, drawn again where they leave room."""
    left, place = (0.0, 0.44) if corner == "upper left" else (1 - _MAGNIFIED, 0.12)
    margin = 0.05 * _MAGNIFIED
    inset = axes.inset_axes((place, 0.1, 0.5, 0.5), facecolor=PAPER)
    inset.set(
        xlim=(left - margin, left + _MAGNIFIED + margin), ylim=(1 - _MAGNIFIED - margin, 1 + margin)
    )
    inset.grid()
    inset.tick_params(labelsize=7)
    for label in (*inset.get_xticklabels(), *inset.get_yticklabels()):
        label.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 1})
    _draw_curves(inset, curves, drawstyle)
    axes.indicate_inset_zoom(inset, edgecolor=QUIET)


def _rows(curves: Mapping[str, Curve]) -> tuple[tuple[object, ...], ...]:
    return tuple(
        (name, *numbers)
        for name, curve in curves.items()
        for numbers in zip(
            curve.threshold.tolist(), curve.x.tolist(), curve.y.tolist(), strict=True
        )
    )


def _area(evaluation: Evaluation, metric: str, class_name: str) -> Interval:
    """With two classes the area is that of the positive one, and has no class in its name."""
    own = evaluation.metrics.get(f"{metric}[{class_name}]")
    return own or evaluation.metrics[metric]


def _complement(interval: Interval) -> Interval:
    return Interval(1 - interval.value, 1 - interval.high, 1 - interval.low, interval.level)
