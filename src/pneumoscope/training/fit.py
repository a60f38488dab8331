"""Fit a network to the training films of a run, with checkpoints and an epoch log."""

from __future__ import annotations

import importlib.util
import logging
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.loggers import Logger, MLFlowLogger, TensorBoardLogger
from rich.console import Console

from pneumoscope.data.prepared import PreparedFilms
from pneumoscope.errors import MissingExtraError
from pneumoscope.networks.network import Network
from pneumoscope.networks.registry import create_network
from pneumoscope.recipe.class_weights import class_weights
from pneumoscope.recipe.settings import Recipe
from pneumoscope.runs.folder import RunFolder
from pneumoscope.training.allocator import keep_freed_memory
from pneumoscope.training.averaged_weights import AveragedWeights, caution_about
from pneumoscope.training.callbacks import EpochLog, FineTuning, TrainingProgress
from pneumoscope.training.checkpoints import (
    LastStageStopping,
    RunCheckpoint,
    WholeCheckpoints,
    check_last,
)
from pneumoscope.training.dataset import FilmDataset, training_loader, validation_loader
from pneumoscope.training.hardware import chosen_accelerator, trains_in_bf16
from pneumoscope.training.module import ClassifierModule
from pneumoscope.training.unfreezing import group_scales


@dataclass(frozen=True)
class FitOptions:
    """What a machine, not a recipe, decides about a run.

    `on_epoch` is called after every epoch with its number, from 1, and its validation ROC-AUC. What
    it raises ends the run and comes out of `fit`.
    """

    resume: bool = False
    accelerator: str = "auto"
    devices: int = 1
    mlflow_uri: str | None = None
    on_epoch: Callable[[int, float], None] | None = None


def fit(
    recipe: Recipe, films: PreparedFilms, run: RunFolder, options: FitOptions, console: Console
) -> Network:
    """Train, and return the network of the best epoch by validation ROC-AUC, on the CPU.

    Writes the run's log and its checkpoints after every epoch. With `options.resume` it goes on
    from the last one and ends with the same model as an unbroken run. Raises `TrainingError` when
    the loss is not a number, or when there is nothing to resume from.
    """
    train, val = films.select("train"), films.select("val")
    classes = len(films.table.class_names)
    torch.manual_seed(recipe.seed)
    # What a checkpoint holds replaces the weights that the run began with.
    begins = {} if not options.resume else {"weights": "none"}
    network = create_network(recipe.model.model_copy(update=begins), classes)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    of_classes = [*train.table.counts()["train"].values()]
    weights = torch.tensor(class_weights(recipe.loss.class_weights, of_classes))
    names = [film.path for film in train.table.films]
    module = ClassifierModule(network, recipe, weights, names)
    for stage in recipe.stages:
        group_scales(stage, len(module.groups))  # a stage that does not fit must fail now
    network.train()
    trainer = _trainer(recipe, run, options, console)
    if options.resume:
        check_last(run.last, run.best)
    elif recipe.ema_decay is not None:
        steps = recipe.epochs * -(-len(train.rows) // recipe.batch_size)
        if caution := caution_about(recipe.ema_decay, steps):
            console.print(f"Note: {caution}", highlight=False)
    with warnings.catch_warnings():
        # Batches are slices of a memory map: worker processes would only add copies.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        if options.resume:
            # That is where the run goes on from.
            warnings.filterwarnings("ignore", message="Checkpoint directory .* is not empty")
        # Lightning 2.6 asks whether a tree of batches is a leaf in a way that torch 2.13 no longer
        # likes; both give the same answer.
        warnings.filterwarnings(
            "ignore",
            message=r"`isinstance\(treespec, LeafSpec\)` is deprecated",
            category=FutureWarning,
            module=r"lightning\.pytorch\.utilities\._pytree",
        )
        _fit(
            trainer,
            module,
            training_loader(_dataset(train), recipe.batch_size, recipe.seed),
            validation_loader(_dataset(val), recipe.batch_size),
            ckpt_path=str(run.last) if options.resume else None,
            weights_only=True,
        )
    if trainer.global_rank != 0:
        sys.exit()  # with several devices, one process goes on to export and evaluate
    return load_best(recipe, classes, run)


def load_best(recipe: Recipe, classes: int, run: RunFolder) -> Network:
    """The network of a run with the weights of its best epoch."""
    offline = recipe.model.model_copy(update={"weights": "none"})
    network = create_network(offline, classes)
    state = torch.load(run.best, map_location="cpu", weights_only=True)["state_dict"]
    own = [name for name in state if name.startswith("network.")]
    network.load_state_dict({name.removeprefix("network."): state[name] for name in own})
    return network.eval()


def _fit(trainer: pl.Trainer, *arguments: Any, **options: Any) -> None:
    """`Trainer.fit`, but Ctrl-C ends in `KeyboardInterrupt`, not in the end of the process."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        trainer.fit(*arguments, **options)
    except SystemExit as stop:
        if trainer.interrupted:
            raise KeyboardInterrupt from stop
        raise
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)


def _dataset(films: PreparedFilms) -> FilmDataset:
    return FilmDataset(films.pixels, films.rows, films.table.y_true, films.lungs)


def _trainer(recipe: Recipe, run: RunFolder, options: FitOptions, console: Console) -> pl.Trainer:
    # Lightning announces devices and tips on this logger; what matters of it is in our own display.
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    accelerator = chosen_accelerator(options.accelerator)
    if accelerator == "cpu":
        keep_freed_memory()
    callbacks: list[pl.Callback] = [
        FineTuning(),
        TrainingProgress(console),
        EpochLog(run.log, options.on_epoch),
    ]
    if recipe.ema_decay is not None:
        callbacks.append(AveragedWeights(recipe.ema_decay))
    if stopping := recipe.early_stopping:
        callbacks.append(LastStageStopping(recipe, stopping.patience, stopping.min_delta))
    callbacks.append(RunCheckpoint(run.best, monitor="val_roc_auc"))
    callbacks.append(RunCheckpoint(run.last))
    loggers: list[Logger] = [TensorBoardLogger(run.tensorboard, name="", version="")]
    if options.mlflow_uri:
        if importlib.util.find_spec("mlflow") is None:
            raise MissingExtraError("Logging to MLflow", "mlflow")
        loggers.append(MLFlowLogger(run_name=recipe.name, tracking_uri=options.mlflow_uri))
    return pl.Trainer(
        accelerator=accelerator,
        devices=options.devices,
        # Frozen block groups have no gradients, which processes must not wait for.
        strategy="ddp_find_unused_parameters_true" if options.devices > 1 else "auto",
        use_distributed_sampler=False,
        precision="bf16-mixed" if trains_in_bf16(recipe, accelerator) else "32-true",
        max_epochs=recipe.epochs,
        gradient_clip_val=recipe.optimizer.clip_norm,
        callbacks=callbacks,
        plugins=[WholeCheckpoints()],
        logger=loggers,
        log_every_n_steps=1,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
