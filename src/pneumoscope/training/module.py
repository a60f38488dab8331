"""The Lightning module: a training step, validation, and the optimiser's groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor, nn
from torchmetrics.classification import MulticlassAccuracy, MulticlassAUROC

from pneumoscope.errors import TrainingError
from pneumoscope.networks.network import Network
from pneumoscope.networks.registry import block_groups
from pneumoscope.recipe.settings import OptimizerConfig, Recipe
from pneumoscope.training.augmentation import Augmentation
from pneumoscope.training.dataset import FilmBatch
from pneumoscope.training.draw import Draw
from pneumoscope.training.losses import classification_loss, evidence_outside, one_hot
from pneumoscope.training.mixing import mix_patches, mixup


class ClassifierModule(pl.LightningModule):
    """Trains a `Network` as a recipe says.

    Logs `train_loss`, `train_accuracy` (of the augmented films, while the network learns),
    `val_loss`, `val_roc_auc` (one-vs-rest, macro) and `val_accuracy` (most probable class) once an
    epoch. Validation runs in single precision, so its numbers are those of the exported model.
    """

    class_weights: Tensor

    def __init__(
        self, network: Network, recipe: Recipe, weights: Tensor, film_names: Sequence[str]
    ) -> None:
        super().__init__()
        self.network = network
        self.recipe = recipe
        self.film_names = film_names
        self.augmentation = Augmentation(recipe.augment)
        self.groups = block_groups(network)
        self.register_buffer("class_weights", weights, persistent=False)
        classes = len(weights)
        self.val_roc_auc = MulticlassAUROC(classes)
        self.val_accuracy = MulticlassAccuracy(classes, average="micro")
        self._generator = torch.Generator()
        self._rng = np.random.default_rng()

    def on_train_epoch_start(self) -> None:
        """Seed every epoch by itself, so that a resumed run draws what an unbroken one draws."""
        seeds = np.random.SeedSequence([self.recipe.seed, self.current_epoch, self.global_rank])
        for_torch, for_augmentation = (int(word) for word in seeds.generate_state(2))
        torch.manual_seed(for_torch)
        self._generator.manual_seed(for_augmentation)
        self._rng = np.random.default_rng(seeds)

    def training_step(self, batch: FilmBatch, batch_index: int) -> Tensor:
        """Loss of an augmented batch. Raises `TrainingError`, naming the films, on NaN."""
        images, lungs = self.augmentation(batch.images, self._generator, batch.lungs)
        shares = one_hot(batch.targets, len(self.class_weights))
        if self.recipe.loss.mixup > 0:
            images, shares = mixup(images, shares, self.recipe.loss.mixup, self._rng)
        if self.recipe.loss.patch_mixing > 0:
            draw = Draw(len(images), images.device, self._generator)
            images, shares, lungs = mix_patches(
                images, shares, lungs, self.recipe.loss.patch_mixing, draw
            )
        logits, maps = self.network.logits_and_maps(
            images.contiguous(memory_format=torch.channels_last)
        )
        loss = classification_loss(logits.float(), shares, self.class_weights, self.recipe.loss)
        if self.recipe.loss.evidence_outside_lungs > 0:
            if lungs is None:
                raise TrainingError("loss.evidence_outside_lungs needs films with lung fields.")
            outside = evidence_outside(maps.float(), lungs)
            loss = loss + self.recipe.loss.evidence_outside_lungs * outside
        if not torch.isfinite(loss):
            names = ", ".join(self.film_names[int(position)] for position in batch.positions)
            raise TrainingError(
                f"The loss became {loss.item()} in epoch {self.current_epoch + 1}, "
                f"batch {batch_index + 1}. Films of that batch: {names}.",
                "Lower optimizer.lr, set optimizer.clip_norm, or look at these films.",
            )
        right = (logits.argmax(dim=1) == batch.targets).float().mean()
        self.log_dict(
            {"train_loss": loss, "train_accuracy": right},
            on_step=False,
            on_epoch=True,
            batch_size=len(batch.targets),
            sync_dist=True,
        )
        return loss

    def validation_step(self, batch: FilmBatch, batch_index: int) -> None:
        """Collect scores of one batch."""
        with torch.autocast(self.device.type, enabled=False):
            logits = self.network(
                batch.images.float().contiguous(memory_format=torch.channels_last)
            )
        loss = nn.functional.cross_entropy(logits, batch.targets)
        self.val_roc_auc.update(logits.softmax(dim=1), batch.targets)
        self.val_accuracy.update(logits, batch.targets)
        size = len(batch.targets)
        self.log("val_loss", loss, on_epoch=True, batch_size=size, sync_dist=True)
        self.log("val_roc_auc", self.val_roc_auc, on_epoch=True, batch_size=size)
        self.log("val_accuracy", self.val_accuracy, on_epoch=True, batch_size=size)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """One parameter group a block group; norms and biases are never decayed."""
        parameters = dict(self.network.named_parameters())
        groups: list[dict[str, Any]] = []
        for index, names in enumerate(self.groups):
            matrices = [parameters[name] for name in names if parameters[name].ndim > 1]
            vectors = [parameters[name] for name in names if parameters[name].ndim <= 1]
            groups.append({"params": matrices, "block_group": index})
            groups.append({"params": vectors, "block_group": index, "weight_decay": 0.0})
        return _optimizer([group for group in groups if group["params"]], self.recipe.optimizer)


def _optimizer(groups: list[dict[str, Any]], config: OptimizerConfig) -> torch.optim.Optimizer:
    if config.name == "sgd":
        return torch.optim.SGD(
            groups,
            lr=config.lr,
            momentum=config.momentum,
            weight_decay=config.weight_decay,
            nesterov=config.momentum > 0,
        )
    kind = torch.optim.AdamW if config.name == "adamw" else torch.optim.Adam
    return kind(groups, lr=config.lr, weight_decay=config.weight_decay)
