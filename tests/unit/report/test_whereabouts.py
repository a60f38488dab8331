"""Finding the films and the model of an evaluation again."""

from __future__ import annotations

from pathlib import Path

import pytest

from pneumoscope.errors import DatasetError, ModelFileError
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.report.whereabouts import find_evaluated_model, find_films_folder
from tiny_model import write_tiny_model
from tiny_run import write_tiny_films


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return write_tiny_model(tmp_path / "run" / "model.onnx")


@pytest.fixture
def evaluation(tmp_path: Path, model: Path) -> Evaluation:
    table = write_tiny_films(tmp_path / "films")
    table.write_csv(tmp_path / "films" / "table.csv")
    return evaluate(model, tmp_path / "films" / "table.csv", replicates=5)


def test_films_are_where_they_were_or_where_a_person_says(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    assert find_films_folder(evaluation) == tmp_path / "films"
    (tmp_path / "films").rename(tmp_path / "moved")
    assert find_films_folder(evaluation) is None
    assert find_films_folder(evaluation, tmp_path / "moved") == tmp_path / "moved"
    table = tmp_path / "moved" / "table.csv"
    assert find_films_folder(evaluation, table) == tmp_path / "moved"


def test_a_folder_without_the_films_is_refused(evaluation: Evaluation, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="None of the 40 films lies in") as raised:
        find_films_folder(evaluation, tmp_path)
    assert evaluation.films[0].path in raised.value.hint


def test_the_model_is_that_of_the_run_around_or_the_one_given(
    evaluation: Evaluation, model: Path, tmp_path: Path
) -> None:
    inside = model.parent / "evaluation" / "val"
    found = find_evaluated_model(inside, evaluation)
    assert found is not None
    assert found.manifest.graph_sha256 == evaluation.model.graph_sha256
    assert find_evaluated_model(tmp_path / "elsewhere" / "deep", evaluation) is None
    assert find_evaluated_model(tmp_path / "elsewhere" / "deep", evaluation, model) is not None


def test_another_model_is_not_taken_for_it(
    evaluation: Evaluation, model: Path, tmp_path: Path
) -> None:
    other = evaluation.model_copy(
        update={"model": evaluation.model.model_copy(update={"graph_sha256": "0" * 64})}
    )
    assert find_evaluated_model(model.parent / "evaluation" / "val", other) is None
    with pytest.raises(ModelFileError, match="is not the model that was evaluated"):
        find_evaluated_model(tmp_path, other, model)
