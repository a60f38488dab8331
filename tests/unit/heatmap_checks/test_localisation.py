"""Maps against boxes, on painted films whose gray levels are the evidence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from measuring import bench
from pneumoscope.data.sources import find_films
from pneumoscope.errors import DatasetError
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms, read_assessed_films
from pneumoscope.heatmap_checks.localisation import Localisation
from pneumoscope.heatmaps.mapper import GraphMapper, Mapper
from pneumoscope.inference.predictor import Predictor
from pneumoscope.phantoms import write_phantoms
from tiny_model import SIZE, write_tiny_model


class Brightness:
    """Every pixel's gray level speaks for the second class and against the first."""

    name = "brightness"

    def maps(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.stack([-images.astype(np.float32), images.astype(np.float32)], axis=1)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


def region(rows: slice, columns: slice) -> NDArray[np.bool_]:
    mask = np.zeros((SIZE, SIZE), dtype=bool)
    mask[rows, columns] = True
    return mask


TOP_LEFT = region(slice(8), slice(8))
MIDDLE = region(slice(12, 20), slice(12, 20))


def painted(*films: tuple[NDArray[np.uint8], NDArray[np.bool_]]) -> AssessedFilms:
    """Ill films by their pixels and boxes."""
    count = len(films)
    return AssessedFilms(
        images=np.stack([pixels for pixels, _ in films]),
        y_true=np.ones(count, dtype=np.int64),
        paths=tuple(f"film{number}.png" for number in range(count)),
        patients=tuple(f"patient{number}" for number in range(count)),
        boxes=np.stack([box for _, box in films]),
    )


def measure(
    films: AssessedFilms, predictor: Predictor, mapper: Mapper | None = None
) -> Localisation:
    localisation = Localisation.take(bench(films, predictor, mapper or Brightness()))
    assert localisation is not None
    return localisation


def test_figures_by_hand(predictor: Predictor) -> None:
    hit = np.where(TOP_LEFT, 50, 0).astype(np.uint8)
    hit[0, 0] = 200  # the strongest point, in the box
    hit[:8, 8:10] = 100  # half of it: marked, but not in the box
    localisation = measure(painted((hit, TOP_LEFT)), predictor)
    assert localisation.films == 1
    assert localisation.pointing.value == 1
    assert localisation.pointing_centre.value == 0
    inside = 63 * 50 + 200
    assert localisation.evidence_share.value == pytest.approx(inside / (inside + 16 * 100))
    assert localisation.area_share.value == 64 / SIZE**2
    assert localisation.overlap.value == pytest.approx(1 / (64 + 16))
    assert localisation.overlap_lungs is None


def test_a_miss_a_draw_and_the_middle(predictor: Predictor) -> None:
    elsewhere = np.where(TOP_LEFT, 200, 10).astype(np.uint8)
    two_peaks = np.zeros((SIZE, SIZE), dtype=np.uint8)
    two_peaks[2, 2] = two_peaks[14, 14] = 255
    localisation = measure(painted((elsewhere, MIDDLE), (two_peaks, MIDDLE)), predictor)
    assert localisation.pointing.value == 0.25
    assert 0 <= localisation.pointing.low < 0.25 < localisation.pointing.high <= 1
    assert localisation.pointing_centre.value == 1


def test_a_film_without_evidence_is_missed_and_one_without_boxes_left_out(
    predictor: Predictor,
) -> None:
    black = np.zeros((SIZE, SIZE), dtype=np.uint8)
    found = np.where(MIDDLE, 255, 0).astype(np.uint8)
    films = painted((black, MIDDLE), (found, MIDDLE), (found, region(slice(0), slice(0))))
    localisation = measure(films, predictor)
    assert localisation.films == 2
    for figure in (localisation.pointing, localisation.evidence_share, localisation.overlap):
        assert figure.value == 0.5


def test_evidence_is_that_for_the_class_of_the_film(predictor: Predictor) -> None:
    found = np.where(MIDDLE, 255, 0).astype(np.uint8)
    films = painted((found, MIDDLE), (found, MIDDLE))
    other = replace(films, y_true=np.array([0, 1]))
    assert measure(films, predictor).pointing.value == 1
    assert measure(other, predictor).pointing.value == 0.5


def test_the_lungs_are_a_baseline_where_they_are_known(predictor: Predictor) -> None:
    found = np.where(MIDDLE, 255, 0).astype(np.uint8)
    half_of_it = region(slice(12, 16), slice(12, 20))
    films = painted((found, MIDDLE), (found, MIDDLE))
    lungs = np.stack([half_of_it, np.zeros_like(half_of_it)])
    overlap = measure(replace(films, lungs=lungs), predictor).overlap_lungs
    assert overlap is not None
    assert overlap.value == 0.5  # the second film has no lung field


def test_the_map_of_the_model_on_a_bright_cell(predictor: Predictor) -> None:
    cell = region(slice(8, 16), slice(16, 24))
    films = painted((np.where(cell, 255, 0).astype(np.uint8), cell))
    found = measure(films, predictor, GraphMapper(predictor))
    assert found.pointing.value == 1
    assert found.evidence_share.value > 0.9
    # Halfway to its neighbours, which speak against the class, the evidence is less than half.
    assert 0.3 < found.overlap.value < 1


def test_phantoms(predictor: Predictor, tmp_path: Path) -> None:
    write_phantoms(tmp_path, 8, seed=0, widths=(100, 130))
    films = read_assessed_films(
        predictor,
        find_films(tmp_path / "chest_xray"),
        lung_fields=tmp_path / "lung_fields",
        boxes=tmp_path / "boxes.csv",
    )
    told: list[tuple[int, int]] = []
    localisation = Localisation.take(
        bench(
            films,
            predictor,
            batch_size=3,
            progress=lambda done, total: told.append((done, total)),
        )
    )
    assert localisation is not None
    assert localisation.films == 4
    assert told == [(3, 4), (4, 4)]
    assert localisation.overlap_lungs is not None
    assert localisation.overlap_lungs.value > localisation.area_share.value
    assert Localisation.model_validate_json(localisation.model_dump_json()) == localisation


def test_no_boxes(predictor: Predictor) -> None:
    films = painted((np.zeros((SIZE, SIZE), np.uint8), region(slice(0), slice(0))))
    assert Localisation.take(bench(replace(films, boxes=None), predictor)) is None
    with pytest.raises(DatasetError, match="None of the films has a box"):
        measure(films, predictor)
