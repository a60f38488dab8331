"""Plots of a tuning: the course of its trials, and what came of each value of a setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from pneumoscope.recipe.search_space import SearchedValues, SearchRange
from pneumoscope.recipe.trials import Trial, best_of, written
from pneumoscope.report.plot import (
    INK,
    QUIET,
    ReportPlot,
    colour,
    file_stem,
    house_style,
    new_axes,
)

# More ticks would touch each other.
_MOST_STEPS = 8


@house_style()
def draw_course(trials: Sequence[Trial]) -> ReportPlot:
    """The scores of the trials in their order, and the best so far.

    Trials without a score are left out.
    """
    scored = [trial for trial in trials if trial.score is not None]
    best_so_far = _best_so_far(scored)
    figure, axes = new_axes(7.2, 3.6)
    numbers = [trial.number for trial in scored]
    axes.step(
        numbers, best_so_far, where="post", color=colour(0), linewidth=1.2, label="best so far"
    )
    _mark_trials(axes, scored, numbers)
    axes.set_xlabel("trial")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    figure.legend(loc="outside lower center", ncols=5)
    return ReportPlot(
        "course",
        "The trials in their order",
        "Each mark is a trial: the highest ROC-AUC of its epochs on the validation films. Pruned "
        "trials were ended early because they lay behind half of the others, and may have become "
        "better in the epochs that they did not get.",
        figure,
        ("trial", "state", "epochs", "val_roc_auc", "best_so_far"),
        tuple(
            (trial.number, trial.state, trial.epochs, trial.score, best)
            for trial, best in zip(scored, best_so_far, strict=True)
        ),
    )


@house_style()
def draw_setting(trials: Sequence[Trial], name: str, searched: SearchedValues) -> ReportPlot:
    """The scores of the trials against the values of one setting, given by its dotted name.

    Trials without a score are left out.
    """
    scored = [trial for trial in trials if trial.score is not None]
    figure, axes = new_axes(3.7, 3.2)
    values = [trial.values[name] for trial in scored]
    if isinstance(searched, SearchRange):
        _mark_trials(axes, scored, values)
        _scale(axes, searched)
    else:
        _mark_trials(axes, scored, [searched.index(value) for value in values])
        axes.set_xticks(range(len(searched)), [written(choice) for choice in searched])
        axes.set_xlim(-0.5, len(searched) - 0.5)
    axes.set_xlabel(name)
    figure.legend(loc="outside lower center", ncols=2)
    return ReportPlot(
        f"setting-{file_stem(name)}",
        name,
        f"ROC-AUC on the validation films against the value of {name} that a trial had.",
        figure,
        ("trial", "state", name, "val_roc_auc"),
        tuple(
            (trial.number, trial.state, value, trial.score)
            for trial, value in zip(scored, values, strict=True)
        ),
    )


def _best_so_far(scored: Sequence[Trial]) -> list[float]:
    """The highest score of a complete trial up to each trial; NaN before the first."""
    scores = [
        trial.score if trial.state == "complete" and trial.score is not None else np.nan
        for trial in scored
    ]
    return [float(score) for score in np.fmax.accumulate(scores)]


def _mark_trials(axes: Axes, scored: Sequence[Trial], places: Sequence[float]) -> None:
    """A mark for each trial at its place and score."""
    best = best_of(scored)
    looks: dict[str, dict[str, Any]] = {
        "complete": {"marker": "o", "s": 26, "color": colour(0), "alpha": 0.75},
        "pruned": {"marker": "x", "s": 26, "color": QUIET, "linewidth": 1.2},
        "recipe as it is": {"marker": "s", "s": 34, "color": colour(1)},
        "best": {"marker": "o", "s": 130, "facecolor": "none", "edgecolor": INK, "linewidth": 1.2},
    }
    shown = {
        "complete": [trial.state == "complete" and not trial.is_start for trial in scored],
        "pruned": [trial.state == "pruned" and not trial.is_start for trial in scored],
        "recipe as it is": [trial.is_start for trial in scored],
        "best": [trial == best for trial in scored],
    }
    at = np.asarray(places, dtype=float)
    scores = np.array([trial.score for trial in scored], dtype=float)
    for name, chosen in shown.items():
        if any(chosen):
            axes.scatter(at[chosen], scores[chosen], label=name, zorder=3, **looks[name])
    axes.set_ylabel("validation ROC-AUC")
    axes.grid(axis="y")


def _scale(axes: Axes, searched: SearchRange) -> None:
    """The whole range that was searched, with a little room for the marks at its ends."""
    low, high = float(searched.low), float(searched.high)
    if searched.log:
        room = (high / low) ** 0.05
        axes.set_xscale("log")
        axes.set_xlim(low / room, high * room)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        return
    room = (high - low) * 0.05
    axes.set_xlim(low - room, high + room)
    if searched.step is not None and high - low <= _MOST_STEPS * searched.step:
        axes.set_xticks(np.arange(low, high + searched.step / 2, searched.step))
