"""Films made of two: what is in the picture and what the target says go together."""

from __future__ import annotations

import numpy as np
import torch

from pneumoscope.training.draw import Draw
from pneumoscope.training.losses import one_hot
from pneumoscope.training.mixing import mix_patches, mixup

FILMS = 12


def black_and_white() -> tuple[torch.Tensor, torch.Tensor]:
    """Films of one shade, 0 or 1, which is their class too."""
    classes = torch.arange(FILMS) % 2
    return classes.float().view(-1, 1, 1, 1).expand(-1, 1, 56, 56), one_hot(classes, 2)


def draw(seed: int = 0) -> Draw:
    return Draw(FILMS, torch.device("cpu"), torch.Generator().manual_seed(seed))


def test_mixup_keeps_shares_whole() -> None:
    images, shares = torch.rand(6, 1, 4, 4), one_hot(torch.tensor([0, 1, 0, 1, 1, 0]), 2)
    mixed, mixed_shares = mixup(images, shares, 0.4, np.random.default_rng(0))
    assert mixed.shape == images.shape
    torch.testing.assert_close(mixed_shares.sum(dim=1), torch.ones(6))
    torch.testing.assert_close(mixed.mean(), images.mean())


def test_targets_of_patches_go_by_the_area_of_the_film() -> None:
    images, shares = black_and_white()
    mixed, targets, lungs = mix_patches(images, shares, None, 1.0, draw())
    assert lungs is None
    torch.testing.assert_close(targets[:, 1], mixed.mean(dim=(1, 2, 3)))
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(FILMS))
    # Films that met another shade hold patches: most of their pixels are of either one.
    met = (targets[:, 1] > 0.05) & (targets[:, 1] < 0.95)
    assert met.sum() > 2
    blurred = (mixed[met] > 0.05) & (mixed[met] < 0.95)
    assert blurred.float().mean() < 0.35


def test_targets_of_patches_go_by_the_lungs_where_both_films_have_them() -> None:
    images, shares = black_and_white()
    lungs = torch.zeros(FILMS, 1, 56, 56)
    lungs[:, :, 10:40, 5:25] = 1.0
    mixed, targets, fields = mix_patches(images, shares, lungs, 1.0, draw())
    torch.testing.assert_close(targets[:, 1], (mixed * lungs).sum((1, 2, 3)) / 600)
    assert fields is not None
    torch.testing.assert_close(fields, lungs)
    unknown = lungs.clone()
    unknown[::3] = 0.0
    assert torch.isfinite(mix_patches(images, shares, unknown, 1.0, draw())[1]).all()
    by_area = mix_patches(images, shares, torch.zeros_like(lungs), 1.0, draw())[1]
    torch.testing.assert_close(by_area, mix_patches(images, shares, None, 1.0, draw())[1])


def test_lung_fields_move_with_the_patches() -> None:
    images, shares = black_and_white()
    fields = torch.nn.functional.interpolate(images, (14, 14))
    mixed, _, moved = mix_patches(images, shares, fields, 1.0, draw(1))
    assert moved is not None
    expected = torch.nn.functional.interpolate(mixed, (14, 14), mode="area")
    torch.testing.assert_close(moved, expected)


def test_films_are_left_as_they_are_where_none_is_chosen() -> None:
    images, shares = black_and_white()
    mixed, targets, _ = mix_patches(images, shares, None, 0.0, draw())
    torch.testing.assert_close(mixed, images)
    torch.testing.assert_close(targets, shares)


def test_a_chosen_share_of_the_films_is_changed() -> None:
    images = torch.rand(400, 1, 8, 8)
    many = Draw(400, torch.device("cpu"), torch.Generator().manual_seed(0))
    mixed, _, _ = mix_patches(images, torch.ones(400, 1), None, 0.25, many)
    changed = (mixed != images).flatten(1).any(dim=1).float().mean()
    assert 0.2 < changed < 0.3
