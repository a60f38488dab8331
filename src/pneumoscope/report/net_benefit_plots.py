"""Decision curves: net benefit over threshold probabilities, of one model or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from pneumoscope.metrics.net_benefit import NetBenefitCurve
from pneumoscope.report.plot import (
    DOTS,
    INK,
    QUIET,
    ReportPlot,
    colour,
    house_style,
    line_style,
)
from pneumoscope.wording import share

# Below it, calling everybody ill falls without end.
_LOWEST = -0.15
_HIGHEST = 1.08


@house_style()
def draw_net_benefit(
    curves: Mapping[str, Sequence[NetBenefitCurve]], here: float, name: str
) -> ReportPlot:
    """A panel for each prevalence, with the curves of all models in it; `curves` go by model, and
    hold one for each panel. `here` is the prevalence of the films. Intervals are drawn as bands
    where there are any."""
    panels = list(zip(*curves.values(), strict=True))
    figure = Figure(figsize=(3.8 * max(len(panels), 1.2), 3.9), layout="constrained")
    rows: list[tuple[object, ...]] = []
    for axes, of_models in zip(np.atleast_1d(figure.subplots(1, len(panels))), panels, strict=True):
        _draw_panel(axes, dict(zip(curves, of_models, strict=True)), here)
        for model, curve in zip(curves, of_models, strict=True):
            columns = (curve.threshold, curve.value, curve.low, curve.high, curve.treat_all)
            rows += [
                (model, curve.prevalence, *numbers)
                for numbers in zip(*(column.tolist() for column in columns), strict=True)
            ]
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 3))
    banded = not np.isnan(panels[0][0].low).all()
    return ReportPlot(
        name=name,
        title="Net benefit",
        caption="What calls are worth per film, at every threshold probability: the further "
        "to the right, the fewer needless alarms are accepted for one ill film found. The higher, "
        "the better; a model is worth using where its line is above both others. "
        + ("The band is the 95 % interval. " if banded else "")
        + "No model can be higher than the share of ill films.",
        figure=figure,
        columns=("model", "prevalence", "threshold", "net_benefit", "low", "high", "all_ill"),
        rows=tuple(rows),
    )


def _draw_panel(axes: Axes, curves: Mapping[str, NetBenefitCurve], here: float) -> None:
    first = next(iter(curves.values()))
    prevalence = first.prevalence
    axes.plot(first.threshold, first.treat_all, color=QUIET, linewidth=1.2, label="all called ill")
    axes.axhline(0, color=INK, linewidth=1.2, linestyle=DOTS, label="none called ill")
    for place, (model, curve) in enumerate(curves.items()):
        if not np.isnan(curve.low).all():
            axes.fill_between(
                curve.threshold, curve.low, curve.high, color=colour(place), alpha=0.2, linewidth=0
            )
        axes.plot(
            curve.threshold,
            curve.value,
            color=colour(place),
            linestyle=line_style(place),
            label=model,
        )
    axes.set(xlim=(0, 1), ylim=(_LOWEST * prevalence, _HIGHEST * prevalence))
    axes.set_title(f"{share(prevalence)} ill" + (" (as here)" if prevalence == here else ""))
    axes.set_xlabel("threshold probability")
    axes.set_ylabel("net benefit per film")
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.grid()
