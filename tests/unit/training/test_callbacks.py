"""Fine-tuning stages, plateau and epoch log, as short runs of the trainer leave them behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pneumoscope.networks.registry import create_network
from pneumoscope.recipe.parsing import parse_recipe
from pneumoscope.recipe.settings import Recipe
from pneumoscope.runs.log import read_epochs
from pneumoscope.training.callbacks import EpochLog, FineTuning, epoch_line
from pneumoscope.training.dataset import FilmDataset, training_loader, validation_loader
from pneumoscope.training.module import ClassifierModule

pl = pytest.importorskip("lightning.pytorch")

LR = 1e-3


def recipe(**parts: Any) -> Recipe:
    return parse_recipe(
        {
            "name": "test",
            "model": {"name": "small_cnn", "weights": "none"},
            "optimizer": {"lr": LR},
            "schedule": {"name": "constant", "warmup_epochs": 0},
            "batch_size": 4,
        }
        | parts
    )


@dataclass
class Trained:
    """What a run leaves behind."""

    module: ClassifierModule
    tuning: FineTuning
    trainer: Any


def run(
    settings: Recipe,
    log: Path,
    *,
    epochs: int | None = None,
    checkpoint: Path | None = None,
    watch: Any = None,
    on_epoch: Callable[[int, float], None] | None = None,
) -> Trained:
    """Train on eight films of noise, from a checkpoint where one is given."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (8, 32, 32), dtype=np.uint8)
    films = FilmDataset(pixels, np.arange(8), np.arange(8) % 2)
    torch.manual_seed(0)
    names = [str(number) for number in range(8)]
    network = create_network(settings.model, 2)
    module = ClassifierModule(network, settings, torch.ones(2), names)
    tuning = FineTuning()
    trainer = pl.Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=settings.epochs if epochs is None else epochs,
        callbacks=[tuning, EpochLog(log, on_epoch), *([watch] if watch else [])],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(
        module,
        training_loader(films, settings.batch_size, settings.seed),
        validation_loader(films, settings.batch_size),
        ckpt_path=checkpoint,
        weights_only=False,
    )
    return Trained(module, tuning, trainer)


@dataclass
class Watch(pl.Callback):  # type: ignore[misc]
    """Keeps weights after, and learning rates of, every epoch."""

    weights: list[dict[str, Tensor]] = field(default_factory=list)
    rates: list[dict[int, float]] = field(default_factory=list)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        self._keep_weights(pl_module)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        self._keep_weights(pl_module)
        groups = trainer.optimizers[0].param_groups
        self.rates.append({group["block_group"]: group["lr"] for group in groups})

    def _keep_weights(self, module: Any) -> None:
        state = module.network.state_dict()
        self.weights.append({name: value.clone() for name, value in state.items()})


def test_every_stage_changes_its_own_block_groups(tmp_path: Path) -> None:
    watch = Watch()
    stages = [
        {"epochs": 1, "train": "head", "lr_scale": 2.0},
        {"epochs": 1, "train": 2, "group_decay": 0.5},
        {"epochs": 1, "train": "all", "group_decay": 0.5},
    ]
    trained = run(recipe(stages=stages), tmp_path / "metrics.csv", watch=watch)
    *blocks, _head = trained.module.groups
    first_learning = [len(blocks), len(blocks) - 2, 0]
    for epoch, first in enumerate(first_learning):
        before, after = watch.weights[epoch : epoch + 2]
        for index, names in enumerate(trained.module.groups):
            learned = [not torch.equal(before[name], after[name]) for name in names]
            assert learned == [index >= first] * len(names), f"epoch {epoch}, group {index}"

    n = len(blocks)
    decayed = [0.5 ** (n - 1 - index) for index in range(n)]
    for rates, scales in zip(
        watch.rates,
        [[0] * n + [2.0], [0] * (n - 2) + [0.5, 1, 1], [*decayed, 1]],
        strict=True,
    ):
        assert rates == pytest.approx({i: LR * scale for i, scale in enumerate(scales)})


def test_frozen_batch_norms_keep_their_statistics(tmp_path: Path) -> None:
    watch = Watch()
    stages = [{"epochs": 1, "train": "head"}, {"epochs": 1, "train": "all"}]
    run(recipe(stages=stages), tmp_path / "metrics.csv", watch=watch)
    statistics = [name for name in watch.weights[0] if "running_" in name]
    start, head_only, everything = watch.weights
    assert statistics
    assert all(torch.equal(start[name], head_only[name]) for name in statistics)
    assert not any(torch.equal(head_only[name], everything[name]) for name in statistics)


def plateau(patience: int) -> Recipe:
    """Only the head learns, too slowly to change a score: after the first epoch none is better."""
    return recipe(
        optimizer={"lr": 1e-12},
        schedule={
            "name": "plateau",
            "warmup_epochs": 0,
            "plateau_patience": patience,
            "plateau_factor": 0.5,
        },
        stages=[{"epochs": 4, "train": "head"}],
    )


def factors(log: Path) -> list[float]:
    return [epoch.lr / 1e-12 for epoch in read_epochs(log)]


@pytest.mark.parametrize(("patience", "expected"), [(0, [1, 1, 0.5, 0.25]), (1, [1, 1, 1, 0.5])])
def test_plateau_lowers_the_rate(patience: int, expected: list[float], tmp_path: Path) -> None:
    run(plateau(patience), tmp_path / "metrics.csv")
    assert factors(tmp_path / "metrics.csv") == pytest.approx(expected)


def test_resumed_run_remembers_the_plateau_and_repeats_no_row(tmp_path: Path) -> None:
    log, checkpoint = tmp_path / "metrics.csv", tmp_path / "last.ckpt"
    stopped = run(plateau(1), log, epochs=2)
    stopped.trainer.save_checkpoint(checkpoint)
    epochs = read_epochs(log)

    resumed = run(plateau(1), log, checkpoint=checkpoint)
    assert factors(log) == pytest.approx([1, 1, 1, 0.5])
    # Once more, as after a run that was killed between its checkpoint and the end of its log.
    run(plateau(1), log, epochs=3, checkpoint=checkpoint)
    repeated = read_epochs(log)
    assert [epoch.epoch for epoch in repeated] == [1, 2, 3]
    assert repeated[:2] == epochs

    state = resumed.tuning.state_dict()
    other = FineTuning()
    assert other.state_dict() != state
    other.load_state_dict(state)
    assert other.state_dict() == state


def test_epoch_log_holds_every_figure(tmp_path: Path) -> None:
    log = tmp_path / "metrics.csv"
    stages = [{"epochs": 1, "train": "head", "lr_scale": 3.0}, {"epochs": 1}]
    trained = run(recipe(stages=stages), log)
    epochs = read_epochs(log)
    assert [(epoch.epoch, epoch.stage) for epoch in epochs] == [(1, 1), (2, 2)]
    assert [epoch.lr for epoch in epochs] == pytest.approx([3 * LR, LR])
    for name in ("train_loss", "train_accuracy", "val_loss", "val_roc_auc", "val_accuracy"):
        assert getattr(epochs[1], name) == float(trained.trainer.callback_metrics[name])
    assert all(epoch.images_per_s > 0 and epoch.seconds > 0 for epoch in epochs)


def test_a_listener_is_told_of_every_epoch_and_may_end_the_run(tmp_path: Path) -> None:
    told: list[tuple[int, float]] = []

    def stop_after_two(epoch: int, score: float) -> None:
        told.append((epoch, score))
        if epoch == 2:
            raise LookupError("enough")

    log = tmp_path / "metrics.csv"
    with pytest.raises(LookupError, match="enough"):
        run(recipe(stages=[{"epochs": 4}]), log, on_epoch=stop_after_two)
    assert told == [(epoch.epoch, epoch.val_roc_auc) for epoch in read_epochs(log)]
    assert [epoch for epoch, _ in told] == [1, 2]


def test_the_line_of_an_epoch_fits_a_terminal() -> None:
    figures = {
        "train_loss": 0.68137,
        "val_loss": 10.7796,
        "val_roc_auc": 0.7844,
        "val_accuracy": 0.5106,
    }
    stages = [{"epochs": 1, "train": "head"}, {"epochs": 99}]
    assert (
        epoch_line(7, recipe(stages=[{"epochs": 12}]), figures)
        == "epoch  7/12  loss 0.681  val loss 10.780  ROC-AUC 0.784  accuracy 0.511"
    )
    line = epoch_line(100, recipe(stages=stages), figures)
    assert line.startswith("epoch 100/100  stage 2  loss 0.681")
    assert len(line) < 85
