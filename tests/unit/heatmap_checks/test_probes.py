"""Covered films, and a model that calls bright films ill: what is bright decides what it can tell
of them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from measuring import bench
from pneumoscope.errors import DatasetError
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmap_checks.covered_films import COVERS
from pneumoscope.heatmap_checks.probes import ProbedFilms, Probes
from pneumoscope.inference.predictor import Predictor
from pneumoscope.phantoms import generate_phantom
from tiny_model import SIZE, write_tiny_model

FILMS = 12
COVER = {cover.name: cover for cover in COVERS}


def square(left: int, top: int, side: int, size: int = SIZE) -> NDArray[np.bool_]:
    mask = np.zeros((size, size), dtype=bool)
    mask[top : top + side, left : left + side] = True
    return mask


LUNGS = square(8, 8, 16)
OUTSIDE = square(26, 10, 6)
CORNER = square(0, 0, 6)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


def films_told_by(place: NDArray[np.bool_], lungs: NDArray[np.bool_] = LUNGS) -> AssessedFilms:
    """Films of a patient each, gray all over, that are brighter in one place where they are ill."""
    y_true = np.arange(FILMS) % 2
    images = np.full((FILMS, SIZE, SIZE), 120, dtype=np.uint8)
    images[:, place] = np.where(y_true, 160, 80)[:, None]
    return AssessedFilms(
        images=images,
        y_true=y_true,
        paths=tuple(f"film{number}.png" for number in range(FILMS)),
        patients=tuple(f"patient{number}" for number in range(FILMS)),
        lungs=np.broadcast_to(lungs, (FILMS, SIZE, SIZE)),
    )


def measure(films: AssessedFilms, predictor: Predictor) -> Probes:
    probes = Probes.take(bench(films, predictor))
    assert probes is not None
    return probes


def by_name(probes: Probes) -> dict[str, ProbedFilms]:
    return {condition.name: condition for condition in probes.conditions}


@pytest.mark.parametrize(
    ("place", "areas"),
    [
        (LUNGS, {"without lungs": 0.5, "lungs only": 1.0, "corners covered": 1.0}),
        (OUTSIDE, {"without lungs": 1.0, "lungs only": 0.5, "corners covered": 1.0}),
        (CORNER, {"without lungs": 1.0, "lungs only": 0.5, "corners covered": 0.5}),
    ],
    ids=["lungs", "outside", "corner"],
)
def test_what_tells_the_classes_shows(
    place: NDArray[np.bool_], areas: dict[str, float], predictor: Predictor
) -> None:
    probes = measure(films_told_by(place), predictor)
    found = {name: condition.roc_auc.value for name, condition in by_name(probes).items()}
    assert found == {"whole film": 1.0} | areas
    assert probes.films == FILMS
    assert probes.lung_area_roc_auc is not None
    assert probes.lung_area_roc_auc.value == 0.5  # all lungs are alike


def test_calls_are_those_at_the_balanced_operating_point(tmp_path: Path) -> None:
    # All films are between the thresholds: called ill with the one, normal with the other.
    films = films_told_by(LUNGS)
    for threshold, called in ((0.01, "PNEUMONIA"), (0.99, "NORMAL")):
        points = {
            "balanced": {"NORMAL": 1 - threshold, "PNEUMONIA": threshold},
            "screening": {"NORMAL": 0.5, "PNEUMONIA": 0.5},
        }
        model = write_tiny_model(tmp_path / f"{called}.onnx", operating_points=points)
        whole = by_name(measure(films, Predictor.load(model)))["whole film"]
        assert whole.called == {"NORMAL": 0.0, "PNEUMONIA": 0.0} | {called: 1.0}
        assert whole.accuracy.value == 0.5
        assert whole.accuracy.low < 0.5 < whole.accuracy.high


def test_the_area_of_the_lungs_may_tell_whichever_class_has_more(predictor: Predictor) -> None:
    films = films_told_by(OUTSIDE)
    sizes = np.where(films.y_true, 8, 16)
    for sides in (sizes, sizes[::-1]):
        lungs = np.stack([square(8, 8, side) for side in sides])
        area = measure(replace(films, lungs=lungs), predictor).lung_area_roc_auc
        assert area is not None
        assert area.value == 1.0


def test_three_classes_have_no_direction_of_area(tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "three.onnx", ("NORMAL", "BACTERIA", "VIRUS"))
    films = films_told_by(LUNGS)
    y_true = np.arange(FILMS) % 3
    images = films.images.copy()
    images[:, LUNGS] = np.array([20, 120, 220], dtype=np.uint8)[y_true][:, None]
    three = replace(films, images=images, y_true=y_true)
    probes = measure(three, Predictor.load(model))
    assert probes.lung_area_roc_auc is None
    assert by_name(probes)["whole film"].roc_auc.value == 1.0
    assert by_name(probes)["without lungs"].roc_auc.value == 0.5


def test_films_of_one_class_leave_areas_undefined(predictor: Predictor) -> None:
    films = films_told_by(LUNGS)
    probes = measure(films.select(np.flatnonzero(films.y_true)), predictor)
    assert math.isnan(by_name(probes)["whole film"].roc_auc.value)
    assert not math.isnan(by_name(probes)["whole film"].accuracy.value)
    again = Probes.model_validate_json(probes.model_dump_json())
    assert again.lung_area_roc_auc is not None
    assert math.isnan(again.lung_area_roc_auc.value)


def test_films_without_a_lung_field_are_left_out(predictor: Predictor) -> None:
    films = films_told_by(LUNGS)
    assert films.lungs is not None
    lungs = films.lungs.copy()
    lungs[:2] = False
    told: list[tuple[int, int]] = []
    probes = Probes.take(
        bench(
            replace(films, lungs=lungs),
            predictor,
            batch_size=4,
            progress=lambda done, total: told.append((done, total)),
        )
    )
    assert probes is not None
    assert probes.films == FILMS - 2
    assert told == [(4, 10), (8, 10), (10, 10)]
    assert Probes.take(bench(replace(films, lungs=None), predictor)) is None
    with pytest.raises(DatasetError, match="None of the films has a lung field"):
        measure(replace(films, lungs=np.zeros_like(lungs)), predictor)


def test_lungs_are_wholly_covered_and_wholly_kept() -> None:
    phantom = generate_phantom(np.random.default_rng(0), "bacteria", (224, 224))
    image, lungs = phantom.pixels, phantom.lung_field
    without = COVER["without lungs"].apply(image, lungs)
    only = COVER["lungs only"].apply(image, lungs)
    assert np.array_equal(COVER["whole film"].apply(image, lungs), image)
    assert (without[lungs] == 0).all()
    assert np.array_equal(only[lungs], image[lungs])
    # The two share the film between them; each rounds to whole gray levels.
    assert np.abs(without.astype(int) + only - image).max() <= 1
    assert without.dtype == only.dtype == np.uint8


def test_lung_fields_are_widened_and_fade_out() -> None:
    white = np.full((200, 200), 255, dtype=np.uint8)
    only = COVER["lungs only"].apply(white, square(80, 80, 40, size=200))
    # A margin of 8 pixels, then 6 of fading, on the way right from the field's edge.
    assert (only[100, 119:128] == 255).all()
    assert (np.diff(only[100, 127:135].astype(int)) < 0).sum() == 6
    assert (only[100, 134:] == 0).all()


def test_corners_are_covered_but_for_the_lungs() -> None:
    white = np.full((100, 100), 255, dtype=np.uint8)
    covered = COVER["corners covered"].apply(white, square(10, 10, 50, size=100))
    assert (covered[:10, :20] == 0).all()
    assert (covered[10:20, 10:20] == 255).all()
    for corner in (np.s_[:20, 80:], np.s_[80:, :20], np.s_[80:, 80:]):
        assert (covered[corner] == 0).all()
    assert (covered == 0).sum() == 4 * 400 - 100
