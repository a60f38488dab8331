"""A comparison as pictures: every model's figures, and the differences of every two."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pneumoscope.evaluation.comparison import Comparison
from pneumoscope.evaluation.comparison_verdicts import MAIN_MEASURES, SIGNIFICANCE, measure_title
from pneumoscope.evaluation.pairs import ComparedPair
from pneumoscope.report.curve_plots import (
    draw_precision_recall,
    draw_roc,
    precision_recall_curve,
    roc_curve,
)
from pneumoscope.report.interval_rows import draw_interval
from pneumoscope.report.plot import (
    DOTS,
    INK,
    QUIET,
    ReportPlot,
    colour,
    file_stem,
    house_style,
)

# Inches.
_MARGIN, _ROW_GAP, _LINE_HEIGHT = 0.9, 0.16, 0.16


def draw_curves(comparison: Comparison) -> tuple[ReportPlot, ...]:
    """ROC and precision-recall curves of all models: of the positive class, or of each of several.

    Classes without films, or with all of them, have no curve.
    """
    data = comparison.data
    drawn = [name for name, count in data.films.items() if 0 < count < data.count]
    if len(comparison.class_names) == 2:
        drawn = drawn[1:]
    plots: list[ReportPlot] = []
    for class_name in drawn:
        place = comparison.class_names.index(class_name)
        suffix = "" if len(drawn) == 1 else f"-{file_stem(class_name)}"
        # Models may write the name of the class in another case.
        own = {
            name: (evaluation, evaluation.class_names[place])
            for name, evaluation in comparison.evaluations.items()
        }
        roc = {name: roc_curve(*judged) for name, judged in own.items()}
        recall = {name: precision_recall_curve(*judged) for name, judged in own.items()}
        plots += [
            _titled(draw_roc(roc, f"roc{suffix}"), class_name),
            _titled(draw_precision_recall(recall, f"precision-recall{suffix}"), class_name),
        ]
    return tuple(plots)


def _titled(figure: ReportPlot, class_name: str) -> ReportPlot:
    return replace(figure, title=f"{figure.title} of {class_name}")


@house_style()
def draw_models(comparison: Comparison) -> ReportPlot:
    """ROC-AUC and accuracy of every model with their intervals."""
    models = comparison.models
    figure, panels = _new_panels([model.name for model in models])
    rows: list[tuple[object, ...]] = []
    for axes, measure in zip(panels, MAIN_MEASURES, strict=True):
        for place, model in enumerate(models):
            interval = model.figures[measure]
            draw_interval(axes, place, interval, colour(place))
            rows.append((model.name, measure, interval.value, interval.low, interval.high))
        axes.set_xlabel(measure_title(measure))
    return ReportPlot(
        name="models",
        title="ROC-AUC and accuracy",
        caption="Points are the figures on these films, lines their 95 % intervals; further right "
        "is better. Intervals that overlap do not mean that two models are equally good: the "
        "models judge the same films, so look at the differences of pairs.",
        figure=figure,
        columns=("model", "measure", "value", "low", "high"),
        rows=tuple(rows),
    )


@house_style()
def draw_differences(comparison: Comparison) -> ReportPlot:
    """The differences of every two models in ROC-AUC and accuracy with their intervals."""
    pairs = comparison.pairs
    figure, panels = _new_panels([f"{pair.first}\n− {pair.second}" for pair in pairs])
    rows: list[tuple[object, ...]] = []
    for axes, measure in zip(panels, MAIN_MEASURES, strict=True):
        axes.axvline(0, color=QUIET, linewidth=1, linestyle=DOTS)
        for place, pair in enumerate(pairs):
            test = pair.tests[measure]
            found = test.p_corrected <= SIGNIFICANCE
            draw_interval(axes, place, test.difference, INK if found else QUIET, filled=found)
            rows.append(_difference_row(pair, measure))
        axes.set_xlabel(f"difference in {measure_title(measure)}")
    return ReportPlot(
        name="differences",
        title="Differences of every two models",
        caption="Points are differences, the first model minus the second, lines their 95 % "
        "intervals; right of the dotted line the first is better, left of it the second. Filled "
        "points are differences that are more than chance after correction for both measures "
        "of all pairs (p up to 0.05); hollow ones could be chance.",
        figure=figure,
        columns=("first", "second", "measure", "difference", "low", "high", "p_corrected"),
        rows=tuple(rows),
    )


def _difference_row(pair: ComparedPair, measure: str) -> tuple[object, ...]:
    test = pair.tests[measure]
    ends = (test.difference.value, test.difference.low, test.difference.high)
    return (pair.first, pair.second, measure, *ends, test.p_corrected)


def _new_panels(labels: list[str]) -> tuple[Figure, list[Axes]]:
    """Two panels beside each other with a row for each label, the first on top."""
    lines = sum(label.count("\n") + 1 for label in labels)
    height = _MARGIN + _ROW_GAP * len(labels) + _LINE_HEIGHT * lines
    figure = Figure(figsize=(7.6, height), layout="constrained")
    panels = list(figure.subplots(1, 2, sharey=True))
    panels[0].set_yticks(range(len(labels)), labels, color=INK)
    panels[0].set_ylim(len(labels) - 0.5, -0.5)
    for axes in panels:
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.locator_params(axis="x", nbins=4)
    return figure, panels
