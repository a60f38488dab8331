"""The log of a training run, one record an epoch."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pneumoscope.errors import PneumoscopeError


@dataclass(frozen=True)
class Epoch:
    """One epoch of `metrics.csv`.

    `epoch` and `stage` count from 1. `lr` is the learning rate at the epoch's end, the highest of
    all layers. Runs of the first versions have no `train_accuracy`. `images_per_s` is the speed of
    training, `seconds` the time of training and validation.
    """

    epoch: int
    stage: int
    lr: float
    train_loss: float
    train_accuracy: float | None
    val_loss: float
    val_roc_auc: float
    val_accuracy: float
    images_per_s: float
    seconds: float


def read_epochs(path: Path) -> tuple[Epoch, ...]:
    """The epochs of a `metrics.csv`, in order.

    Raises `PneumoscopeError` where it cannot be read, is no such log, or holds no epoch.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            epochs = tuple(_epoch(row) for row in csv.DictReader(file))
    except (OSError, UnicodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise PneumoscopeError(
            f"{path} is not the log of a training run: {type(error).__name__}: {error}.",
            "Expected the metrics.csv that `pneumoscope train` writes.",
        ) from error
    if not epochs:
        raise PneumoscopeError(
            f"{path} holds no epoch.", "A run has a report once its first epoch is finished."
        )
    return epochs


def best_epoch(epochs: Sequence[Epoch]) -> Epoch:
    """The epoch that a run keeps: the highest validation ROC-AUC, and of equal ones the latest."""
    return max(epochs, key=lambda epoch: (epoch.val_roc_auc, epoch.epoch))


def _epoch(row: Mapping[str, str]) -> Epoch:
    train_accuracy = row.get("train_accuracy")
    return Epoch(
        epoch=int(row["epoch"]),
        stage=int(row["stage"]),
        lr=float(row["lr"]),
        train_loss=float(row["train_loss"]),
        train_accuracy=float(train_accuracy) if train_accuracy else None,
        val_loss=float(row["val_loss"]),
        val_roc_auc=float(row["val_roc_auc"]),
        val_accuracy=float(row["val_accuracy"]),
        images_per_s=float(row["images_per_s"]),
        seconds=float(row["seconds"]),
    )
