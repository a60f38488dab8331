"""Evidence in the lungs, on films whose bright columns are the tiny model's evidence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from measuring import bench
from pneumoscope.data.sources import find_films
from pneumoscope.errors import DatasetError
from pneumoscope.heatmap_checks.anatomy import Anatomy, LungShare
from pneumoscope.heatmap_checks.assessed_films import AssessedFilms, read_assessed_films
from pneumoscope.inference.predictor import Predictor
from pneumoscope.phantoms import write_phantoms
from tiny_model import SIZE, write_tiny_model

CELL = SIZE // 4


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


def columns(white: int) -> NDArray[np.bool_]:
    """So many of the four columns of cells, from the left."""
    return np.broadcast_to(np.arange(SIZE) < white * CELL, (SIZE, SIZE))


def films_of(*given: tuple[int, int, NDArray[np.bool_]]) -> AssessedFilms:
    """Films by the class, the number of white columns (3 are called ill, 1 normal) and lungs."""
    return AssessedFilms(
        images=np.stack(
            [np.where(columns(white), 255, 0).astype(np.uint8) for _, white, _ in given]
        ),
        y_true=np.array([label for label, _, _ in given]),
        paths=tuple(f"film{number}.png" for number in range(len(given))),
        patients=tuple(f"patient{number}" for number in range(len(given))),
        lungs=np.stack([lungs for _, _, lungs in given]),
    )


def measure(films: AssessedFilms, predictor: Predictor, **settings: Any) -> Anatomy:
    anatomy = Anatomy.take(bench(films, predictor, **settings))
    assert anatomy is not None
    return anatomy


def group(anatomy: Anatomy, evidence_for: str, outcome: str) -> LungShare:
    (found,) = (
        group
        for group in anatomy.groups
        if (group.evidence_for, group.outcome) == (evidence_for, outcome)
    )
    return found


def test_shares_and_outcomes_by_hand(predictor: Predictor) -> None:
    top_half = columns(2).T
    anatomy = measure(
        films_of(
            (1, 3, columns(3)),  # true positive: all of the evidence in three quarters of the area
            (1, 3, top_half),  # true positive: half in half
            (0, 3, ~columns(3)),  # false positive: none in a quarter
            (1, 1, columns(2)),  # false negative: all in half
            (1, 3, columns(0)),  # no lung field
        ),
        predictor,
    )
    assert (anatomy.with_lungs, anatomy.without) == (4, 1)
    outcomes = [group.outcome for group in anatomy.groups if group.evidence_for == "PNEUMONIA"]
    assert outcomes == ["all", "true positive", "false positive", "false negative"]

    everything = group(anatomy, "PNEUMONIA", "all")
    assert everything.films == 4
    assert everything.evidence_share.value == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert everything.area_share.value == pytest.approx((0.75 + 0.5 + 0.25 + 0.5) / 4)
    assert everything.excess.value == pytest.approx((0.25 + 0 - 0.25 + 0.5) / 4)
    right = group(anatomy, "PNEUMONIA", "true positive")
    assert (right.films, right.evidence_share.value) == (2, pytest.approx(0.75))
    assert (right.evidence_share.low, right.evidence_share.high) == pytest.approx((0.5, 1.0))
    missed = group(anatomy, "PNEUMONIA", "false negative")
    assert (missed.films, missed.excess.value) == (1, pytest.approx(0.5))

    # Evidence for NORMAL is what is dark; with regard to it, all is the other way round.
    normal = [group.outcome for group in anatomy.groups if group.evidence_for == "NORMAL"]
    assert normal == ["all", "false positive", "false negative", "true negative"]
    assert group(anatomy, "NORMAL", "false negative").evidence_share.value == pytest.approx(1.0)


def test_films_without_evidence_for_a_class_do_not_count(predictor: Predictor) -> None:
    anatomy = measure(films_of((1, 4, columns(2)), (1, 3, columns(3))), predictor)
    assert group(anatomy, "PNEUMONIA", "all").films == 2
    assert group(anatomy, "NORMAL", "all").films == 1
    assert group(anatomy, "NORMAL", "all").area_share.value == 0.75


def test_batches_change_nothing_but_the_progress(predictor: Predictor) -> None:
    films = films_of(*[(number % 2, 1 + number % 3, columns(2)) for number in range(7)])
    told: list[tuple[int, int]] = []
    whole = measure(films, predictor)
    batched = measure(
        films, predictor, batch_size=3, progress=lambda done, total: told.append((done, total))
    )
    assert batched == whole
    assert told == [(3, 7), (6, 7), (7, 7)]


def test_phantoms(predictor: Predictor, tmp_path: Path) -> None:
    write_phantoms(tmp_path, 8, seed=0, widths=(100, 130))
    films = read_assessed_films(
        predictor, find_films(tmp_path / "chest_xray"), lung_fields=tmp_path / "lung_fields"
    )
    anatomy = measure(films, predictor)
    assert anatomy.with_lungs == 8
    # Bright is what speaks for PNEUMONIA here, dark for NORMAL, and lungs are darker than the rest.
    assert group(anatomy, "PNEUMONIA", "all").excess.value < 0
    assert group(anatomy, "NORMAL", "all").evidence_share.value < 0.5
    assert Anatomy.model_validate_json(anatomy.model_dump_json()) == anatomy


def test_no_lung_fields(predictor: Predictor) -> None:
    films = films_of((1, 3, columns(0)))
    assert Anatomy.take(bench(replace(films, lungs=None), predictor)) is None
    with pytest.raises(DatasetError, match="None of the films has a lung field"):
        measure(films, predictor)
