"""The log of a training run: one row an epoch, written as the run goes on and read by reports."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pneumoscope.errors import PneumoscopeError
from pneumoscope.files import whole_file


@dataclass(frozen=True)
class Epoch:
    """One epoch; the columns of the log are its fields.

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


COLUMNS = tuple(field.name for field in fields(Epoch))
_OPTIONAL = "train_accuracy"


def record_epoch(log: Path, epoch: Epoch) -> None:
    """Append an epoch to a log; a resumed run replaces the rows that it repeats.

    The log is changed whole or not at all. Raises `PneumoscopeError` where it is damaged.
    """
    kept = [earlier for earlier in epochs_so_far(log) if earlier.epoch < epoch.epoch]
    with (
        whole_file(log, recorded=False) as part,
        part.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(asdict(row) for row in (*kept, epoch))


def epochs_so_far(log: Path) -> tuple[Epoch, ...]:
    """The epochs in a log, in order; none where training has not come to the end of one yet.

    Raises `PneumoscopeError` where the file cannot be read, or is no such log.
    """
    if not log.exists():
        return ()
    try:
        with log.open(encoding="utf-8", newline="") as file:
            return tuple(_epoch(row) for row in csv.DictReader(file))
    except (OSError, UnicodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise PneumoscopeError(
            f"{log} is not the log of a training run: {type(error).__name__}: {error}.",
            "Expected what `pneumoscope train` writes.",
        ) from error


def read_epochs(log: Path) -> tuple[Epoch, ...]:
    """As `epochs_so_far`, but it is a `PneumoscopeError` where there is none."""
    epochs = epochs_so_far(log)
    if not epochs:
        raise PneumoscopeError(
            f"There is no finished epoch in {log}.",
            "A run has a report once its first epoch is finished.",
        )
    return epochs


def best_epoch(epochs: Sequence[Epoch]) -> Epoch:
    """The epoch that a run keeps: the highest validation ROC-AUC, and of equal ones the latest."""
    return max(epochs, key=lambda epoch: (epoch.val_roc_auc, epoch.epoch))


def _epoch(row: Mapping[str, str]) -> Epoch:
    values: dict[str, Any] = {name: float(row[name]) for name in COLUMNS if name != _OPTIONAL}
    values |= {name: int(row[name]) for name in ("epoch", "stage")}
    return Epoch(**values, train_accuracy=float(row[_OPTIONAL]) if row.get(_OPTIONAL) else None)
