"""A stress test as a picture: what each change of films does to decisions and to ROC-AUC."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pneumoscope.evaluation.stress_test import StressTest
from pneumoscope.evaluation.stress_words import MOST_FLIPPED
from pneumoscope.report.interval_rows import draw_interval, legend_entry
from pneumoscope.report.plot import DOTS, INK, QUIET, ReportPlot, colour, house_style

# Inches.
_WIDTH, _MARGIN, _ROW = 7.6, 1.1, 0.24
# How far apart the marks of operating points are, in rows.
_APART = 0.3


@house_style()
def draw_stresses(test: StressTest) -> ReportPlot:
    """A row for each stress, the harmless ones on top: decisions flipped at each operating point,
    and the difference of ROC-AUC to the unchanged films."""
    stresses = (*test.harmless, *test.others)
    points = tuple(stresses[0].flips)
    figure = Figure(figsize=(_WIDTH, _MARGIN + _ROW * len(stresses)), layout="constrained")
    flips, areas = figure.subplots(1, 2, sharey=True)
    rows: list[tuple[object, ...]] = []
    for row, stress in enumerate(stresses):
        for place, point in enumerate(points):
            share = stress.flips[point].share
            offset = _APART * (place - (len(points) - 1) / 2)
            draw_interval(flips, row + offset, share, colour(place), place)
            rows.append(
                (
                    stress.name,
                    stress.harmless,
                    f"flipped[{point}]",
                    share.value,
                    share.low,
                    share.high,
                )
            )
        area = stress.roc_auc_difference
        draw_interval(areas, row, area, INK)
        rows.append(
            (stress.name, stress.harmless, "roc_auc_difference", area.value, area.low, area.high)
        )
    flips.set_yticks(range(len(stresses)), [stress.name for stress in stresses], color=INK)
    flips.set_ylim(len(stresses) - 0.5, -0.5)
    flips.set_xlim(left=-0.03 * flips.get_xlim()[1])  # marks at zero are drawn whole
    flips.xaxis.set_major_formatter(PercentFormatter(1))
    flips.axvline(MOST_FLIPPED, ymin=1 - len(test.harmless) / len(stresses), color=INK, ls=DOTS)
    flips.set_xlabel("decisions flipped")
    areas.axvline(0, color=QUIET, linewidth=1, linestyle=DOTS)
    areas.set_xlabel("difference in ROC-AUC")
    for axes in (flips, areas):
        axes.axhline(len(test.harmless) - 0.5, color=QUIET, linewidth=0.8)
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.locator_params(axis="x", nbins=5)
    figure.legend(
        handles=[legend_entry(point, colour(i), i) for i, point in enumerate(points)],
        loc="outside lower center",
        ncols=len(points),
    )
    return ReportPlot(
        name="stress",
        title="What each change does",
        caption="Points are figures, lines their 95 % intervals. Above the line are the harmless "
        f"changes, of which none should exceed the dotted {100 * MOST_FLIPPED:g} % of decisions. "
        "Right: left of zero the model tells the classes apart less well than on the unchanged "
        "films.",
        figure=figure,
        columns=("change", "harmless", "measure", "value", "low", "high"),
        rows=tuple(rows),
    )
