"""Which films a report shows, in which order, and what it says where they are gone."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.results import Evaluation
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.gallery import certainty, choose_films, gallery_section
from tiny_model import write_tiny_model
from tiny_run import write_tiny_films


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def evaluation(predictor: Predictor, films: Path) -> Evaluation:
    return evaluate(predictor, write_tiny_films(films), replicates=10)


@given(
    probability=st.floats(0.001, 0.999),
    threshold=st.floats(0.01, 0.99),
)
def test_with_two_classes_certainty_is_the_distance_of_logits(
    probability: float, threshold: float
) -> None:
    def logit(value: float) -> float:
        return math.log(value / (1 - value))

    certain = certainty(
        {"NORMAL": 1 - probability, "PNEUMONIA": probability},
        {"NORMAL": 1 - threshold, "PNEUMONIA": threshold},
    )
    assert certain == pytest.approx(abs(logit(probability) - logit(threshold)), abs=1e-9)


def test_certainty_survives_probabilities_of_zero() -> None:
    thresholds = {"a": 0.5, "b": 0.3, "c": 0.2}
    assert certainty({"a": 1.0, "b": 0.0, "c": 0.0}, thresholds) > 100
    assert certainty({"a": 0.5, "b": 0.3, "c": 0.2}, thresholds) == pytest.approx(0)


def test_errors_come_first_and_the_surest_of_them_before_all(evaluation: Evaluation) -> None:
    thresholds = evaluation.operating_points["balanced"].thresholds
    wrong, surest, closest = choose_films(evaluation, "balanced")
    assert {film.path for film in wrong.films} == {
        film.path for film in evaluation.films if film.decisions["balanced"] != film.label
    }
    by_group = [
        [certainty(film.probabilities, thresholds) for film in group.films]
        for group in (wrong, surest, closest)
    ]
    assert by_group[0] == sorted(by_group[0], reverse=True)
    assert [film.label for film in surest.films] == ["NORMAL"] * 3 + ["PNEUMONIA"] * 3
    assert by_group[1][:3] == sorted(by_group[1][:3], reverse=True)
    assert by_group[1][3:] == sorted(by_group[1][3:], reverse=True)
    assert by_group[2] == sorted(by_group[2])
    assert min(by_group[1]) >= max(by_group[2])
    shown = [film.path for group in (wrong, surest, closest) for film in group.films]
    assert len(shown) == len(set(shown)) == 4 + 6 + 6
    assert wrong.title == "Wrong, the surest first: 4"
    assert surest.title == "Right and most certain, of each class: 6 of 36"


def test_every_film_has_its_picture_its_heat_and_its_class(
    evaluation: Evaluation, predictor: Predictor, films: Path
) -> None:
    section = gallery_section(evaluation, predictor, films, prefix="val-")
    assert section.anchor == "val-gallery"
    assert section.body.count("<article") == 16
    assert section.body.count("data:image/jpeg;base64,") == 2 * 16 + 1
    assert section.body.count("Actual class: PNEUMONIA.") >= 2
    assert 'id="film-val-1-1"' in section.body
    assert "<b>" not in section.body
    assert str(films) not in section.body


def test_films_that_are_gone_are_told(
    evaluation: Evaluation, predictor: Predictor, tmp_path: Path
) -> None:
    nothing = gallery_section(evaluation, predictor, None)
    assert "the films were not found" in nothing.body
    assert "<article" not in nothing.body

    table = write_tiny_films(tmp_path)
    gone = choose_films(evaluation, "balanced")[0].films[0].path
    (table.root / gone).unlink()
    partly = gallery_section(evaluation, predictor, tmp_path)
    assert partly.body.count("<article") == 15
    assert "can no longer be read" in partly.body


def test_the_first_operating_point_decides_where_there_is_no_balanced(
    predictor: Predictor, films: Path
) -> None:
    screened = evaluate(predictor, films, operating_points=["screening"], replicates=10, split=None)
    assert "<i>screening</i>: the class" in gallery_section(screened, predictor, films).body
