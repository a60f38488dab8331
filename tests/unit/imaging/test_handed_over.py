"""Pixels that a program hands over: each accepted kind gives the film that a file of it gives."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.film import ReadLimits
from pneumoscope.imaging.handed_over import film_of_pixels
from pneumoscope.imaging.reading import read_image


def gray() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 30), dtype=np.uint8)


def colour() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def test_bytes_stay_and_numbers_from_0_to_1_become_bytes() -> None:
    assert np.array_equal(film_of_pixels(gray()).pixels, gray())
    for kind in (np.float16, np.float32, np.float64):
        film = film_of_pixels((gray() / 255).astype(kind))
        assert np.abs(film.pixels.astype(int) - gray()).max() <= (kind == np.float16)
        assert film.shape == (20, 30)


def test_colour_becomes_luma_as_pillow_has_it() -> None:
    expected = np.asarray(Image.fromarray(colour()).convert("L"))
    for pixels in (colour(), colour() / 255, Image.fromarray(colour())):
        assert np.array_equal(film_of_pixels(pixels).pixels, expected)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_an_image_of_pillow_is_read_as_a_file_of_its_mode(mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(gray().astype(np.uint16) * 200)
    else:
        image = Image.fromarray(colour()).convert(mode)
    if mode in ("LA", "RGBA"):
        image.putalpha(Image.fromarray(gray()))
    file = io.BytesIO()
    image.save(file, "PNG")
    read = read_image(file.getvalue()).pixels
    assert np.abs(film_of_pixels(image).pixels.astype(int) - read).max() <= 1


def test_an_opened_file_is_turned_as_exif_says_and_stays_as_it_was() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    Image.fromarray(gray()).save(file, "PNG", exif=exif)
    image = Image.open(file)
    assert np.array_equal(film_of_pixels(image).pixels, np.rot90(gray(), -1))
    assert image.size == (30, 20)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.uint16),
        np.zeros((4, 4), np.int64),
        np.zeros((4, 4), bool),
        np.full((4, 4), 1.5),
        np.full((4, 4), -0.1),
        np.full((4, 4), np.nan),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros(16, np.uint8),
        np.array([["a"]]),
    ],
    ids=lambda pixels: f"{pixels.dtype}-{pixels.ndim}-{pixels.flat[0]}",
)
def test_arrays_of_other_kinds_are_refused(pixels: Any) -> None:
    with pytest.raises(ImageReadError, match="expected uint8, or floating-point numbers from 0"):
        film_of_pixels(pixels)


def test_limits_and_empty_pixels() -> None:
    with pytest.raises(ImageReadError, match="no pixels"):
        film_of_pixels(np.zeros((0, 4), np.uint8))
    for pixels in (gray(), Image.fromarray(gray())):
        with pytest.raises(ImageReadError, match="more than the limit"):
            film_of_pixels(pixels, ReadLimits(max_pixels=599))


def test_an_image_that_pillow_cannot_load_is_our_error() -> None:
    file = io.BytesIO()
    Image.fromarray(gray()).save(file, "PNG")
    cut = Image.open(io.BytesIO(file.getvalue()[:-200]))
    with pytest.raises(ImageReadError, match="Pillow cannot load it"):
        film_of_pixels(cut)
