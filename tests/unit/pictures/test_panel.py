"""Panels: the pictures in their places, on the film's own aspect."""

from __future__ import annotations

import numpy as np
import pytest

from pneumoscope.errors import PneumoscopeError
from pneumoscope.pictures.colours import HEAT, SIGNED
from pneumoscope.pictures.overlay import blend
from pneumoscope.pictures.panel import ClassEvidence, PanelText, fit_film, render_panel

TEXT = PanelText(title="a/film.png", finding=("Called PNEUMONIA.",), notes=("A note.",))


def corner_of(panel: np.ndarray, picture: np.ndarray) -> tuple[int, int]:
    """Where a picture stands in a panel: (top, left)."""
    height, width = picture.shape[:2]
    rows, columns = np.nonzero((panel == picture[0, 0]).all(axis=-1))
    for top, left in zip(rows.tolist(), columns.tolist(), strict=True):
        if np.array_equal(panel[top : top + height, left : left + width], picture):
            return top, left
    raise AssertionError("the picture is not in the panel")


def film_and_evidence(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    film = rng.integers(0, 256, shape, dtype=np.uint8)
    return film, rng.random(shape, dtype=np.float32)


@pytest.mark.parametrize("shape", [(200, 300), (300, 90)])
def test_film_evidence_and_overlay_stand_side_by_side(shape: tuple[int, int]) -> None:
    film, evidence = film_and_evidence(shape)
    panel = np.asarray(render_panel(film, [ClassEvidence("PNEUMONIA", 0.9, evidence)], TEXT))
    gray = np.repeat(film[..., None], 3, axis=-1)
    corners = [
        corner_of(panel, picture)
        for picture in (gray, HEAT.colours(evidence), blend(film, evidence))
    ]
    assert len({top for top, _ in corners}) == 1
    assert [left for _, left in corners] == sorted(left for _, left in corners)


def test_several_classes_have_a_column_each() -> None:
    film, evidence = film_and_evidence((150, 280))
    classes = [ClassEvidence(name, 0.5, sign * evidence) for name, sign in (("A", 1), ("B", -1))]
    panel = np.asarray(render_panel(film, classes, TEXT, SIGNED))
    for shown in classes:
        above = corner_of(panel, blend(film, shown.evidence, SIGNED))
        below = corner_of(panel, SIGNED.colours(shown.evidence))
        assert above[1] == below[1]
        assert above[0] < below[0]


def test_words_make_a_difference_and_never_widen_the_panel() -> None:
    film, evidence = film_and_evidence((100, 100))

    def panel(title: str, name: str, probability: float) -> np.ndarray:
        text = PanelText(title=title, finding=TEXT.finding, notes=TEXT.notes)
        return np.asarray(render_panel(film, [ClassEvidence(name, probability, evidence)], text))

    reference = panel("film", "A", 0.5)
    for other in (panel("folk", "A", 0.5), panel("film", "B", 0.5), panel("film", "A", 0.6)):
        assert not np.array_equal(reference, other)
    assert panel("line\nbreak " * 50, "\x1b[31m class" * 50, 1.0).shape == reference.shape


def test_a_film_is_fitted_on_its_own_aspect() -> None:
    assert fit_film(np.zeros((1500, 2000), np.uint8)).shape == (384, 512)
    assert fit_film(np.zeros((60, 30), np.uint8), 200).shape == (200, 100)
    assert fit_film(np.zeros((1, 3000), np.uint8), 200).shape == (1, 200)


def test_evidence_of_another_shape_is_refused() -> None:
    film, evidence = film_and_evidence((40, 50))
    with pytest.raises(PneumoscopeError, match="Cannot lay a heatmap"):
        render_panel(film, [ClassEvidence("A", 0.5, evidence.T)], TEXT)
