"""The log of a training run, of this version and of earlier ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pneumoscope.errors import PneumoscopeError
from pneumoscope.runs.log import Epoch, best_epoch, epochs_so_far, read_epochs, record_epoch
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


def test_epochs_are_written_one_by_one_and_repeated_ones_replaced(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    assert epochs_so_far(path) == ()
    path.touch()
    assert epochs_so_far(path) == ()
    first = Epoch(1, 1, 1e-05, 0.7, None, 0.69, 2 / 3, 0.5, 100.0, 60.25)
    second = replace(first, epoch=2, stage=2, train_accuracy=0.75, val_loss=float("nan"))
    for epoch in (first, replace(first, epoch=2), replace(first, epoch=3), second):
        record_epoch(path, epoch)
    assert path.read_bytes().decode() == (
        "epoch,stage,lr,train_loss,train_accuracy,val_loss,val_roc_auc,val_accuracy,"
        "images_per_s,seconds\r\n"
        "1,1,1e-05,0.7,,0.69,0.6666666666666666,0.5,100.0,60.25\r\n"
        "2,2,1e-05,0.7,0.75,nan,0.6666666666666666,0.5,100.0,60.25\r\n"
    )
    assert read_epochs(path)[0] == first
    assert [file.name for file in tmp_path.iterdir()] == ["metrics.csv"]


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
        ("", "no finished epoch"),
        (EPOCHS.splitlines()[0], "no finished epoch"),
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
    with pytest.raises(PneumoscopeError, match=r"no finished epoch in .*metrics\.csv"):
        read_epochs(tmp_path / "metrics.csv")
