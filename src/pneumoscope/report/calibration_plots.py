"""Probabilities as pictures: do they mean what they say, and how do they spread?"""

from __future__ import annotations

import itertools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, PercentFormatter

from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.metrics.calibration import calibration_bins
from pneumoscope.metrics.curves import reliability_bins
from pneumoscope.report.plot import (
    COLOURS,
    DOTS,
    INK,
    QUIET,
    ReportPlot,
    colour,
    house_style,
    line_style,
)

_EDGES = np.linspace(0, 1, 21)


@house_style()
def draw_reliability(evaluation: Evaluation, name: str = "reliability") -> ReportPlot:
    """The reliability diagram: what the model said against what came true, with counts below.

    With two classes, of the positive one; with more, of the likeliest class of each film.
    """
    bins = reliability_bins(evaluation.y_score, evaluation.y_true)
    said = calibration_bins(evaluation.y_score, evaluation.y_true).confidence
    positive = evaluation.class_names[-1] if len(evaluation.class_names) == 2 else None
    figure = Figure(figsize=(4.6, 5.4), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(4, 1))
    upper.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=DOTS)
    upper.vlines(bins.probability, bins.low, bins.high, color=COLOURS[0], linewidth=1)
    upper.plot(bins.probability, bins.frequency, color=COLOURS[0], marker="o", markersize=5)
    upper.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    upper.set_ylabel(f"films that are {positive}" if positive else "films called right")
    upper.grid()
    lower.hist(said, bins=_EDGES, color=COLOURS[0], alpha=0.75)
    _count_films(lower)
    lower.set_xlabel(
        f"probability of {positive}" if positive else "probability of the likeliest class"
    )
    for axis in (upper.yaxis, lower.xaxis):
        axis.set_major_formatter(PercentFormatter(1))
    event = f"are {positive}" if positive else "are of the likeliest class"
    return ReportPlot(
        name=name,
        title="Reliability diagram",
        caption=f"Films are sorted by probability into {bins.films.size} groups of about equal "
        f"size ({_span(int(bins.films.min()), int(bins.films.max()))} films). Each point compares "
        f"the mean probability of a group with the share of its films that {event}; bars are "
        "95 % intervals. On the dotted diagonal a probability means what it says; below it the "
        "model claims too much, above it too little. The small bars underneath count films by "
        "probability, on a logarithmic scale.",
        figure=figure,
        columns=("probability", "frequency", "low", "high", "films"),
        rows=tuple(
            zip(
                bins.probability.tolist(),
                bins.frequency.tolist(),
                bins.low.tolist(),
                bins.high.tolist(),
                bins.films.tolist(),
                strict=True,
            )
        ),
    )


@house_style()
def draw_scores(evaluation: Evaluation, name: str = "scores") -> ReportPlot:
    """Histograms of the probability of each class, for its own films and for all others.

    With two classes, of the positive one alone, with the threshold of every operating point.
    """
    names = evaluation.class_names
    two = len(names) == 2
    drawn = (1,) if two else tuple(range(len(names)))
    figure = Figure(figsize=(4.6, 1.3 + (2.9 if two else 1.8) * len(drawn)), layout="constrained")
    panels = figure.subplots(len(drawn), sharex=True, squeeze=False)[:, 0]
    rows: list[tuple[object, ...]] = []
    for axes, place in zip(panels, drawn, strict=True):
        own = evaluation.y_true == place
        scores = evaluation.y_score[:, place]
        label = names[0] if two else "all other films"
        counts = {names[place]: np.histogram(scores[own], _EDGES)[0]}
        counts[label] = np.histogram(scores[~own], _EDGES)[0]
        axes.stairs(counts[names[place]], _EDGES, fill=True, color=colour(place), alpha=0.7,
                    label=f"films of {names[place]}")  # fmt: skip
        axes.stairs(counts[label], _EDGES, color=INK, hatch="////", linewidth=1,
                    label=f"films of {label}" if two else label)  # fmt: skip
        rows += [
            (names[place], films, low, high, count)
            for films, histogram in counts.items()
            for low, high, count in zip(
                _EDGES[:-1].tolist(), _EDGES[1:].tolist(), histogram.tolist(), strict=True
            )
        ]
        _count_films(axes)
        axes.set_xlabel(f"probability of {names[place]}")
        axes.xaxis.set_major_formatter(PercentFormatter(1))
    if two:
        for place, (point, found) in enumerate(evaluation.operating_points.items(), start=1):
            panels[0].axvline(
                found.thresholds[names[1]],
                color=INK,
                linewidth=1.2,
                linestyle=line_style(place),
                label=f"threshold {point}",
            )
    handles, labels = zip(*(panel.get_legend_handles_labels() for panel in panels), strict=True)
    # All other films look alike in every panel.
    unique = dict(zip(itertools.chain(*labels), itertools.chain(*handles), strict=True))
    figure.legend(unique.values(), unique, loc="outside lower center", ncols=2)
    return ReportPlot(
        name=name,
        title="Scores",
        caption="How many films get which probability, counted on a logarithmic scale so that a "
        "few films in the wrong place are seen. The less the two groups overlap, the better the "
        "model tells them apart. "
        + (
            f"Films to the right of a threshold are called {names[1]} at that operating point."
            if two
            else "A film is called by the class whose probability is highest relative to its "
            "threshold, so no single line divides these pictures."
        ),
        figure=figure,
        columns=("probability_of", "films_of", "from", "to", "films"),
        rows=tuple(rows),
    )


def _count_films(axes: Axes) -> None:
    """A logarithmic axis of counts that starts at half a film, so that one film shows."""
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.5)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("films")


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"
