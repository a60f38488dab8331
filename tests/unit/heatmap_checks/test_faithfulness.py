"""Deletion and insertion with the tiny model, whose answer is the mean brightness of the film."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from measuring import bench
from pneumoscope.errors import DatasetError
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms
from pneumoscope.heatmap_checks.faithfulness import Faithfulness
from pneumoscope.heatmaps.mapper import GraphMapper, Mapper
from pneumoscope.inference.predictor import Predictor
from tiny_model import CELLS, SIZE, write_tiny_model


class Silent:
    """A mapper that finds the same evidence everywhere."""

    name = "silent"

    def maps(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.zeros((len(images), 2, CELLS, CELLS), dtype=np.float32)


class Upended:
    """The model's own maps with their sign turned round."""

    name = "upended"

    def __init__(self, predictor: Predictor) -> None:
        self._mapper = GraphMapper(predictor)

    def maps(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return -self._mapper.maps(images)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture(scope="module")
def patchy() -> AssessedFilms:
    """Twelve dark and twelve bright films, of patches as large as the model's cells."""
    rng = np.random.default_rng(0)
    cells = rng.random((24, CELLS, CELLS)) * 0.4 + np.repeat([0.05, 0.55], 12)[:, None, None]
    cell = SIZE // CELLS
    images = np.rint(255 * cells).astype(np.uint8).repeat(cell, axis=1).repeat(cell, axis=2)
    return films_of(images, np.repeat([0, 1], 12))


def films_of(images: NDArray[np.uint8], y_true: NDArray[np.int64]) -> AssessedFilms:
    names = tuple(f"film{row}" for row in range(len(images)))
    return AssessedFilms(images=images, y_true=y_true, paths=names, patients=names)


def measured(
    films: AssessedFilms, predictor: Predictor, mapper: Mapper, **settings: Any
) -> Faithfulness:
    return Faithfulness.take(
        bench(films, predictor, mapper, seed=1, replicates=200, **settings), steps=4
    )


def test_curves_and_areas_by_hand(predictor: Predictor) -> None:
    # Three black films, and three that are white but for the right quarter. A white film is
    # replaced by the mean of a black and another white one: its white pixels become gray.
    images = np.zeros((6, SIZE, SIZE), dtype=np.uint8)
    images[3:, :, : 3 * SIZE // 4] = 255
    found = measured(
        films_of(images, np.repeat([0, 1], 3)), predictor, GraphMapper(predictor)
    ).groups["PNEUMONIA"]
    gray = 128 / 255
    white = np.array([0.75, 0.5, 0.25, 0.0, 0.0])
    brightness = white + (0.75 - white) * gray
    falling = 1 / (1 + np.exp(4 - 8 * brightness))
    assert found.films == 3
    assert found.curves["deletion"]["map"] == pytest.approx(falling, abs=0.005)
    # Insertion is the same in reverse: white comes first, the black quarter changes nothing.
    rising = falling[[3, 2, 1, 0, 0]]
    assert found.curves["insertion"]["map"] == pytest.approx(rising, abs=0.005)
    area = (falling.sum() - (falling[0] + falling[-1]) / 2) / 4
    assert found.areas["deletion"]["map"].value == pytest.approx(area, abs=0.005)


def test_a_map_of_what_the_network_sees_beats_both_baselines(
    patchy: AssessedFilms, predictor: Predictor
) -> None:
    found = measured(patchy, predictor, GraphMapper(predictor))
    assert found.shares == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert {name: group.films for name, group in found.groups.items()} == {
        "all": 24,
        "NORMAL": 12,
        "PNEUMONIA": 12,
    }
    for group in found.groups.values():
        for game, gains in group.gains.items():
            better = -1 if game == "deletion" else 1
            for baseline, gain in gains.items():
                areas = group.areas[game]
                assert gain.low > 0
                assert gain.value == pytest.approx(
                    better * (areas["map"].value - areas[baseline].value)
                )


def test_a_map_of_the_opposite_does_worse_than_chance(
    patchy: AssessedFilms, predictor: Predictor
) -> None:
    gains = measured(patchy, predictor, Upended(predictor)).groups["all"].gains
    assert all(gain.high < 0 for game in gains.values() for gain in game.values())


def test_a_map_that_says_nothing_does_exactly_as_well_as_chance(
    patchy: AssessedFilms, predictor: Predictor
) -> None:
    found = measured(patchy, predictor, Silent()).groups["all"]
    for game, gains in found.gains.items():
        assert gains["random"].value == 0
        assert np.isnan([gains["random"].low, gains["random"].high]).all()
        assert found.curves[game]["map"] == found.curves[game]["random"]


def test_the_network_is_unsure_of_what_films_are_replaced_by(
    patchy: AssessedFilms, predictor: Predictor
) -> None:
    groups = measured(patchy, predictor, GraphMapper(predictor)).groups
    for name in ("NORMAL", "PNEUMONIA"):
        for order in ("map", "random", "centre"):
            falling = groups[name].curves["deletion"][order]
            assert falling[0] > 0.8
            assert falling[-1] == pytest.approx(0.5, abs=0.05)
            assert falling[:: len(falling) - 1] == pytest.approx(
                groups[name].curves["insertion"][order][:: -(len(falling) - 1)]
            )


def test_batches_change_nothing_and_are_counted(
    patchy: AssessedFilms, predictor: Predictor
) -> None:
    mapper = GraphMapper(predictor)
    told: list[tuple[int, int]] = []
    whole = measured(patchy, predictor, mapper)
    parts = measured(
        patchy,
        predictor,
        mapper,
        batch_size=10,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(10, 24), (20, 24), (24, 24)]
    for game, areas in whole.groups["all"].areas.items():
        for order, area in areas.items():
            assert parts.groups["all"].areas[game][order].value == pytest.approx(area.value)


@pytest.mark.parametrize(
    ("y_true", "patients"),
    [([1, 1, 1, 1], "abcd"), ([0, 0, 1, 1], "aabc")],
    ids=["one class", "one patient"],
)
def test_films_of_which_nothing_neutral_can_be_made_are_refused(
    predictor: Predictor, y_true: list[int], patients: str
) -> None:
    films = AssessedFilms(
        images=np.zeros((4, SIZE, SIZE), dtype=np.uint8),
        y_true=np.array(y_true),
        paths=tuple(patients),
        patients=tuple(patients),
    )
    with pytest.raises(DatasetError, match="two classes or more"):
        measured(films, predictor, Silent())
