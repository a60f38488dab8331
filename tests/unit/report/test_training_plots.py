"""Curves of a training run: what is drawn, and where its stages and its best epoch are marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pneumoscope.recipe.settings import Stage
from pneumoscope.report.training_plots import draw_training, stage_name
from pneumoscope.runs.log import Epoch, read_epochs
from tiny_run import EPOCHS

STAGES = (Stage(epochs=1, train="head"), Stage(epochs=4, train=2), Stage(epochs=1))


@pytest.fixture
def epochs(tmp_path: Path) -> tuple[Epoch, ...]:
    (tmp_path / "metrics.csv").write_text(EPOCHS, encoding="utf-8")
    return read_epochs(tmp_path / "metrics.csv")


def test_the_data_drawn_are_those_of_the_log(epochs: tuple[Epoch, ...]) -> None:
    figures = {figure.name: figure for figure in draw_training(epochs, STAGES)}
    assert figures["loss"].columns == ("epoch", "stage", "training", "validation")
    assert figures["loss"].rows == ((1, 1, 0.70, 0.69), (2, 2, 0.50, 0.55), (3, 2, 0.40, 0.60))
    assert figures["accuracy"].rows[1] == (2, 2, 0.75, 0.75)
    assert figures["val-roc-auc"].rows == ((1, 1, 0.61), (2, 2, 0.83), (3, 2, 0.81))
    assert [row[-1] for row in figures["learning-rate"].rows] == [0.001, 0.0005, 0.0001]
    caption = figures["val-roc-auc"].caption
    assert "here epoch 2." in caption
    assert "0.83" not in caption  # the model file has one ROC-AUC: that of its probabilities


def test_lines_stages_and_the_best_epoch_are_where_they_belong(epochs: tuple[Epoch, ...]) -> None:
    loss, *_ = draw_training(epochs, STAGES)
    axes = loss.figure.axes[0]
    training, validation, best = axes.lines
    assert list(training.get_ydata()) == [0.70, 0.50, 0.40]
    assert list(validation.get_xdata()) == [1, 2, 3]
    assert best.get_xdata()[0] == 2
    assert [text.get_text() for text in axes.texts] == ["head only", "last 2 groups"]
    shaded = axes.patches[0].get_bbox()
    assert (shaded.x0, shaded.x1) == (1.5, 3.5)


def test_accuracy_on_training_films_is_drawn_only_where_it_is_known(
    epochs: tuple[Epoch, ...],
) -> None:
    old = [replace(epoch, train_accuracy=None) for epoch in epochs]
    accuracy = draw_training(old, STAGES)[1]
    assert accuracy.columns == ("epoch", "stage", "validation")


def test_a_run_of_one_epoch_has_its_figures(epochs: tuple[Epoch, ...]) -> None:
    assert [len(figure.rows) for figure in draw_training(epochs[:1], STAGES)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("train", "name"),
    [("head", "head only"), (1, "last group"), (3, "last 3 groups"), ("all", "all layers")],
)
def test_stages_have_names(train: str | int, name: str) -> None:
    assert stage_name(Stage.model_validate({"epochs": 1, "train": train})) == name
