"""Films made of several: what is in the picture and what the target says go together."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pneumoscope.training.draw import Draw
from pneumoscope.training.losses import one_hot
from pneumoscope.training.mixing import mix_patches, mixup

FILMS = 12


def black_and_white() -> tuple[torch.Tensor, torch.Tensor]:
    """Films of one shade, 0 or 1, which is their class too."""
    classes = torch.arange(FILMS) % 2
    return classes.float().view(-1, 1, 1, 1).expand(-1, 1, 56, 56), one_hot(classes, 2)


def draw(seed: int = 0, films: int = FILMS) -> Draw:
    return Draw(films, torch.device("cpu"), torch.Generator().manual_seed(seed))


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
    # Films that met another shade hold patches: most pixels are of one film or of two halves.
    met = (targets[:, 1] > 0.05) & (targets[:, 1] < 0.95)
    assert met.sum() > 2
    halves = 2.0 * mixed[met]
    assert ((halves - halves.round()).abs() > 0.1).float().mean() < 0.35


def test_targets_of_patches_go_by_the_lungs_where_all_films_have_them() -> None:
    images, shares = black_and_white()
    lungs = torch.zeros(FILMS, 1, 56, 56)
    lungs[:, :, 10:40, 5:25] = 1.0
    mixed, targets, fields = mix_patches(images, shares, lungs, 1.0, draw())
    torch.testing.assert_close(targets[:, 1], (mixed * lungs).sum((1, 2, 3)) / 600)
    torch.testing.assert_close(fields, lungs)
    unknown = torch.zeros_like(lungs)
    by_area = mix_patches(images, shares, unknown, 1.0, draw())[1]
    torch.testing.assert_close(by_area, mix_patches(images, shares, None, 1.0, draw())[1])


def test_films_with_parts_of_unknown_lungs_have_none_and_go_by_area() -> None:
    images, shares = torch.rand(FILMS, 1, 56, 56), torch.eye(FILMS)
    lungs = torch.zeros(FILMS, 1, 56, 56)
    lungs[4:, :, 10:40, 5:25] = 1.0
    _, targets, fields = mix_patches(images, shares, lungs, 1.0, draw())
    by_area = mix_patches(images, shares, None, 1.0, draw())[1]
    unknown = (targets[:, :4] > 0).any(dim=1)
    assert 0 < unknown.sum() < FILMS
    torch.testing.assert_close(targets[unknown], by_area[unknown])
    assert fields is not None
    assert (fields.flatten(1).amax(dim=1) > 0).tolist() == (~unknown).tolist()


def test_lung_fields_move_with_the_patches() -> None:
    images, shares = black_and_white()
    black, white = torch.zeros(2, 56, 56)
    black[10:40, 5:25] = 1.0
    white[20:50, 15:45] = 1.0
    lungs = torch.stack([black, white])[torch.arange(FILMS) % 2].unsqueeze(1)
    mixed, _, fields = mix_patches(images, shares, lungs, 1.0, draw(1))
    assert fields is not None
    for shade, expected in ((0.0, black), (0.5, torch.maximum(black, white)), (1.0, white)):
        of_it = (mixed - shade).abs() < 1e-3
        assert of_it.sum() > 1000
        # A few of them lie on the edge of a patch and only happen to have that shade.
        wrong = (fields - expected).abs()[of_it] > 0.01
        assert wrong.float().mean() < 0.01


def test_films_are_left_as_they_are_where_none_is_chosen() -> None:
    images, shares = black_and_white()
    mixed, targets, _ = mix_patches(images, shares, None, 0.0, draw())
    torch.testing.assert_close(mixed, images)
    torch.testing.assert_close(targets, shares)


@pytest.mark.parametrize("lungs", [None, torch.ones(400, 1, 8, 8)])
def test_a_chosen_share_of_the_films_is_changed_half_of_them_by_means_of_two(
    lungs: torch.Tensor | None,
) -> None:
    images, shares = torch.rand(400, 1, 8, 8), torch.eye(400)
    mixed, targets, _ = mix_patches(images, shares, lungs, 0.25, draw(films=400))
    changed = (mixed != images).flatten(1).any(dim=1)
    assert 0.2 < changed.float().mean() < 0.3
    others = targets[changed].masked_fill(torch.eye(400, dtype=torch.bool)[changed], 0.0)
    largest = others.sort(dim=1, descending=True).values
    of_two = largest[:, 1] > 0
    assert 0.4 < of_two.float().mean() < 0.6
    torch.testing.assert_close(largest[of_two, 0], largest[of_two, 1])
    assert not largest[:, 2].any()


def test_a_third_of_the_films_gets_other_lungs_as_a_whole() -> None:
    images, shares = torch.rand(400, 1, 32, 32), torch.eye(400)
    lungs = torch.zeros(400, 1, 32, 32)
    lungs[:, :, 12:20, 12:20] = 1.0
    mixed, targets, _ = mix_patches(images, shares, lungs, 1.0, draw(films=400))
    nothing_left = targets.diagonal() == 0
    rim = torch.ones(32, 32, dtype=torch.bool)
    rim[8:24, 8:24] = False
    own_rim = (mixed == images)[:, 0, rim].all(dim=1)
    swapped = nothing_left & own_rim
    assert 0.26 < swapped.float().mean() < 0.4
    assert (mixed != images)[swapped][:, :, 12:20, 12:20].all()


def test_targets_are_of_the_others_where_no_lung_is_left() -> None:
    images, shares = torch.rand(400, 1, 32, 32), torch.eye(400)
    lungs = torch.zeros(400, 1, 32, 32)
    lungs[::2, :, :, :4] = lungs[1::2, :, :, -4:] = 1.0
    targets = mix_patches(images, shares, lungs, 1.0, draw(films=400))[1]
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(400))
    assert 0.26 < (targets.diagonal() == 0).float().mean() < 0.4
