"""How a model was trained: the section of a run's report."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from pneumoscope.recipe.class_weights import class_weights_in_words
from pneumoscope.recipe.settings import Recipe
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part
from pneumoscope.report.training_plots import draw_training, stage_name
from pneumoscope.runs.log import Epoch, best_epoch
from pneumoscope.wording import counted, duration, shown_place


def training_section(
    epochs: Sequence[Epoch],
    recipe: Recipe,
    hardware: Mapping[str, Any] | None,
    films: Mapping[str, int] | None = None,
) -> Section:
    """Course, speed and settings of a training run.

    `hardware` is that of `training.hardware.describe_hardware`, and `films` counts the training
    films of each class, where the run has recorded them.
    """
    plots = draw_training(epochs, recipe.stages)
    weights = shown_place(recipe.model.weights)
    shown = recipe.model_copy(
        update={"model": recipe.model.model_copy(update={"weights": weights})}
    )
    seconds = [epoch.seconds for epoch in epochs]
    facts = {
        "Weights": weights_in_words(recipe.model.weights),
        "Stages": ", then ".join(
            f"{stage_name(stage)} for {counted(stage.epochs, 'epoch')}" for stage in recipe.stages
        ),
        "Epochs": _epochs_in_words(epochs, recipe),
        "Time": f"{duration(sum(seconds))} in all, {duration(statistics.median(seconds))} for an "
        "epoch with its validation (median)",
        "Speed": f"{statistics.median(epoch.images_per_s for epoch in epochs):.0f} training "
        "films a second (median)",
        "Hardware": "not recorded by this run" if hardware is None else _in_words(hardware),
    }
    if films:
        facts["Class weights"] = class_weights_in_words(
            recipe.loss.class_weights, [*films], [*films.values()]
        )
    body = render_part(
        "training.html.j2", facts=facts, plots=plots, recipe=shown.to_yaml(), name=recipe.name
    )
    return Section("training", "Training", body, plots)


def weights_in_words(weights: str) -> str:
    """Where the first weights of a network came from; `weights` is `model.weights` of a recipe."""
    if weights == "none":
        return "from scratch: the network began with random weights"
    if weights == "imagenet":
        return "pretrained on ImageNet, as timm offers them"
    return f"pretrained: {PurePath(weights).name}"


def _epochs_in_words(epochs: Sequence[Epoch], recipe: Recipe) -> str:
    best, last = best_epoch(epochs), epochs[-1].epoch
    text = f"{last} of {recipe.epochs}; the model is that of epoch {best.epoch}"
    if last < recipe.epochs:
        text += ", after which the validation ROC-AUC rose no more"
    return text


def _in_words(hardware: Mapping[str, Any]) -> str:
    precision = {"bf16": "mixed precision (bf16)", "fp32": "single precision (fp32)"}
    name = hardware["name"]
    if hardware["device"] == "gpu":
        device = f"{hardware['devices']} x {name}" if hardware["devices"] > 1 else name
        return f"{device}, {precision[hardware['precision']]}"
    return (
        f"{name}, {counted(hardware['cores'], 'core')}, {counted(hardware['threads'], 'thread')}, "
        f"{precision[hardware['precision']]}"
    )
