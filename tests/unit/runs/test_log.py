"""The log of a training run, of this version and of earlier ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pneumoscope.errors import PneumoscopeError
from pneumoscope.runs.log import best_epoch, read_epochs
from tiny_run import EPOCHS


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "metrics.csv"
    path.write_text(EPOCHS, encoding="utf-8")
    return path


def test_every_epoch_is_read(log: Path) -> None:
    first, second, third = read_epochs(log)
    assert (first.epoch, first.stage, first.lr, first.train_accuracy) == (1, 1, 0.001, 0.55)
    assert (second.val_loss, second.val_roc_auc, second.val_accuracy) == (0.55, 0.83, 0.75)
    assert (third.train_loss, third.images_per_s, third.seconds) == (0.40, 42.0, 190.0)


def test_logs_of_the_first_versions_lack_the_accuracy_on_training_films(log: Path) -> None:
    lines = [line.split(",") for line in EPOCHS.splitlines()]
    without = "\n".join(",".join(cells[:4] + cells[5:]) for cells in lines)
    log.write_text(without, encoding="utf-8")
    assert [epoch.train_accuracy for epoch in read_epochs(log)] == [None] * 3
    assert [epoch.val_roc_auc for epoch in read_epochs(log)] == [0.61, 0.83, 0.81]


def test_the_best_epoch_has_the_highest_area_and_of_equals_is_the_latest(log: Path) -> None:
    epochs = read_epochs(log)
    assert best_epoch(epochs).epoch == 2
    assert best_epoch([*epochs, replace(epochs[1], epoch=4)]).epoch == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no epoch"),
        (EPOCHS.splitlines()[0], "holds no epoch"),
        ("a,b\n1,2\n", "not the log of a training run: KeyError"),
        (EPOCHS.replace("0.83", "good"), "not the log of a training run: ValueError"),
        (EPOCHS + "4,2\n", "not the log of a training run: TypeError"),
    ],
)
def test_what_is_no_log_is_refused(log: Path, text: str, message: str) -> None:
    log.write_text(text, encoding="utf-8")
    with pytest.raises(PneumoscopeError, match=message):
        read_epochs(log)


def test_a_missing_log_is_told(tmp_path: Path) -> None:
    with pytest.raises(PneumoscopeError, match="FileNotFoundError"):
        read_epochs(tmp_path / "metrics.csv")
