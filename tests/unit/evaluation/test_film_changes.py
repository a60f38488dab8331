"""Changes of films against other implementations, formulas and what must hold of them."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from skimage import exposure, filters, transform

from pneumoscope.evaluation import film_changes as change
from pneumoscope.evaluation.film_changes import Pixels
from pneumoscope.evaluation.stresses import STRESSES, Circumstances
from pneumoscope.phantoms import generate_phantom

Change = Callable[[Pixels], Pixels]


@pytest.fixture(scope="module")
def film() -> Pixels:
    return draw(0)


def draw(seed: int) -> Pixels:
    return generate_phantom(np.random.default_rng(seed), size=(180, 220)).pixels


def furthest(first: Pixels, second: np.ndarray) -> float:
    return float(np.abs(first.astype(float) - second).max())


@pytest.mark.parametrize("sigma", [0.5, 2.0])
def test_blur_is_that_of_scikit_image(film: Pixels, sigma: float) -> None:
    reference = filters.gaussian(film, sigma, mode="nearest", preserve_range=True)
    assert furthest(change.blur(film, sigma), reference) <= 0.51


def test_sharpening_is_that_of_scikit_image(film: Pixels) -> None:
    reference = filters.unsharp_mask(film, radius=1, amount=1.5, preserve_range=True)
    inner = (slice(8, -8), slice(8, -8))  # it mirrors borders, and we repeat them
    ours = change.sharpen(film, 1.5, sigma=1)[inner]
    assert furthest(ours, np.clip(reference, 0, 255)[inner]) <= 0.51


@pytest.mark.parametrize("exponent", [0.7, 0.95, 1.4])
def test_gamma_is_that_of_scikit_image(film: Pixels, exponent: float) -> None:
    assert furthest(change.change_gamma(film, exponent), exposure.adjust_gamma(film, exponent)) <= 1


@pytest.mark.parametrize("factor", [0.75, 1.25])
def test_contrast_is_that_of_pillow(film: Pixels, factor: float) -> None:
    reference = ImageEnhance.Contrast(Image.fromarray(film)).enhance(factor)
    assert furthest(change.change_contrast(film, factor), np.asarray(reference)) <= 1


def test_a_narrow_window_is_that_of_scikit_image(film: Pixels) -> None:
    low, high = np.percentile(film, [5, 95])
    reference = exposure.rescale_intensity(film, (low, high), (0, 255))
    assert furthest(change.narrow_window(film, 0.05), reference) <= 1


def test_gray_levels_of_another_film_are_matched_as_by_scikit_image(film: Pixels) -> None:
    other = draw(1)[:, :150]
    reference = exposure.match_histograms(film, other)
    ours = change.match_histogram(film, change.gray_level_counts(other))
    assert furthest(ours, reference) <= 1
    assert np.array_equal(change.match_histogram(film, change.gray_level_counts(film)), film)


@pytest.mark.parametrize("degrees", [2, -5])
def test_rotation_is_that_of_scikit_image(film: Pixels, degrees: float) -> None:
    smooth = change.blur(film, 2)  # where it is sharp, no two ways to interpolate agree
    reference = transform.rotate(smooth, degrees, order=3, mode="edge", preserve_range=True)
    gaps = change.rotate(smooth, degrees) - reference
    assert abs(gaps.mean()) < 0.03  # no gray level is cut off instead of rounded
    assert np.percentile(np.abs(gaps), 99) < 1.5


def test_resampling_is_that_of_scikit_image(film: Pixels) -> None:
    smooth = change.blur(film, 3)
    square = smooth[:180, :180]
    small = transform.resize(square, (90, 90), order=3, anti_aliasing=False, preserve_range=True)
    reference = transform.resize(small, square.shape, order=3, preserve_range=True)
    gaps = np.abs(change.resample(square, 90) - reference)
    assert np.percentile(gaps[4:-4, 4:-4], 99) < 1.5


def test_compression_is_that_of_pillow(film: Pixels) -> None:
    file = io.BytesIO()
    Image.fromarray(film).save(file, "JPEG", quality=60)
    assert np.array_equal(change.compress(film, 60), np.asarray(Image.open(file)))
    errors = [furthest(change.compress(film, quality), film) for quality in (95, 75, 40)]
    assert errors == sorted(errors)


def test_noise_has_its_deviation_and_is_drawn_by_its_seed() -> None:
    gray = np.full((200, 200), 120, np.uint8)
    noisy = change.add_noise(gray, 5, seed=1)
    assert noisy.std() == pytest.approx(np.hypot(5, 12**-0.5), rel=0.02)
    assert noisy.mean() == pytest.approx(120, abs=0.1)
    assert np.array_equal(noisy, change.add_noise(gray, 5, seed=1))
    assert not np.array_equal(noisy, change.add_noise(gray, 5, seed=2))


def test_a_milky_film_is_lifted_and_has_a_shoulder() -> None:
    levels = change.make_milky(np.arange(256, dtype=np.uint8)[None], 1)[0].astype(int)
    x = np.arange(256) / 255
    expected = 0.2 + 0.8 * (1 - np.exp(-2 * x)) / (1 - np.exp(-2))
    assert np.abs(levels - 255 * expected).max() <= 0.51
    assert (levels[0], levels[255]) == (51, 255)
    steps = np.diff(levels[::32])
    assert (np.diff(steps) <= 0).all()  # the brighter, the more alike


def test_moves_frames_and_letters_are_where_they_should_be(film: Pixels) -> None:
    height, width = film.shape
    down, right = round(0.05 * height), round(0.05 * width)
    moved = change.shift(film, 0.05)
    assert np.array_equal(moved[down:, right:], film[:-down, :-right])
    assert (moved[:down, right:] == film[0, :-right]).all()
    assert np.array_equal(change.crop(film, 0.05), film[down:-down, right:-right])
    assert np.array_equal(change.crop(change.frame(film, 0.05), 0)[down:-down, right:-right], film)
    assert change.frame(film, 0.05).sum() == film.sum()
    marked = change.mark(np.zeros_like(film), "R", 0.12)
    rows, columns = np.nonzero(marked)
    assert marked.max() == 255
    assert rows.max() < height / 5
    assert columns.max() < width / 5
    assert 0.08 * height < np.ptp(rows) + 1 < 0.12 * height


def test_mirrored_twice_is_the_film(film: Pixels) -> None:
    assert np.array_equal(change.mirror(change.mirror(film)), film)
    assert np.array_equal(change.mirror(film)[:, 0], film[:, -1])


@pytest.mark.parametrize("seed", range(4))  # both kinds of photometric interpretation
def test_a_film_comes_back_from_dicom_bit_by_bit(seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 30), dtype=np.uint8)
    assert np.array_equal(change.pass_through_dicom(pixels, seed), pixels)


@pytest.mark.parametrize(
    "changed",
    [
        lambda film: change.blur(film, 0),
        lambda film: change.resample(film, max(film.shape)),
        lambda film: change.sharpen(film, 0, sigma=1),
        lambda film: change.add_noise(film, 0, seed=1),
        lambda film: change.change_gamma(film, 1),
        lambda film: change.make_milky(film, 0),
        lambda film: change.change_contrast(film, 1),
        lambda film: change.narrow_window(film, 0),
        lambda film: change.rotate(film, 0),
        lambda film: change.shift(film, 0),
        lambda film: change.crop(film, 0),
        lambda film: change.frame(film, 0),
        lambda film: change.mark(film, "R", 0),
        lambda film: change.reduced(film, max(film.shape)),
    ],
)
def test_strength_zero_leaves_the_film(film: Pixels, changed: Change) -> None:
    assert np.array_equal(changed(film), film)


def test_every_stress_gives_gray_levels_and_leaves_the_film_alone(film: Pixels) -> None:
    before = film.copy()
    at = Circumstances.of(film, 224, change.gray_level_counts(draw(1)), seed=3)
    for stress in STRESSES:
        changed = stress.apply(film, at)
        assert changed.dtype == np.uint8, stress.name
        assert changed.ndim == 2, stress.name
        assert np.array_equal(changed, stress.apply(film, at)), stress.name
    assert np.array_equal(film, before)
    assert len({stress.name for stress in STRESSES}) == len(STRESSES)


@pytest.mark.parametrize("pixels", [np.zeros((1, 1), np.uint8), np.full((9, 3), 255, np.uint8)])
def test_stresses_take_tiny_and_empty_films(pixels: Pixels) -> None:
    at = Circumstances.of(pixels, 224, change.gray_level_counts(pixels), seed=3)
    for stress in STRESSES:
        assert stress.apply(pixels, at).size, stress.name


def test_a_large_film_is_blurred_as_much_as_a_small_one(film: Pixels) -> None:
    """A blur is in pixels of the square that the network sees."""
    large = np.asarray(
        Image.fromarray(film).resize(
            (3 * film.shape[1], 3 * film.shape[0]), Image.Resampling.BICUBIC
        )
    )
    blurred = next(stress for stress in STRESSES if stress.name == "blurred by 2 pixels")
    counts = change.gray_level_counts(film)
    small, back = (
        blurred.apply(pixels, Circumstances.of(pixels, 180, counts, 0)) for pixels in (film, large)
    )
    gaps = np.abs(change.reduced(back, max(film.shape)).astype(float) - small)
    assert np.percentile(gaps, 99) <= 2


def test_harmless_is_what_was_defined_so() -> None:
    assert [stress.name for stress in STRESSES if stress.harmless] == [
        "resampled to 512 and back",
        "JPEG of quality 95",
        "JPEG of quality 75",
        "noise of 1 gray level",
        "gamma 0.95",
        "gamma 1.05",
        "turned by 2 degrees",
        "shifted by 2 %",
        "cropped by 2 % a side",
        "stored as DICOM and read again",
    ]
