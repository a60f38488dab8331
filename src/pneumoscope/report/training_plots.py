"""Curves of a training run over its epochs, with the stages of unfreezing and the best epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pneumoscope.recipe.settings import Stage
from pneumoscope.report.plot import (
    INK,
    LINE_STYLES,
    MARKERS,
    QUIET,
    ReportPlot,
    colour,
    house_style,
    new_axes,
)
from pneumoscope.runs.log import Epoch, best_epoch

_WIDTH, _HEIGHT = 5.4, 3.5
# A letter of a stage's name takes up about this share of the axes.
_LETTER = 0.016


def draw_training(epochs: Sequence[Epoch], stages: Sequence[Stage]) -> tuple[ReportPlot, ...]:
    """Loss, accuracy, ROC-AUC and learning rate over the epochs of a run.

    `stages` are those of its recipe. Accuracy on training films is drawn where the log has it.
    """
    best = best_epoch(epochs)
    accuracy = {"validation": [epoch.val_accuracy for epoch in epochs]}
    train_accuracy = [epoch.train_accuracy for epoch in epochs if epoch.train_accuracy is not None]
    if len(train_accuracy) == len(epochs):
        accuracy = {"training": train_accuracy} | accuracy
    loss = {
        "training": [epoch.train_loss for epoch in epochs],
        "validation": [epoch.val_loss for epoch in epochs],
    }
    area = {"validation": [epoch.val_roc_auc for epoch in epochs]}
    rate = {"learning rate": [epoch.lr for epoch in epochs]}
    return (
        _report_figure(
            "loss",
            "Loss",
            "What training makes small. Where the validation curve turns upwards while the "
            "training curve goes on falling, the network learns its training films by heart.",
            epochs,
            loss,
            _draw(epochs, stages, loss, "loss"),
        ),
        _report_figure(
            "accuracy",
            "Accuracy",
            "The share of films whose most probable class is the right one. Training films are "
            "counted as the network sees them, with random changes, so they may be the harder "
            "ones.",
            epochs,
            accuracy,
            _draw(epochs, stages, accuracy, "accuracy"),
        ),
        _report_figure(
            "val-roc-auc",
            "ROC-AUC on the validation films",
            "How well the answers put the classes in order: 1 is best, 0.5 is guessing. It decides "
            f"which epoch is kept, here epoch {best.epoch}. These are answers before calibration: "
            "figures of the model file come from its probabilities, and with more than two "
            "classes may differ a little.",
            epochs,
            area,
            _draw(epochs, stages, area, "ROC-AUC"),
        ),
        _report_figure(
            "learning-rate",
            "Learning rate",
            "How large the steps of training are, on a logarithmic scale: the rate at the end of "
            "each epoch, of the layers that learn fastest.",
            epochs,
            rate,
            _draw(epochs, stages, rate, "learning rate", logarithmic=True),
        ),
    )


def stage_name(stage: Stage) -> str:
    """What learns in a stage, in words; the head always does."""
    if stage.train == "head":
        return "head only"
    if stage.train == "all":
        return "all layers"
    return "last group" if stage.train == 1 else f"last {stage.train} groups"


def _report_figure(
    name: str,
    title: str,
    caption: str,
    epochs: Sequence[Epoch],
    series: Mapping[str, Sequence[float]],
    figure: Figure,
) -> ReportPlot:
    rows = tuple(
        (epoch.epoch, epoch.stage, *values)
        for epoch, *values in zip(epochs, *series.values(), strict=True)
    )
    return ReportPlot(name, title, caption, figure, ("epoch", "stage", *series), rows)


@house_style()
def _draw(
    epochs: Sequence[Epoch],
    stages: Sequence[Stage],
    series: Mapping[str, Sequence[float]],
    label: str,
    *,
    logarithmic: bool = False,
) -> Figure:
    figure, axes = new_axes(_WIDTH, _HEIGHT)
    numbers = [epoch.epoch for epoch in epochs]
    if logarithmic:
        axes.set_yscale("log")
    # Validation has the same colour in every figure.
    for name, values in series.items():
        place = 1 if name == "validation" else 0
        axes.plot(
            numbers,
            values,
            color=colour(place),
            linestyle=LINE_STYLES[place],
            marker=MARKERS[place],
            markersize=3.5,
            label=name,
        )
    best = best_epoch(epochs).epoch
    axes.axvline(best, color=INK, linewidth=1, linestyle=":", label=f"best epoch: {best}")
    _mark_stages(axes, epochs, stages)
    axes.set_xlabel("epoch")
    axes.set_ylabel(label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(axis="y")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def _mark_stages(axes: Axes, epochs: Sequence[Epoch], stages: Sequence[Stage]) -> None:
    """Name what learns above the epochs of each stage, and shade every other stage."""
    spans = []
    for number, stage in enumerate(stages, start=1):
        members = [epoch.epoch for epoch in epochs if epoch.stage == number]
        if members:  # a run that was stopped early has not reached its last stages
            spans.append((stage_name(stage), members[0] - 0.5, members[-1] + 0.5))
    first, last = spans[0][1], spans[-1][2]
    axes.set_xlim(first, last)
    crowded = any(end - begin < _LETTER * len(name) * (last - first) for name, begin, end in spans)
    for place, (name, begin, end) in enumerate(spans):
        if place % 2:
            axes.axvspan(begin, end, color=QUIET, alpha=0.1, linewidth=0)
        axes.annotate(
            name,
            (begin, 1),
            xycoords=("data", "axes fraction"),
            xytext=(2, 3 + 11 * (crowded and place % 2)),
            textcoords="offset points",
            color=QUIET,
            fontsize=8,
        )
