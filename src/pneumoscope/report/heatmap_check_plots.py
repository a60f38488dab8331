"""What an assessment of heatmaps found, as points with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from pneumoscope.heatmap_checks.anatomy import Anatomy, LungShare
from pneumoscope.heatmap_checks.localisation import Localisation
from pneumoscope.heatmap_checks.probes import Probes
from pneumoscope.heatmap_checks.sanity import Sanity
from pneumoscope.heatmap_checks.stability import Stability
from pneumoscope.metrics.intervals import Interval
from pneumoscope.report.deletion_plots import draw_deletion, draw_insertion
from pneumoscope.report.interval_rows import draw_interval, legend_entry, new_row_panels
from pneumoscope.report.plot import COLOURS, DOTS, INK, QUIET, ReportPlot, house_style
from pneumoscope.wording import share

_BLUE, _ORANGE = COLOURS[:2]


@house_style()
def draw_sanity(sanity: Sanity) -> ReportPlot:
    """How alike maps stay to what they were while the network forgets, from the head down."""
    labels = [f"{stage.name}\n{share(stage.weights_share)} of weights" for stage in sanity.stages]
    figure, (axes,) = new_row_panels({"": labels}, legend_lines=2)
    between = sanity.between_films
    axes.axvspan(between.low, between.high, color=_ORANGE, alpha=0.15, linewidth=0)
    axes.axvline(between.value, color=_ORANGE, linestyle=DOTS)
    axes.axvline(0, color=QUIET, linewidth=0.8)
    for row, stage in enumerate(sanity.stages):
        draw_interval(axes, row, stage.agreement, _BLUE)
    axes.set_xlim(_least([0.0, *(stage.agreement.low for stage in sanity.stages)]), 1.02)
    axes.set_xlabel("agreement of the two maps (rank correlation)")
    figure.legend(
        handles=[
            legend_entry("before and after shuffling, same film", _BLUE),
            Line2D([], [], color=_ORANGE, linestyle=DOTS, label="two films, nothing shuffled"),
        ],
        loc="outside lower center",
    )
    return ReportPlot(
        name="heatmap-sanity",
        title="What is left when the network forgets",
        caption="Weights are shuffled, from top to bottom more of them. 1 is the same map as "
        "before, 0 is no likeness. A map that shows what the network has learned falls towards 0; "
        "one that stays high shows the film itself, whatever the network knows. The dotted line is "
        "how alike the maps of two different films are anyway. Bars are 95 % intervals.",
        figure=figure,
        columns=("shuffled", "weights_share", "agreement", "low", "high"),
        rows=(
            *((s.name, s.weights_share, *_numbers(s.agreement)) for s in sanity.stages),
            ("nothing, two films", 0.0, *_numbers(between)),
        ),
    )


@house_style()
def draw_stability(stability: Stability) -> ReportPlot:
    """How alike maps are before and after changes that mean nothing."""
    figure, (axes,) = new_row_panels({"": [change.name for change in stability.changes]})
    for row, change in enumerate(stability.changes):
        draw_interval(axes, row, change.agreement, _BLUE)
    axes.set_xlim(_least([0.0, *(change.agreement.low for change in stability.changes)]), 1.02)
    axes.set_xlabel("agreement of the two maps (rank correlation)")
    return ReportPlot(
        name="heatmap-stability",
        title="Harmless changes",
        caption="Each film is changed in a way that no reader would mind, and its map is drawn "
        "again. 1 is the same map as before, so points should lie far to the right. Bars are 95 % "
        "intervals.",
        figure=figure,
        columns=("change", "agreement", "low", "high"),
        rows=tuple((change.name, *_numbers(change.agreement)) for change in stability.changes),
    )


@house_style()
def draw_anatomy(anatomy: Anatomy) -> ReportPlot:
    """The share of the evidence inside the lungs against the share of the area that they take."""
    panels: dict[str, list[LungShare]] = {}
    for group in anatomy.groups:
        panels.setdefault(f"Evidence for {group.evidence_for}", []).append(group)
    figure, all_axes = new_row_panels(
        {
            title: [f"{group.films_title} ({group.films:,})" for group in groups]
            for title, groups in panels.items()
        },
        legend_lines=2,
    )
    for axes, groups in zip(all_axes, panels.values(), strict=True):
        for row, group in enumerate(groups):
            ends = [group.area_share.value, group.evidence_share.value]
            axes.plot(ends, [row, row], color=QUIET, linewidth=1, linestyle=DOTS)
            draw_interval(axes, row, group.area_share, INK, 1, filled=False)
            draw_interval(axes, row, group.evidence_share, _BLUE)
    all_axes[-1].xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    all_axes[-1].set_xlabel("share inside the lung fields")
    all_axes[-1].set_xlim(left=0)
    figure.legend(
        handles=[
            legend_entry("of the evidence", _BLUE),
            legend_entry("of the film's area", INK, 1, filled=False),
        ],
        loc="outside lower center",
        ncols=2,
    )
    return ReportPlot(
        name="heatmap-anatomy",
        title="Evidence inside the lungs",
        caption="Were evidence spread evenly over the film, the circle would lie on the square. A "
        "circle to the right of its square means that the map prefers the lungs, one to the left "
        "that it avoids them. Bars are 95 % intervals; in brackets, the number of films.",
        figure=figure,
        columns=("evidence_for", "films", "count", "share_of", "value", "low", "high"),
        rows=tuple(
            (group.evidence_for, group.outcome, group.films, what, *_numbers(interval))
            for group in anatomy.groups
            for what, interval in (("evidence", group.evidence_share), ("area", group.area_share))
        ),
    )


@house_style()
def draw_localisation(localisation: Localisation) -> ReportPlot:
    """What the map finds of known opacities, each figure above what needs no map."""
    panels = {
        "Films whose strongest point lies in a box": {
            "map": localisation.pointing,
            "middle of the film": localisation.pointing_centre,
            "random point": localisation.area_share,
        },
        "Evidence inside the boxes": {
            "map": localisation.evidence_share,
            "spread evenly": localisation.area_share,
        },
        "Overlap with the boxes": {"map": localisation.overlap},
    }
    if localisation.overlap_lungs is not None:
        panels["Overlap with the boxes"]["both lungs"] = localisation.overlap_lungs
    figure, all_axes = new_row_panels({title: list(rows) for title, rows in panels.items()})
    for axes, found in zip(all_axes, panels.values(), strict=True):
        draw_interval(axes, 0, found["map"], _BLUE)
        for row, interval in enumerate(list(found.values())[1:], start=1):
            draw_interval(axes, row, interval, INK, 1, filled=False)
    all_axes[-1].set_xlim(0, 1.02)
    all_axes[-1].set_xlabel("from 0 to 1; further right is better")
    return ReportPlot(
        name="heatmap-localisation",
        title="Does the map find the opacities?",
        caption="Circles are the map, hollow squares what one gets without any map. The map is of "
        "use where its circle lies clearly to the right of the squares below it. Bars are 95 % "
        "intervals.",
        figure=figure,
        columns=("figure", "of", "value", "low", "high"),
        rows=tuple(
            (title, what, *_numbers(interval))
            for title, found in panels.items()
            for what, interval in found.items()
        ),
    )


@house_style()
def draw_probes(probes: Probes) -> ReportPlot:
    """ROC-AUC and accuracy while parts of the films are covered."""
    measures = {
        probe.name: {"ROC-AUC": probe.roc_auc, "accuracy": probe.accuracy}
        for probe in probes.conditions
    }
    figure, (axes,) = new_row_panels({"": list(measures)}, legend_lines=2)
    axes.axvline(0.5, color=QUIET, linestyle=DOTS, linewidth=1)
    for row, found in enumerate(measures.values()):
        draw_interval(axes, row - 0.15, found["ROC-AUC"], _BLUE)
        draw_interval(axes, row + 0.15, found["accuracy"], _ORANGE, 1)
    lows = [interval.low for found in measures.values() for interval in found.values()]
    axes.set_xlim(_least([0.5, *lows]), 1.02)
    axes.set_xlabel("1 is best; a ROC-AUC of 0.5 (dotted) is guessing")
    figure.legend(
        handles=[legend_entry("ROC-AUC", _BLUE), legend_entry("accuracy", _ORANGE, 1)],
        loc="outside lower center",
        ncols=2,
    )
    return ReportPlot(
        name="heatmap-probes",
        title="With parts of the films covered",
        caption="Without the lungs a model should have to guess. What it still tells then, it "
        "takes from elsewhere: markers, borders, the outline of the body or of the lungs, the "
        "exposure. Bars are 95 % intervals.",
        figure=figure,
        columns=("films", "measure", "value", "low", "high"),
        rows=tuple(
            (name, measure, *_numbers(interval))
            for name, found in measures.items()
            for measure, interval in found.items()
        ),
    )


def _least(values: Iterable[float]) -> float:
    """Where an axis begins that shows all of these; undefined values are none."""
    return min(value for value in values if value == value) - 0.03


def _numbers(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


DRAWINGS: dict[str, tuple[Callable[[Any], ReportPlot], ...]] = {
    "faithfulness": (draw_deletion, draw_insertion),
    "sanity": (draw_sanity,),
    "stability": (draw_stability,),
    "anatomy": (draw_anatomy,),
    "localisation": (draw_localisation,),
    "probes": (draw_probes,),
}
"""What draws the findings of a measure, by its name; one that is not here has only its table."""
