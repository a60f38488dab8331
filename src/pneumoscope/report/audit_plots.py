"""Pictures of an audit: bars of the class counts, and a sheet of sample films."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pneumoscope.report.plot import colour, house_style, new_axes
from pneumoscope.wording import printable


@house_style()
def draw_class_counts(
    counts: Mapping[str | None, Mapping[str, int]], class_names: Sequence[str]
) -> Figure:
    """Bars of the films per split and class, each with its number. `None` is no split."""
    figure, axes = new_axes(max(4.0, 1.2 + 0.6 * len(counts) * len(class_names)), 3.4)
    width = 0.8 / len(class_names)
    for place, name in enumerate(class_names):
        heights = [counts[split].get(name, 0) for split in counts]
        positions = np.arange(len(counts)) + (place - (len(class_names) - 1) / 2) * width
        bars = axes.bar(positions, heights, width * 0.94, label=name, color=colour(place))
        axes.bar_label(bars, labels=[f"{height:,}" for height in heights], padding=2, fontsize=9)
    axes.set_xticks(range(len(counts)), [split or "no split" for split in counts])
    axes.set_ylabel("films")
    axes.margins(y=0.12)
    figure.legend(loc="outside upper right", ncols=len(class_names))
    return figure


@house_style()
def draw_sample_sheet(samples: Mapping[str, Sequence[tuple[str, NDArray[np.uint8]]]]) -> Figure:
    """One row of films for each class; `samples` are names and pixels uint8 `(H, W)` by class."""
    columns = max(len(films) for films in samples.values())
    figure = Figure(figsize=(1.7 * columns, 1.95 * len(samples)), layout="constrained")
    grid = figure.subplots(len(samples), columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for row, (label, films) in zip(grid, samples.items(), strict=True):
        for axes, (name, pixels) in zip(row, films, strict=False):
            axes.imshow(pixels, cmap="gray", vmin=0, vmax=255)
            axes.set_title(_shortened(printable(name)), fontsize=6, loc="center")
        row[0].text(
            -0.08, 0.5, label, transform=row[0].transAxes, rotation=90, ha="right", va="center"
        )
    return figure


def _shortened(name: str, longest: int = 30) -> str:
    return name if len(name) <= longest else "…" + name[1 - longest :]
