"""Geometry and gray levels on the way to the network, and the way back of a heatmap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from film_files import gray_film
from pneumoscope.errors import ImageReadError
from pneumoscope.imaging.preprocessing import PreprocessConfig, place_heatmap, preprocess

FITS = ["stretch", "pad", "crop"]
WIDE, TALL = (40, 60), (60, 40)


def config(**settings: object) -> PreprocessConfig:
    return PreprocessConfig(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos"])
def test_a_film_of_the_right_size_keeps_its_pixels(fit: str, interpolation: str) -> None:
    film = gray_film(48, 48)
    result = preprocess(film, config(size=48, fit=fit, interpolation=interpolation))
    assert np.array_equal(result, film)


@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    size=st.integers(1, 96),
    fit=st.sampled_from(FITS),
    clahe=st.booleans(),
)
def test_any_film_becomes_a_square_and_always_the_same(
    height: int, width: int, size: int, fit: str, clahe: bool
) -> None:
    film = (np.arange(height * width) * 7919 % 251).astype(np.uint8).reshape(height, width)
    settings = config(size=size, fit=fit, clahe=clahe)
    square = preprocess(film, settings)
    assert (square.shape, square.dtype) == ((size, size), np.uint8)
    assert np.array_equal(square, preprocess(np.asfortranarray(film), settings))


@pytest.mark.parametrize("fit", FITS)
def test_an_even_film_stays_even(fit: str) -> None:
    square = preprocess(np.full((50, 100), 130, np.uint8), config(size=32, fit=fit))
    if fit == "pad":
        assert not square[:8].any()
        assert not square[24:].any()
        square = square[8:24]
    assert set(np.unique(square)) == {130}


def test_crop_takes_the_middle_of_the_longer_side() -> None:
    film = gray_film(32, 50)
    assert np.array_equal(preprocess(film, config(size=32, fit="crop")), film[:, 9:41])
    assert np.array_equal(preprocess(film.T, config(size=32, fit="crop")), film.T[9:41])


def test_pad_centres_the_film_on_black() -> None:
    film = gray_film(20, 32)
    square = preprocess(film, config(size=32, fit="pad"))
    assert np.array_equal(square[6:26], film)
    assert square[:6].max() == square[26:].max() == 0


def test_making_smaller_is_antialiased() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (64, 256))
    square = preprocess(stripes, config(size=16))
    assert np.abs(square.astype(int) - 128).max() <= 1


# The third and fourth row of an 8 x 8 square.
GOLDEN = {
    ("stretch", "bilinear", False): [
        138,
        118,
        135,
        118,
        136,
        118,
        134,
        116,
        112,
        137,
        116,
        137,
        116,
        138,
        117,
        140,
    ],
    ("stretch", "bicubic", False): [
        141,
        115,
        138,
        115,
        138,
        116,
        137,
        113,
        108,
        141,
        112,
        141,
        112,
        141,
        113,
        144,
    ],
    ("stretch", "lanczos", False): [
        142,
        114,
        139,
        114,
        139,
        115,
        139,
        112,
        107,
        143,
        111,
        142,
        112,
        142,
        111,
        146,
    ],
    ("pad", "bicubic", False): [
        129,
        125,
        128,
        125,
        129,
        125,
        128,
        124,
        129,
        125,
        128,
        124,
        128,
        125,
        128,
        124,
    ],
    ("crop", "bicubic", False): [
        110,
        145,
        123,
        111,
        147,
        121,
        113,
        147,
        148,
        102,
        131,
        146,
        101,
        135,
        145,
        100,
    ],
    ("stretch", "bicubic", True): [
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
        255,
    ],
}


@pytest.mark.parametrize("settings", GOLDEN, ids=str)
def test_golden_values(settings: tuple[str, str, bool]) -> None:
    fit, interpolation, clahe = settings
    square = preprocess(
        gray_film(120, 180),
        config(size=8, fit=fit, interpolation=interpolation, clahe=clahe),
    )
    assert square[2:4].ravel().tolist() == GOLDEN[settings]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((8, 8), np.float32),
        np.zeros((8, 8, 3), np.uint8),
        np.zeros((0, 8), np.uint8),
    ],
)
def test_other_arrays_are_refused(image: np.ndarray) -> None:
    with pytest.raises(ImageReadError, match=r"expected uint8 \(height, width\), got"):
        preprocess(image, PreprocessConfig())


@pytest.mark.parametrize(
    "settings", [{"size": 0}, {"size": 5000}, {"fit": "squash"}, {"interpolation": "nearest"}]
)
def test_wrong_settings_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        config(**settings)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [WIDE, TALL])
@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_hot_corner_lands_where_the_network_saw_it(
    fit: str, shape: tuple[int, int], corner: tuple[int, int]
) -> None:
    # The whole way there and back: a block is painted into the film where the network's square has
    # that corner, the network "finds" it, and its heat must lie on the block again.
    height, width = shape
    top = (height - 40) // 2 if fit == "crop" else 0
    left = (width - 40) // 2 if fit == "crop" else 0
    seen_height, seen_width = (40, 40) if fit == "crop" else shape
    rows = (
        slice(top, top + 8) if corner[0] == 0 else slice(top + seen_height - 8, top + seen_height)
    )
    columns = slice(left, left + 8)
    if corner[1] == 1:
        columns = slice(left + seen_width - 8, left + seen_width)
    film = np.zeros(shape, np.uint8)
    film[rows, columns] = 255

    settings = config(size=64, fit=fit)
    square = preprocess(film, settings)
    cam = square.reshape(16, 4, 16, 4).mean(axis=(1, 3)).astype(np.float32) / 255
    heatmap = place_heatmap(cam, shape, settings)
    assert heatmap.shape == shape
    assert heatmap[rows, columns].mean() > 0.7
    assert heatmap.sum() == pytest.approx(64, rel=0.15)


@pytest.mark.parametrize("fit", FITS)
def test_an_even_heatmap_stays_even_over_what_was_seen(fit: str) -> None:
    heatmap = place_heatmap(np.full((7, 7), 0.3, np.float32), WIDE, config(fit=fit))
    seen = heatmap[:, 10:50] if fit == "crop" else heatmap
    assert np.allclose(seen, 0.3)
    assert heatmap.dtype == np.float32
    assert heatmap.sum() == pytest.approx(seen.sum())


def test_heat_on_padding_is_cut_away() -> None:
    cam = np.zeros((6, 6), np.float32)
    cam[0] = cam[5] = 1  # a film twice as wide as high fills rows 1.5 to 4.5
    heatmap = place_heatmap(cam, (30, 60), config(size=60, fit="pad"))
    assert heatmap[5:25].max() == 0


@given(
    cells=st.lists(st.floats(0, 5, width=32), min_size=9, max_size=9),
    fit=st.sampled_from(FITS),
)
def test_a_heatmap_stays_within_the_range_of_its_cells(cells: list[float], fit: str) -> None:
    cam = np.array(cells, np.float32).reshape(3, 3)
    heatmap = place_heatmap(cam, (31, 45), config(fit=fit))
    seen = heatmap[:, 7:38] if fit == "crop" else heatmap
    assert cam.min() <= seen.min() <= seen.max() <= cam.max()
