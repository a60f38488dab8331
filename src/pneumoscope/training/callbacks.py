"""Callbacks of a training run: stages and learning rates, epoch log, progress display."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pneumoscope.logs import tell
from pneumoscope.recipe.settings import Recipe
from pneumoscope.runs.log import COLUMNS, Epoch, record_epoch
from pneumoscope.training.unfreezing import group_scales, schedule_factor, stage_of
from pneumoscope.wording import counted, duration

_log = logging.getLogger(__name__)


class FineTuning(pl.Callback):
    """Freezes and thaws block groups by stage, and sets learning rates before each step."""

    def __init__(self) -> None:
        self.plateau_factor = 1.0
        self.best = float("-inf")
        self.waited = 0

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Let exactly the groups of this epoch's stage learn."""
        parameters = dict(pl_module.network.named_parameters())
        for names, scale in zip(pl_module.groups, _scales(trainer, pl_module), strict=True):
            for name in names:
                parameters[name].requires_grad_(scale > 0)
        pl_module.network.train()

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: Any, batch: Any, batch_idx: int
    ) -> None:
        """Set learning rates from where the run stands: there is no state to resume."""
        recipe = pl_module.recipe
        scales = _scales(trainer, pl_module)
        progress = trainer.current_epoch + batch_idx / trainer.num_training_batches
        factor = self.plateau_factor * schedule_factor(recipe.schedule, progress, recipe.epochs)
        for group in trainer.optimizers[0].param_groups:
            group["lr"] = recipe.optimizer.lr * factor * scales[group["block_group"]]

    def on_validation_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Lower the rate when `plateau` has waited long enough for a better ROC-AUC."""
        schedule = pl_module.recipe.schedule
        if schedule.name != "plateau" or trainer.sanity_checking:
            return
        score = float(trainer.callback_metrics["val_roc_auc"])
        self.waited = 0 if score > self.best else self.waited + 1
        self.best = max(self.best, score)
        if self.waited > schedule.plateau_patience:
            self.plateau_factor *= schedule.plateau_factor
            self.waited = 0

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know."""
        return {"plateau_factor": self.plateau_factor, "best": self.best, "waited": self.waited}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue where `state_dict` was taken."""
        self.plateau_factor = state_dict["plateau_factor"]
        self.best, self.waited = state_dict["best"], state_dict["waited"]


def _scales(trainer: pl.Trainer, pl_module: Any) -> list[float]:
    _, stage = stage_of(pl_module.recipe.stages, trainer.current_epoch)
    return group_scales(stage, len(pl_module.groups))


class EpochLog(pl.Callback):
    """Gathers the figures of every epoch, records them in the run's log, and tells `on_epoch` the
    number of the epoch, from 1, and its validation ROC-AUC. What that raises ends the run."""

    def __init__(self, log: Path, on_epoch: Callable[[int, float], None] | None = None) -> None:
        self._log = log
        self._on_epoch = on_epoch

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Start the clock."""
        self._started = self._trained = time.perf_counter()
        self._images = 0

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count images; validation does not belong to the training throughput."""
        self._images += len(batch.targets) * trainer.world_size
        self._trained = time.perf_counter()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Record the epoch."""
        if not trainer.is_global_zero:
            return
        metrics = trainer.callback_metrics
        epoch = Epoch(
            epoch=trainer.current_epoch + 1,
            stage=stage_of(pl_module.recipe.stages, trainer.current_epoch)[0] + 1,
            lr=max(group["lr"] for group in trainer.optimizers[0].param_groups),
            **{name: float(metrics[name]) for name in COLUMNS if name in metrics},
            images_per_s=round(self._images / max(self._trained - self._started, 1e-9), 2),
            seconds=round(time.perf_counter() - self._started, 2),
        )
        record_epoch(self._log, epoch)
        tell(
            _log,
            "epoch",
            run=self._log.parent,
            epoch=epoch.epoch,
            val_roc_auc=round(epoch.val_roc_auc, 4),
            images_per_s=epoch.images_per_s,
            seconds=epoch.seconds,
        )
        if self._on_epoch:
            self._on_epoch(epoch.epoch, epoch.val_roc_auc)


def epoch_line(epoch: int, recipe: Recipe, metrics: Mapping[str, Any]) -> str:
    """What a person reads of a finished epoch, counted from 1, in one line of under 80 characters.

    `metrics` are those that `ClassifierModule` logs. The stage is told where there are several.
    """
    places = len(str(recipe.epochs))
    stage = f"  stage {stage_of(recipe.stages, epoch - 1)[0] + 1}" if len(recipe.stages) > 1 else ""
    figures = "".join(
        f"  {title} {float(metrics[name]):.3f}"
        for title, name in (
            ("loss", "train_loss"),
            ("val loss", "val_loss"),
            ("ROC-AUC", "val_roc_auc"),
            ("accuracy", "val_accuracy"),
        )
    )
    return f"epoch {epoch:>{places}}/{recipe.epochs}{stage}{figures}"


class TrainingProgress(pl.Callback):
    """A bar with images per second and the time left, and a line for each finished epoch; after the
    first, another tells how long the rest may take, and after the last one what became of them."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._bar: Progress | None = None
        self._lines = 0

    def on_train_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Open the bar."""
        if not trainer.is_global_zero:
            return
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[speed]:.0f} images/s"),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
            speed_estimate_period=120,
        )
        steps = int(trainer.num_training_batches)
        self._task = self._bar.add_task(
            "training",
            total=steps * pl_module.recipe.epochs,
            completed=steps * trainer.current_epoch,
            speed=0.0,
        )
        self._bar.start()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Name the epoch."""
        self._epoch_started, self._images = time.perf_counter(), 0
        if self._bar:
            self._bar.update(
                self._task,
                description=f"epoch {trainer.current_epoch + 1}/{pl_module.recipe.epochs}",
            )

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Move on by one step."""
        self._images += len(batch.targets) * trainer.world_size
        if self._bar:
            elapsed = time.perf_counter() - self._epoch_started
            self._bar.update(self._task, advance=1, speed=self._images / max(elapsed, 1e-9))

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Print the epoch's figures."""
        if not self._bar:
            return
        recipe: Recipe = pl_module.recipe
        done = trainer.current_epoch + 1
        self._print(epoch_line(done, recipe, trainer.callback_metrics))
        if not self._lines and done < recipe.epochs:
            left = (time.perf_counter() - self._epoch_started) * (recipe.epochs - done)
            at_most = " at most" if recipe.early_stopping else ""
            self._print(f"About {duration(left)} for the other epochs{at_most}.")
        self._lines += 1

    def on_train_end(self, trainer: pl.Trainer, pl_module: Any) -> None:
        """Close the bar, and say where training ended."""
        if not self._bar:
            return
        self._bar.stop()
        recipe: Recipe = pl_module.recipe
        if recipe.early_stopping and 0 < trainer.current_epoch < recipe.epochs:
            patience = counted(recipe.early_stopping.patience, "epoch")
            self._print(
                f"Stopped after epoch {trainer.current_epoch} of {recipe.epochs}: the ROC-AUC of "
                f"the validation films has not risen for {patience} (early_stopping.patience)."
            )

    def _print(self, text: str) -> None:
        """One line, which a pipe gets in one piece."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def on_exception(self, trainer: pl.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Give the terminal back."""
        if self._bar:
            self._bar.stop()
