"""Contrast-limited adaptive histogram equalisation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from film_files import gray_film
from pneumoscope.imaging.clahe import equalize_adaptive


def equalized_as_in_the_paper(image: np.ndarray, tiles: int, clip_limit: float) -> np.ndarray:
    """The method pixel by pixel, for sides that are multiples of `tiles`."""
    height, width = image.shape[0] // tiles, image.shape[1] // tiles
    maps = {}
    for row in range(tiles):
        for column in range(tiles):
            part = image[row * height :, column * width :][:height, :width]
            histogram = [float((part == level).sum()) for level in range(256)]
            limit = max(1.0, clip_limit * part.size / 256)
            excess = sum(max(0.0, count - limit) for count in histogram)
            clipped = [min(count, limit) + excess / 256 for count in histogram]
            maps[row, column] = np.cumsum(clipped) * 255 / part.size
    result = np.empty(image.shape)
    for y, x in np.ndindex(image.shape):
        row, column = (y + 0.5) / height - 0.5, (x + 0.5) / width - 0.5
        total = 0.0
        for j in (int(np.floor(row)), int(np.floor(row)) + 1):
            for i in (int(np.floor(column)), int(np.floor(column)) + 1):
                near = (min(max(j, 0), tiles - 1), min(max(i, 0), tiles - 1))
                weight = (1 - abs(row - j)) * (1 - abs(column - i))
                total += weight * maps[near][image[y, x]]
        result[y, x] = total
    return result


@pytest.mark.parametrize("clip_limit", [1.5, 4.0])
def test_it_is_the_method_of_the_paper(clip_limit: float) -> None:
    film = gray_film(24, 32)
    result = equalize_adaptive(film, tiles=4, clip_limit=clip_limit)
    expected = equalized_as_in_the_paper(film, 4, clip_limit)
    assert np.abs(result - expected).max() <= 0.51


def test_one_tile_without_limit_is_plain_equalisation() -> None:
    film = gray_film(64, 64)
    result = equalize_adaptive(film, tiles=1, clip_limit=256)
    histogram = np.bincount(film.ravel(), minlength=256)
    assert np.abs(result - np.cumsum(histogram)[film] * 255 / film.size).max() <= 0.51


def test_the_tightest_limit_leaves_a_film_nearly_as_it_is() -> None:
    # With a flat histogram everywhere, the cumulative histogram is the identity.
    film = np.tile(np.arange(256, dtype=np.uint8).reshape(16, 16), (8, 8))
    assert np.abs(equalize_adaptive(film, clip_limit=1).astype(int) - film).max() <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (7, 9), (50, 33)])
def test_any_shape_is_kept(shape: tuple[int, int]) -> None:
    result = equalize_adaptive(gray_film(64, 64)[: shape[0], : shape[1]])
    assert (result.shape, result.dtype) == (shape, np.uint8)


def test_local_contrast_grows_and_order_within_an_even_neighbourhood_stays() -> None:
    faint = (gray_film(96, 96) // 16 + 100).astype(np.uint8)
    result = equalize_adaptive(faint)
    assert result.std() > 2 * faint.std()
    single = equalize_adaptive(faint, tiles=1)
    by_level = [single[faint == level] for level in np.unique(faint)]
    assert all(len(set(levels)) == 1 for levels in by_level)
    assert all(a[0] < b[0] for a, b in pairwise(by_level))


def test_a_higher_limit_gives_more_contrast() -> None:
    faint = (gray_film(96, 96) // 16 + 100).astype(np.uint8)
    spreads = [equalize_adaptive(faint, clip_limit=limit).std() for limit in (1, 2, 4, 16)]
    assert spreads == sorted(spreads)
    assert spreads[-1] > 1.5 * spreads[0]
