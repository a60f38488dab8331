"""Checkpoints and early stopping for runs that are stopped, moved and resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from torch import Tensor

from pneumoscope.errors import TrainingError
from pneumoscope.files import whole_file
from pneumoscope.recipe.settings import Recipe
from pneumoscope.runs.claim import check_is_there
from pneumoscope.training.unfreezing import stage_of


def check_last(last: Path, best: Path) -> None:
    """Raise `TrainingError` unless a run can go on from its last checkpoint."""
    check_is_there(last)
    try:
        state = torch.load(last, map_location="cpu", weights_only=True)
        sound = isinstance(state, dict) and "state_dict" in state
    except Exception as error:  # of damaged files, torch and its unpickler raise almost anything
        raise _damaged(last, best, f" ({type(error).__name__})") from error
    if not sound:
        raise _damaged(last, best)


def _damaged(last: Path, best: Path, kind: str = "") -> TrainingError:
    return TrainingError(
        f"The checkpoint {last} is damaged{kind}.",
        (
            f"Copy {best.name} over it to go on from the best epoch, or start"
            if best.is_file()
            else "Start"
        )
        + " anew: without --resume, in another folder (--run).",
    )


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints that are written whole or not at all.

    Lightning writes them to the folder for temporary files first and moves them. Where that is on
    another disk the move is a copy, and a kill in the middle leaves half a checkpoint.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Write a checkpoint. Raises `OSError`."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with whole_file(Path(path), recorded=False) as part:
            torch.save(checkpoint, part)


class RunCheckpoint(ModelCheckpoint):
    """One file in the run's folder, written at the end of an epoch.

    With `monitor` it holds the epoch with the highest value, and of equal ones the latest, which
    has seen most films; without, the last epoch.
    """

    def __init__(self, path: Path, monitor: str | None = None) -> None:
        super().__init__(
            path.parent,
            filename=path.stem,
            monitor=monitor,
            mode="max",
            save_top_k=1,
            save_on_train_epoch_end=True,
            enable_version_counter=False,
        )

    def check_monitor_top_k(self, trainer: pl.Trainer, current: Tensor | None = None) -> bool:
        """Whether this epoch is to be kept."""
        ties = current is not None and current == self.best_model_score
        return bool(ties or super().check_monitor_top_k(trainer, current))

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue in this run's folder, also where it had another path before."""

        def here(path: str) -> str:
            return str(Path(str(self.dirpath)) / Path(path).name) if path else path

        paths = ("best_model_path", "kth_best_model_path", "last_model_path")
        scores = {here(path): score for path, score in state_dict["best_k_models"].items()}
        moved = {"dirpath": self.dirpath, "best_k_models": scores}
        super().load_state_dict(
            {**state_dict, **moved, **{name: here(state_dict[name]) for name in paths}}
        )


class LastStageStopping(EarlyStopping):
    """Stops when validation ROC-AUC no longer rises, but never before the last stage has begun."""

    def __init__(self, recipe: Recipe, patience: int, min_delta: float) -> None:
        super().__init__("val_roc_auc", mode="max", patience=patience, min_delta=min_delta)
        self.stages = recipe.stages

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """A resumed run that had stopped stays stopped."""
        if self.wait_count >= self.patience:
            trainer.should_stop = True

    def _should_skip_check(self, trainer: pl.Trainer) -> bool:
        in_last_stage = stage_of(self.stages, trainer.current_epoch)[0] == len(self.stages) - 1
        return not in_last_stage or super()._should_skip_check(trainer)
