"""Augmentation: nothing by default, repeatable, within range, and each change does what it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pneumoscope.recipe.settings import AugmentConfig
from pneumoscope.training.augmentation import Augmentation

EVERYTHING = AugmentConfig(
    rotation=10, translation=0.05, zoom=(0.9, 1.1), aspect=(0.9, 1.1), crop_area=(0.8, 1.0),
    horizontal_flip=0.5, brightness=0.2, contrast=0.2, gamma=(0.7, 1.4),
    blur=(0.5, 1.5), blur_probability=0.5, sharpen=(0.5, 1.5), sharpen_probability=0.5,
    noise=(0.01, 0.05), noise_probability=0.5, resample=(0.4, 0.9), resample_probability=0.5,
    jpeg=(30, 90), jpeg_probability=0.5, erasing_probability=0.5,
    border=(0.0, 0.1), border_probability=0.5, surroundings_probability=0.5,
)  # fmt: skip


@pytest.fixture
def films() -> Tensor:
    """Eight films of 64 x 64: a bright square off the centre on a textured ground."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(60, 100, (8, 1, 64, 64), dtype=np.uint8)
    pixels[:, :, 12:28, 36:52] = 220
    return torch.from_numpy(pixels)


@pytest.fixture
def lungs() -> Tensor:
    """Lung fields at half the films' side, around the bright square."""
    fields = torch.zeros(8, 1, 32, 32, dtype=torch.bool)
    fields[:, :, 4:16, 16:28] = True
    return fields


def augment(films: Tensor, seed: int = 0, **settings: Any) -> Tensor:
    return Augmentation(AugmentConfig(**settings))(films, torch.Generator().manual_seed(seed))[0]


def sharpness(films: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels, a film."""
    return films.float().diff(dim=3).abs().mean(dim=(1, 2, 3))


def test_default_changes_nothing(films: Tensor) -> None:
    assert torch.equal(augment(films), films.float())


def test_same_seed_same_films(films: Tensor, lungs: Tensor) -> None:
    augmentation = Augmentation(EVERYTHING)
    first, again, other = (
        augmentation(films, torch.Generator().manual_seed(seed), lungs)[0] for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_result_is_whole_pixels_and_the_inputs_stay(films: Tensor, lungs: Tensor) -> None:
    before, lungs_before = films.clone(), lungs.clone()
    result, _ = Augmentation(EVERYTHING)(films, torch.Generator().manual_seed(3), lungs)
    assert torch.equal(films, before)
    assert torch.equal(lungs, lungs_before)
    assert result.shape == films.shape
    assert torch.equal(result, result.round())
    assert result.min() >= 0
    assert result.max() <= 255


def test_flip_mirrors(films: Tensor) -> None:
    assert torch.allclose(augment(films, horizontal_flip=1.0), films.float().flip(3), atol=1)


def test_lungs_move_with_their_films(films: Tensor) -> None:
    config = AugmentConfig(rotation=20, zoom=(0.8, 1.2), translation=0.1, horizontal_flip=0.5)
    squares = films > 180
    moved, fields = Augmentation(config)(films, torch.Generator().manual_seed(4), squares)
    assert fields is not None
    assert not torch.equal(fields, squares.float())
    assert ((moved > 180) == (fields > 0.5)).float().mean() > 0.97


def test_zoom_enlarges_the_square(films: Tensor) -> None:
    bright = (films > 180).sum()
    assert (augment(films, zoom=(1.3, 1.3)) > 180).sum() > 1.4 * bright
    assert (augment(films, zoom=(0.7, 0.7)) > 180).sum() < 0.7 * bright


@pytest.mark.parametrize(
    "settings",
    [
        {"blur": (1.0, 2.0), "blur_probability": 1.0},
        {"resample": (0.3, 0.5), "resample_probability": 1.0},
    ],
)
def test_softening(films: Tensor, settings: dict[str, Any]) -> None:
    assert (sharpness(augment(films, **settings)) < 0.7 * sharpness(films)).all()


@pytest.mark.parametrize(
    "settings",
    [
        {"sharpen": (1.0, 2.0), "sharpen_probability": 1.0},
        {"noise": (0.05, 0.1), "noise_probability": 1.0},
    ],
)
def test_roughening(films: Tensor, settings: dict[str, Any]) -> None:
    assert (sharpness(augment(films, **settings)) > 1.1 * sharpness(films)).all()


def test_jpeg_changes_little(films: Tensor) -> None:
    change = (augment(films, jpeg=(40, 40), jpeg_probability=1.0) - films).abs()
    assert 0 < change.mean() < 12


def test_brightness_and_contrast(films: Tensor) -> None:
    means = augment(films, brightness=0.3).mean(dim=(1, 2, 3)) / films.float().mean(dim=(1, 2, 3))
    assert means.min() < 0.97
    assert means.max() > 1.03
    deviations = augment(films, contrast=0.3).std(dim=(1, 2, 3))
    assert deviations.max() > 1.2 * deviations.min()


def test_erasing_flattens_one_rectangle(films: Tensor) -> None:
    changed = augment(films, erasing_probability=1.0) != films
    for film in changed[:, 0]:
        rows, columns = film.any(dim=1).nonzero(), film.any(dim=0).nonzero()
        assert film.any()
        assert len(rows) * len(columns) <= 0.35 * 64 * 64
