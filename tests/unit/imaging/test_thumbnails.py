"""Small pictures of the values of films."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pneumoscope.imaging.thumbnails import small_values


def test_small_values_are_means_of_what_is_no_hidden_part() -> None:
    values = np.random.default_rng(0).integers(0, 60_000, (8, 12), np.uint16)
    blocks = values.reshape(4, 2, 6, 2).swapaxes(1, 2)
    means = np.rint(blocks.mean((2, 3), dtype=np.float32))
    np.testing.assert_array_equal(small_values(values, 6), means)

    blocks[0, 0] = [[60_000, 60_000], [60_000, 10]]
    blocks[3, 5] = [[60_000, 30], [30, 60]]
    hidden = blocks.swapaxes(1, 2).reshape(8, 12)
    small = small_values(hidden, 6, 60_000)
    means[0, 0], means[3, 5] = 60_000, 40
    np.testing.assert_array_equal(small, means)
    np.testing.assert_array_equal(small_values(values, 12), values)


def test_large_films_are_made_small_as_by_pillow() -> None:
    values = np.random.default_rng(0).integers(0, 60_000, (320, 488), np.uint16)
    image = Image.fromarray(values.astype(np.float32))
    image.thumbnail((60, 60), Image.Resampling.BOX)
    assert np.abs(small_values(values, 60) - np.asarray(image)).max() <= 1
