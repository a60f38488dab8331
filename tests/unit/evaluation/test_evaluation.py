"""An evaluation survives its files, and files that are none are told apart."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluated_films import evaluate_films
from pneumoscope.errors import DatasetError
from pneumoscope.evaluation.evaluation import Evaluation, read_evaluation


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    return evaluate_films(tmp_path_factory.mktemp("three"), ("NORMAL", "BACTERIA", "VIRUS"))


@pytest.fixture
def folder(evaluation: Evaluation, tmp_path: Path) -> Path:
    evaluation.write(tmp_path)
    return tmp_path


def test_an_evaluation_comes_back_whole(evaluation: Evaluation, folder: Path) -> None:
    back = read_evaluation(folder)
    assert back.films == evaluation.films
    assert back.metrics == evaluation.metrics
    # Some figures of decisions are undefined, and nan equals nothing.
    assert back.to_json() == evaluation.to_json()


def test_an_evaluation_that_does_not_name_the_healthy_class_had_one_called_normal(
    evaluation: Evaluation, folder: Path
) -> None:
    path = folder / "evaluation.json"
    document = json.loads(path.read_text())
    del document["model"]["normal_class"], document["model"]["warnings"]
    path.write_text(json.dumps(document))
    assert read_evaluation(folder).model == evaluation.model


def test_scores_say_which_model_and_threshold_decided(evaluation: Evaluation, folder: Path) -> None:
    with (folder / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for film, row in zip(evaluation.films, rows, strict=True):
        assert (row["model"], row["graph_sha256"]) == ("tiny", evaluation.model.graph_sha256)
        for point, settings in evaluation.operating_points.items():
            interest = row[f"class_of_interest_{point}"]
            assert interest != "NORMAL"
            assert row[f"decision_{point}"] in (interest, "NORMAL")
            assert float(row[f"threshold_{point}"]) == settings.thresholds[interest]
            assert float(row[f"probability_{interest}"]) == film.probabilities[interest]


def test_undefined_figures_and_odd_names_come_back(evaluation: Evaluation, tmp_path: Path) -> None:
    film = replace(evaluation.films[0], path='Tübingen, "\udcff"\nfilm.png', split=None)
    undefined = replace(evaluation.metrics["brier"], value=np.nan, low=np.nan, high=np.nan)
    odd = evaluation.model_copy(
        update={
            "films": (film, *evaluation.films[1:]),
            "metrics": {**evaluation.metrics, "brier": undefined},
            "data": evaluation.data.model_copy(update={"source": "Tübingen \udcff"}),
        }
    )
    odd.write(tmp_path)
    back = read_evaluation(tmp_path)
    assert back.films == odd.films
    assert back.data == odd.data
    assert np.isnan(back.metrics["brier"].value)
    assert np.isnan(back.metrics["brier"].low)


def test_arrays_follow_the_films(evaluation: Evaluation) -> None:
    assert evaluation.y_true.tolist() == [
        evaluation.class_names.index(film.label) for film in evaluation.films
    ]
    assert evaluation.y_score[4].tolist() == list(evaluation.films[4].probabilities.values())


@pytest.mark.parametrize("missing", ["evaluation.json", "scores.csv"])
def test_a_missing_file_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(DatasetError, match=f"{missing} could not be read: No such file"):
        read_evaluation(folder)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("evaluation.json", "{"),
        ("evaluation.json", "[]"),
        ("evaluation.json", '{"class_names": [], "operating_points": {}}'),
        ("scores.csv", "path,label\nfilm.png,NORMAL\n"),
        ("scores.csv", "\x00"),
    ],
)
def test_files_of_another_kind_are_refused(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(DatasetError) as raised:
        read_evaluation(folder)
    assert name in raised.value.message


def test_a_field_that_does_not_fit_is_named(folder: Path) -> None:
    figures = folder / "evaluation.json"
    document = json.loads(figures.read_text())
    for change, where in (({"patients": "few"}, "data.patients"), ({"pupils": 3}, "data.pupils")):
        figures.write_text(json.dumps(document | {"data": document["data"] | change}))
        with pytest.raises(DatasetError, match=f"is no evaluation: {where}: "):
            read_evaluation(folder)


def test_a_short_row_is_refused(folder: Path) -> None:
    scores = folder / "scores.csv"
    scores.write_text(scores.read_text().rstrip("\n").rpartition(",")[0].rpartition(",")[0])
    with pytest.raises(DatasetError, match=r"the row of .* is cut off"):
        read_evaluation(folder)


def test_files_of_two_evaluations_are_told_apart(folder: Path) -> None:
    document = json.loads((folder / "evaluation.json").read_text())
    document["data"]["films"]["VIRUS"] += 1
    (folder / "evaluation.json").write_text(json.dumps(document))
    with pytest.raises(DatasetError, match="not of one evaluation"):
        read_evaluation(folder)
