"""The training step, its optimiser's groups, and what it says when the loss is not a number."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pneumoscope.errors import TrainingError
from pneumoscope.networks.registry import create_network
from pneumoscope.recipe.settings import LossConfig, ModelConfig, Recipe
from pneumoscope.training.dataset import EpochShuffle, FilmBatch, FilmDataset, training_loader
from pneumoscope.training.module import ClassifierModule

RECIPE = Recipe(name="test", model=ModelConfig(name="small_cnn", weights="none"))


@pytest.fixture
def module() -> ClassifierModule:
    torch.manual_seed(0)
    names = [f"film{index}.png" for index in range(8)]
    return ClassifierModule(create_network(RECIPE.model, 2), RECIPE, torch.ones(2), names)


def batch() -> FilmBatch:
    images = torch.randint(0, 256, (4, 1, 32, 32), dtype=torch.uint8)
    return FilmBatch(images, torch.tensor([0, 1, 0, 1]), torch.tensor([5, 2, 7, 0]))


def test_step_gives_a_loss_that_the_network_learns_from(module: ClassifierModule) -> None:
    module.log = lambda *_, **__: None  # type: ignore[method-assign]  # there is no trainer
    module.training_step(batch(), 0).backward()
    assert module.network.head.weight.grad is not None


def test_patches_of_other_films_change_the_loss_in_a_way_that_repeats() -> None:
    films = batch()

    def loss(patch_mixing: float) -> float:
        recipe = RECIPE.model_copy(update={"loss": LossConfig(patch_mixing=patch_mixing)})
        torch.manual_seed(0)
        network = create_network(RECIPE.model, 2)
        module = ClassifierModule(network, recipe, torch.ones(2), ["film.png"] * 8)
        module.log = lambda *_, **__: None  # type: ignore[method-assign]  # there is no trainer
        return module.training_step(films, 0).item()

    assert loss(1.0) == loss(1.0) != loss(0.0)


def test_loss_that_is_no_number_stops_and_names_the_films(module: ClassifierModule) -> None:
    with torch.no_grad():
        module.network.head.bias.fill_(float("nan"))
    with pytest.raises(TrainingError) as caught:
        module.training_step(batch(), 3)
    assert "film5.png, film2.png, film7.png, film0.png" in caught.value.message
    assert "batch 4" in caught.value.message
    assert "optimizer.lr" in caught.value.hint


def test_optimiser_holds_every_parameter_once_and_never_decays_vectors(
    module: ClassifierModule,
) -> None:
    groups = module.configure_optimizers().param_groups
    held = [parameter for group in groups for parameter in group["params"]]
    assert len(held) == len(set(held)) == len(list(module.network.parameters()))
    for group in groups:
        assert group["weight_decay"] == (0.0 if group["params"][0].ndim == 1 else 0.01)
    assert {group["block_group"] for group in groups} == set(range(len(module.groups)))


def test_order_depends_on_seed_and_epoch_alone() -> None:
    first, same, other = EpochShuffle(50, 1), EpochShuffle(50, 1), EpochShuffle(50, 2)
    assert list(first) == list(same) != list(other)
    same.set_epoch(1)
    assert sorted(same) == list(range(50))
    assert list(first) != list(same)


def test_loader_hands_out_rows_of_the_cache() -> None:
    pixels = np.arange(6, dtype=np.uint8)[:, None, None].repeat(2, 1).repeat(2, 2)
    dataset = FilmDataset(pixels, rows=np.array([5, 3, 1]), y_true=np.array([1, 0, 1]))
    batches = list(training_loader(dataset, batch_size=2, seed=0))
    assert [len(batch.targets) for batch in batches] == [2]  # one film alone is left out
    for images, targets, positions, _ in batches:
        assert images.shape == (2, 1, 2, 2)
        assert images[:, 0, 0, 0].tolist() == [[5, 3, 1][position] for position in positions]
        assert targets.tolist() == [[1, 0, 1][position] for position in positions]
