"""The films that a report shows, and what it says where they are gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.gallery import choose_films, gallery_section
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


def test_the_films_of_an_evaluation_are_grouped_by_its_decisions(evaluation: Evaluation) -> None:
    wrong, *_ = groups = choose_films(evaluation, "balanced")
    assert {film.path for film in wrong.films} == {
        film.path for film in evaluation.films if film.decisions["balanced"] != film.label
    }
    assert [len(group.films) for group in groups] == [4, 6, 6]
    assert groups[1].title == "Right and most certain, of each class: 6 of 36"


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
