"""Deletion and insertion curves: does the network depend on what its heatmap points at?"""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from pneumoscope.heatmap_checks.faithfulness import ORDERS, Faithfulness, group_title
from pneumoscope.report.plot import ReportPlot, colour, house_style, line_style

_WORDS = {
    "map": "hottest parts of the map first",
    "random": "in random order",
    "centre": "from the centre outwards",
}


def draw_deletion(faithfulness: Faithfulness) -> ReportPlot:
    """Deletion curves of every group of films: the faster that of the map falls, the better."""
    return _draw_curves(
        faithfulness,
        "deletion",
        label="share of the film replaced",
        title="Deletion: take the evidence away",
        caption="Parts of a film are replaced by a blend of other patients' films, which speaks "
        "for no class. If the map shows what the network uses, replacing its hottest parts first "
        "makes the probability of the class called fall faster than any other order: the blue line "
        "should lie below the others.",
    )


def draw_insertion(faithfulness: Faithfulness) -> ReportPlot:
    """Insertion curves of every group of films: the faster that of the map rises, the better."""
    return _draw_curves(
        faithfulness,
        "insertion",
        label="share of the film put back",
        title="Insertion: put the evidence back",
        caption="The other way round: all of the film is replaced, and parts of it are put back. "
        "Now the probability should rise fastest when the hottest parts come first: the blue line "
        "should lie above the others.",
    )


@house_style()
def _draw_curves(
    faithfulness: Faithfulness, game: str, *, label: str, title: str, caption: str
) -> ReportPlot:
    """A panel for each group."""
    groups = faithfulness.groups
    figure = Figure(figsize=(4.6, 1.2 + 1.7 * len(groups)), layout="constrained")
    panels = figure.subplots(len(groups), sharex=True, sharey=True, squeeze=False)[:, 0]
    rows: list[tuple[object, ...]] = []
    for axes, (group, figures) in zip(panels, groups.items(), strict=True):
        for place, order in enumerate(ORDERS):
            curve = figures.curves[game][order]
            axes.plot(faithfulness.shares, curve, color=colour(place), linestyle=line_style(place))
            rows += [
                (group, order, *point) for point in zip(faithfulness.shares, curve, strict=True)
            ]
        axes.set_title(f"{group_title(group)} ({figures.films:,})")
        axes.grid()
    panels[0].set_xlim(0, 1)
    panels[0].xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    panels[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    panels[-1].set_xlabel(label)
    figure.supylabel("probability of the class called", fontsize="medium")
    lines = [
        Line2D([], [], color=colour(place), linestyle=line_style(place), label=_WORDS[order])
        for place, order in enumerate(ORDERS)
    ]
    figure.legend(handles=lines, loc="outside lower center")
    return ReportPlot(
        name=f"heatmap-{game}",
        title=title,
        caption=caption,
        figure=figure,
        columns=("films", "order", "share", "probability"),
        rows=tuple(rows),
    )
