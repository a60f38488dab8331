"""What shuffling weights does to maps, where that can be told by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from measuring import bench
from pneumoscope.errors import MissingExtraError
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmap_checks.sanity import Sanity
from pneumoscope.inference.predictor import Predictor
from tiny_model import CELLS, SIZE, write_tiny_model
from varied_model import write_varied_model


def patchy_images(count: int) -> NDArray[np.uint8]:
    cells = np.random.default_rng(0).integers(0, 256, (count, CELLS, CELLS), np.uint8)
    cell = SIZE // CELLS
    return cells.repeat(cell, axis=1).repeat(cell, axis=2)


def measured(images: NDArray[np.uint8], model: Path, shuffles: int = 5) -> Sanity:
    names = tuple(f"film{row}" for row in range(len(images)))
    films = AssessedFilms(
        images=images, y_true=np.zeros(len(images), dtype=np.int64), paths=names, patients=names
    )
    told: list[tuple[int, int]] = []
    found = Sanity.take(
        bench(
            films,
            Predictor.load(model),
            model=model,
            seed=1,
            replicates=100,
            batch_size=4,
            progress=lambda done, total: told.append((done, total)),
        ),
        shuffles,
    )
    assert found is not None
    assert told[-1] == (len(films), len(films))
    assert len(told) == shuffles
    return found


def test_one_number_decides_the_map_of_the_tiny_model(tmp_path: Path) -> None:
    # All weights of its head are zero but one: wherever that goes, the map shows brightness or
    # darkness, and agrees with the original wholly or not at all.
    found = measured(patchy_images(6), write_tiny_model(tmp_path / "tiny.onnx"))
    head, everything = found.stages
    assert [head.name, everything.name] == ["head", "all layers"]
    for stage in found.stages:
        agreeing = (5 * stage.agreement.value + 5) / 2
        assert agreeing == pytest.approx(round(agreeing))
        assert stage.agreement.low == pytest.approx(stage.agreement.high)
    assert head.weights_share == pytest.approx(6 / 10)
    assert everything.weights_share == 1.0


def test_many_shuffles_leave_no_agreement(tmp_path: Path) -> None:
    path = write_varied_model(tmp_path / "varied.onnx", seed=1, class_names=("A", "B", "C", "D"))
    found = measured(patchy_images(5), path, shuffles=60)
    assert found.films == 5
    for stage in found.stages:
        assert abs(stage.agreement.value) < 0.3


def test_maps_of_different_films_that_are_called_the_same_are_compared(tmp_path: Path) -> None:
    path = write_tiny_model(tmp_path / "tiny.onnx")
    # Brighter from left to right, and the other way round: both are called ill.
    rising = np.linspace(150, 250, CELLS, dtype=np.uint8).repeat(SIZE // CELLS)
    film = np.broadcast_to(rising, (SIZE, SIZE))
    same, opposite, alone = (
        measured(np.stack(images), path, 1).between_films
        for images in ([film, film], [film, film[:, ::-1]], [film, 255 - film])
    )
    assert same.value == pytest.approx(1.0)
    assert opposite.value == pytest.approx(-1.0)
    assert np.isnan(alone.value)


def test_without_onnx_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tiny_model(tmp_path / "tiny.onnx")
    monkeypatch.delitem(sys.modules, "pneumoscope.heatmap_checks.shuffled_weights", raising=False)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match="Shuffling a model's weights"):
        measured(patchy_images(2), path)
