"""Heat on film: colours, geometry and the caption."""

from __future__ import annotations

import numpy as np
import pytest

from film_files import gray_film
from pneumoscope.errors import PneumoscopeError
from pneumoscope.pictures.colours import SIGNED
from pneumoscope.pictures.overlay import blend, render_overlay


def luminance(colours: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours, ITU-R BT.709."""
    linear = (colours / 255.0) ** 2.2
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def test_without_heat_the_film_stays_as_it_is() -> None:
    film = gray_film()
    coloured = blend(film, np.zeros(film.shape, np.float32))
    assert all(np.array_equal(coloured[..., channel], film) for channel in range(3))


def test_the_scale_grows_ever_brighter_on_a_dark_film() -> None:
    heat = np.linspace(0, 1, 256, dtype=np.float32)[None]
    steps = np.diff(luminance(blend(np.zeros((1, 256), np.uint8), heat)[0].astype(float)))
    assert steps.min() > -1e-3
    assert steps.sum() > 0.2


def test_more_heat_changes_the_film_more() -> None:
    film = np.full((1, 11), 128, np.uint8)
    coloured = blend(film, np.linspace(0, 1, 11, dtype=np.float32)[None])[0].astype(int)
    change = np.abs(coloured - 128).sum(axis=1)
    assert change[0] == 0
    assert (np.diff(change) > 0).all()


def test_signed_evidence_is_warm_for_and_cool_against() -> None:
    film = np.full((1, 3), 128, np.uint8)
    against, none, in_favour = blend(film, np.array([[-1, 0, 1]], np.float32), SIGNED)[0].astype(
        int
    )
    assert against[2] > against[0] + 40
    assert (none == 128).all()
    assert in_favour[0] > in_favour[2] + 40


@pytest.mark.parametrize(
    ("heatmap", "message"),
    [
        (np.zeros((3, 3), np.float32), "Cannot lay a heatmap"),
        (np.full((40, 56), 1.1, np.float32), "outside"),
        (np.full((40, 56), np.nan, np.float32), "outside"),
    ],
)
def test_heatmaps_of_another_shape_or_range_are_refused(heatmap: np.ndarray, message: str) -> None:
    with pytest.raises(PneumoscopeError, match=message):
        blend(gray_film(), heatmap)
    with pytest.raises(PneumoscopeError, match=message):
        render_overlay(gray_film(), heatmap, label="NORMAL", probability=0.5)


@pytest.mark.parametrize(
    ("shape", "film_size"),
    [
        ((1500, 2000), (1024, 768)),
        ((2000, 1500), (768, 1024)),
        ((600, 800), (800, 600)),
        ((224, 224), (420, 420)),
        ((3000, 300), (102, 1024)),
    ],
)
def test_the_panel_keeps_the_aspect_of_the_film(
    shape: tuple[int, int], film_size: tuple[int, int]
) -> None:
    film = np.full(shape, 200, np.uint8)
    panel = render_overlay(film, np.zeros(shape, np.float32), label="NORMAL", probability=0.03)
    pixels = np.asarray(panel)
    width, height = film_size
    assert panel.mode == "RGB"
    assert panel.width == max(width, 420)
    left = (panel.width - width) // 2
    assert (pixels[:height, left : left + width] == 200).all()
    assert (pixels[height, :] != 200).all()


def test_heat_lies_on_the_film_where_it_belongs() -> None:
    film = np.full((400, 600), 128, np.uint8)
    heat = np.zeros(film.shape, np.float32)
    heat[:100, 500:] = 1
    panel = np.asarray(render_overlay(film, heat, label="PNEUMONIA", probability=0.9)).astype(int)
    warm = (panel[:400, :, 0] - panel[:400, :, 2]) > 40
    assert warm[5:95, 505:595].all()
    assert warm.sum() < 105 * 105


def test_label_probability_and_note_are_written() -> None:
    film, heat = gray_film(300, 500), np.zeros((300, 500), np.float32)

    def caption(label: str, probability: float, note: str = "Called NORMAL") -> np.ndarray:
        panel = render_overlay(film, heat, label=label, probability=probability, notes=[note])
        return np.asarray(panel)[300:]

    reference = caption("NORMAL", 0.42)
    assert np.array_equal(reference, caption("NORMAL", 0.42))
    assert not np.array_equal(reference, caption("PNEUMONIA", 0.42))
    assert not np.array_equal(reference, caption("NORMAL", 0.43))
    assert not np.array_equal(reference, caption("NORMAL", 0.42, "Called PNEUMONIA"))
    # Certainty is never claimed.
    assert np.array_equal(caption("NORMAL", 0.9996), caption("NORMAL", 1.0))
    assert np.array_equal(caption("NORMAL", 0.0), caption("NORMAL", 0.0004))
    assert caption("a very long name " * 20, 0.5).shape == reference.shape
    # Of what has to be known beside the picture nothing is cut off.
    assert caption("NORMAL", 0.42, "the picture is in colour " * 4).shape > reference.shape
