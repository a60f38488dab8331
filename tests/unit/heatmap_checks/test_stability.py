"""Harmless changes, with models that are known to mind them or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from measuring import bench
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmap_checks.stability import ChangedFilms, Stability
from pneumoscope.inference.predictor import Predictor
from tiny_model import SIZE, write_tiny_model
from varied_model import write_varied_model

MIRRORED = "mirrored"
RIGHT = "shifted right by 8 pixels"
DOWN = "shifted down by 8 pixels"
JPEG = "JPEG at quality 50"
HALVED = "halved and enlarged again"


def measured(images: NDArray[np.uint8], model: Path) -> dict[str, ChangedFilms]:
    names = tuple(f"film{row}" for row in range(len(images)))
    films = AssessedFilms(
        images=images, y_true=np.zeros(len(images), dtype=np.int64), paths=names, patients=names
    )
    told: list[tuple[int, int]] = []
    found = Stability.take(
        bench(
            films,
            Predictor.load(model),
            replicates=100,
            batch_size=4,
            progress=lambda done, total: told.append((done, total)),
        )
    )
    assert found.films == len(films)
    assert told[-1] == (len(films), len(films))
    return {change.name: change for change in found.changes}


def smooth_films(count: int) -> NDArray[np.uint8]:
    """Films with one bright spot each, at any place and of any strength."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:SIZE, :SIZE]
    films = []
    for _ in range(count):
        (row, column), strength = rng.uniform(8, SIZE - 8, 2), rng.uniform(100, 255)
        films.append(strength * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 60))
    return np.rint(films).astype(np.uint8)


def test_a_map_that_follows_the_film_is_stable(tmp_path: Path) -> None:
    found = measured(smooth_films(10), write_tiny_model(tmp_path / "tiny.onnx"))
    assert list(found) == [MIRRORED, RIGHT, DOWN, JPEG, HALVED]
    # The model looks at every cell alike, so mirroring does nothing at all.
    mirrored = found[MIRRORED]
    assert mirrored.agreement.value == pytest.approx(1.0)
    assert mirrored.probability_change.value == pytest.approx(0.0, abs=1e-6)
    assert mirrored.calls_changed.value == 0.0
    # Eight pixels are one of its cells: only at the border does enlarging maps differ.
    assert found[RIGHT].agreement.value > 0.9
    assert found[DOWN].agreement.value > 0.9
    assert found[JPEG].agreement.value > 0.95
    assert found[HALVED].agreement.value > 0.95


def test_a_map_of_fixed_places_is_not(tmp_path: Path) -> None:
    found = measured(smooth_films(10), write_varied_model(tmp_path / "varied.onnx", seed=1))
    assert found[MIRRORED].agreement.value < 0.8
    assert found[JPEG].agreement.value > 0.9


def test_probabilities_and_calls_by_hand(tmp_path: Path) -> None:
    # The right eighth of the film is white; moved to the right it leaves nothing but black, while
    # the lower border is repeated by none of the shifts.
    images = np.zeros((2, SIZE, SIZE), dtype=np.uint8)
    images[0, :, -20:] = 255
    images[1, :20] = 255
    found = measured(images, write_tiny_model(tmp_path / "tiny.onnx"))

    def probability(brightness: float) -> float:
        return float(1 / (1 + np.exp(4 - 8 * brightness)))

    # Both are called ill at 20 / 32 of the film. To the right, the first keeps 12 of its columns;
    # downwards, the second gains 8 rows.
    lost, gained = (abs(probability(rows / SIZE) - probability(20 / SIZE)) for rows in (12, 28))
    assert found[RIGHT].probability_change.value == pytest.approx(lost / 2, abs=1e-5)
    assert found[RIGHT].calls_changed.value == 0.5
    assert found[DOWN].probability_change.value == pytest.approx(gained / 2, abs=1e-5)
    assert found[DOWN].calls_changed.value == 0.0
