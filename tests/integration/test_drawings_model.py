"""The small model that comes with the package for drawn films: it reads drawings, and shows why."""

from __future__ import annotations

import numpy as np
import pytest

from pneumoscope import Predictor
from pneumoscope.modelfile.find import DRAWINGS_MODEL, packaged_models
from pneumoscope.phantoms import Condition, generate_phantom

CONDITIONS: tuple[Condition, ...] = ("normal", "bacteria", "normal", "virus")
DRAWINGS = 300


def test_it_is_small() -> None:
    assert packaged_models()[DRAWINGS_MODEL].stat().st_size <= 1_000_000


@pytest.mark.slow
def test_it_tells_new_drawings_apart_by_what_was_drawn() -> None:
    predictor = Predictor.load(DRAWINGS_MODEL)
    right, ill, inside = 0, 0, 0
    for number in range(DRAWINGS):
        drawing = generate_phantom(
            np.random.default_rng([20_000, number]), CONDITIONS[number % len(CONDITIONS)]
        )
        prediction = predictor.predict(drawing.pixels)
        right += prediction.label == drawing.label
        if drawing.boxes:
            heat = prediction.heatmap_for(drawing.label)
            row, column = np.unravel_index(int(heat.argmax()), heat.shape)
            ill += 1
            inside += any(
                box.left <= column < box.right and box.top <= row < box.bottom
                for box in drawing.boxes
            )
    assert right / DRAWINGS >= 0.95
    assert inside / ill >= 0.85
