"""Surroundings and borders: lungs stay, the rest changes, and nothing happens where nothing may."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from pneumoscope.training.draw import Draw
from pneumoscope.training.surroundings import cover_borders, replace_surroundings

COUNT, SIDE = 60, 64
LUNG = slice(20, 44)
# Corners further from the lung field than its margin and its fading reach.
FAR = torch.ones(SIDE, SIDE, dtype=torch.bool)
FAR[12:52, 12:52] = False


def drawing(seed: int = 0) -> Draw:
    return Draw(COUNT, torch.device("cpu"), torch.Generator().manual_seed(seed))


@pytest.fixture
def films() -> Tensor:
    """Noise around a gray level of its own in each film."""
    levels = torch.linspace(0.2, 0.8, COUNT).view(-1, 1, 1, 1)
    noise = torch.rand(COUNT, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(7))
    return levels + 0.2 * (noise - 0.5)


@pytest.fixture
def lungs() -> Tensor:
    """Lung fields at half the films' side, as training has them."""
    fields = torch.zeros(COUNT, 1, SIDE // 2, SIDE // 2, dtype=torch.bool)
    fields[:, :, LUNG.start // 2 : LUNG.stop // 2, LUNG.start // 2 : LUNG.stop // 2] = True
    return fields


def test_lungs_stay_and_the_rest_changes(films: Tensor, lungs: Tensor) -> None:
    changed = replace_surroundings(films, lungs, 1.0, drawing())
    # Enlarging the mask blends its outermost pixels with what lies beyond.
    inside = (..., slice(LUNG.start + 1, LUNG.stop - 1), slice(LUNG.start + 1, LUNG.stop - 1))
    torch.testing.assert_close(changed[inside], films[inside])
    outside = (changed - films).abs()[:, 0, FAR].mean(dim=1)
    # A film may be drawn as its own neighbour, so nearly all, not all.
    assert (outside > 0.01).float().mean() > 0.9


def test_each_kind_of_surroundings_occurs_about_as_often(films: Tensor, lungs: Tensor) -> None:
    before = films[:, 0, FAR]
    after = replace_surroundings(films, lungs, 1.0, drawing())[:, 0, FAR]
    flat = after.std(dim=1) < 1e-6
    of_a_film = torch.stack([torch.isclose(before, film).all(dim=1).any() for film in after])
    smooth = ~flat & ~of_a_film
    for kind in (flat, of_a_film, smooth):
        assert COUNT / 6 < kind.sum() < COUNT / 2
    # Noise of one pixel is gone, the film's own gray level is not.
    assert (after[smooth].std(dim=1) < 0.3 * before[smooth].std(dim=1)).all()
    torch.testing.assert_close(
        after[smooth].mean(dim=1), before[smooth].mean(dim=1), atol=0.02, rtol=0
    )
    assert after[flat].mean(dim=1).std() > 0.1


def test_no_seam_at_the_rim_of_the_lungs(films: Tensor, lungs: Tensor) -> None:
    flat = torch.full_like(films, 0.5)
    flat[..., LUNG, LUNG] = 0.9
    steps = replace_surroundings(flat, lungs, 1.0, drawing()).diff(dim=3).abs()
    # On the films themselves the lungs end in one step of 0.4. A margin keeps that step as it is
    # and fades over several pixels beyond it, down to a level that is 0.5 away at most.
    beyond = torch.ones(SIDE - 1, dtype=torch.bool)
    beyond[[LUNG.start - 1, LUNG.stop - 1]] = False
    assert steps[..., beyond].max() < 0.25


def test_probability_is_the_share_of_films(films: Tensor, lungs: Tensor) -> None:
    assert torch.equal(replace_surroundings(films, lungs, 0.0, drawing()), films)
    changed = replace_surroundings(films, lungs, 0.5, drawing()) != films
    assert 0.25 < changed.flatten(1).any(dim=1).float().mean() < 0.75


def test_films_without_lung_fields_stay(films: Tensor, lungs: Tensor) -> None:
    lungs[::2] = False
    changed = replace_surroundings(films, lungs, 1.0, drawing())
    assert torch.equal(changed[::2], films[::2])
    assert not torch.equal(changed[1::2], films[1::2])


def test_borders_of_the_width_asked_for() -> None:
    films = torch.full((COUNT, 1, 100, 100), 2.0)  # brighter than any cover
    covered = cover_borders(films, (0.1, 0.1), 1.0, drawing())
    inner = slice(10, 90)
    assert (covered[..., inner, inner] == 2.0).all()
    assert (covered == 2.0).flatten(1).sum(dim=1).tolist() == [80 * 80] * COUNT


def test_widths_are_drawn_for_each_border_within_the_range() -> None:
    films = torch.full((COUNT, 1, 100, 100), 2.0)
    kept = cover_borders(films, (0.05, 0.2), 1.0, drawing())[:, 0] == 2.0
    rows, columns = kept.any(dim=2), kept.any(dim=1)
    borders = (rows, columns, rows.flip(1), columns.flip(1))
    # Lines before the first that is not covered, of each border of each film.
    widths = torch.stack([lines.long().argmax(dim=1) for lines in borders])
    assert widths.min() >= 5
    assert widths.max() <= 20
    for one, other in itertools.combinations(widths, 2):
        assert (one != other).float().mean() > 0.5


def test_cover_is_black_or_one_gray_level(films: Tensor) -> None:
    covered = cover_borders(films, (0.1, 0.2), 1.0, drawing())
    edges = torch.cat([covered[:, 0, 0], covered[:, 0, -1], covered[:, 0, :, 0]], dim=1)
    assert torch.equal(edges.amin(dim=1), edges.amax(dim=1))
    levels = edges[:, 0]
    assert 0.25 < (levels == 0).float().mean() < 0.75
    assert levels.max() > 0.5
    middle = (..., slice(14, 50), slice(14, 50))
    assert torch.equal(covered[middle], films[middle])


def test_no_borders_with_probability_zero_and_some_with_half(films: Tensor) -> None:
    assert torch.equal(cover_borders(films, (0.1, 0.2), 0.0, drawing()), films)
    changed = cover_borders(films, (0.1, 0.2), 0.5, drawing()) != films
    assert 0.25 < changed.flatten(1).any(dim=1).float().mean() < 0.75
