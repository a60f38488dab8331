"""A real model file on real image files, checked against scikit-learn and single predictions."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    roc_auc_score,
)

from pneumoscope.data.sources import find_films
from pneumoscope.errors import DatasetError, PneumoscopeError
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.inference.predictor import Predictor
from pneumoscope.metrics.workload import workload
from tiny_model import write_tiny_model


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx"))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model calls bright films ill; these are so more often than not. One is damaged."""
    root = tmp_path_factory.mktemp("films")
    rng = np.random.default_rng(0)
    for split, count in (("train", 6), ("test", 24)):
        for label, level in (("NORMAL", 100), ("PNEUMONIA", 150)):
            folder = root / split / label
            folder.mkdir(parents=True)
            for film in range(count):
                gray = np.uint8(np.clip(rng.normal(level, 40), 0, 255))
                # Two films a patient.
                stem = f"IM-{film // 2:04}-{film:04}"
                if label == "PNEUMONIA":
                    stem = f"person{film // 2}_{'virus' if film % 4 < 2 else 'bacteria'}_{film}"
                Image.fromarray(np.full((40, 40), gray)).save(folder / f"{stem}.png")
    (root / "test" / "NORMAL" / "IM-0099-0001.jpeg").write_bytes(b"damaged")
    return root


@pytest.fixture(scope="module")
def evaluation(predictor: Predictor, films: Path) -> Evaluation:
    return evaluate(predictor, films, split="test", replicates=200)


def columns(evaluation: Evaluation) -> tuple[list[int], np.ndarray]:
    """Labels, and probabilities of the positive class."""
    labels = [int(film.label == "PNEUMONIA") for film in evaluation.films]
    return labels, np.array([film.probabilities["PNEUMONIA"] for film in evaluation.films])


def test_every_film_has_the_answer_of_a_single_prediction(
    evaluation: Evaluation, predictor: Predictor, films: Path
) -> None:
    assert len(evaluation.films) == 48
    assert evaluation.data.patients == 24
    assert evaluation.data.films == {"NORMAL": 24, "PNEUMONIA": 24}
    for film in evaluation.films[::7]:
        single = predictor.predict(films / film.path)
        assert film.label == Path(film.path).parent.name
        assert film.probabilities == pytest.approx(single.probabilities, abs=1e-5)
        assert film.logits == pytest.approx(single.logits, abs=1e-4)
        for point in ("balanced", "screening"):
            assert film.decisions[point] == single.decide(point)


def test_figures_are_those_of_scikit_learn(evaluation: Evaluation) -> None:
    labels, scores = columns(evaluation)
    metrics = {name: interval.value for name, interval in evaluation.metrics.items()}
    assert metrics["roc_auc"] == pytest.approx(roc_auc_score(labels, scores))
    assert metrics["average_precision"] == pytest.approx(average_precision_score(labels, scores))
    assert metrics["brier"] == pytest.approx(brier_score_loss(labels, scores))
    for point, threshold in (("balanced", 0.5), ("screening", 0.1)):
        called = (scores >= threshold).astype(int)
        result = evaluation.operating_points[point]
        assert result.confusion == tuple(map(tuple, confusion_matrix(labels, called).tolist()))
        assert result.metrics["balanced_accuracy"].value == pytest.approx(
            balanced_accuracy_score(labels, called)
        )
        assert result.thresholds["PNEUMONIA"] == threshold


def test_every_figure_lies_in_its_interval(evaluation: Evaluation) -> None:
    points = [point.metrics for point in evaluation.operating_points.values()]
    for metrics in [evaluation.metrics, *points]:
        for name, interval in metrics.items():
            if name == "calibration_error":
                assert np.isnan([interval.low, interval.high]).all()
            else:
                assert interval.low <= interval.value <= interval.high, name
    assert evaluation.metrics["roc_auc"].low < evaluation.metrics["roc_auc"].high


def test_unreadable_films_are_set_aside(evaluation: Evaluation) -> None:
    (film,) = evaluation.data.unreadable
    assert film.path == "test/NORMAL/IM-0099-0001.jpeg"
    assert "not a JPEG" in film.reason


def test_a_seed_repeats_an_evaluation_and_another_does_not(
    evaluation: Evaluation, predictor: Predictor, films: Path
) -> None:
    again = evaluate(predictor, films, split="test", replicates=200, batch_size=48)
    other = evaluate(predictor, films, split="test", replicates=200, seed=1)
    assert again.metrics == evaluation.metrics
    assert other.metrics["roc_auc"].value == evaluation.metrics["roc_auc"].value
    assert other.metrics["roc_auc"] != evaluation.metrics["roc_auc"]


def test_files_hold_the_evaluation(evaluation: Evaluation, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    evaluation.write(folder)
    text = (folder / "evaluation.json").read_text()
    assert text == evaluation.to_json() + "\n"
    document = json.loads(text)
    assert document["model"]["name"] == "tiny"
    assert document["data"]["films"] == {"NORMAL": 24, "PNEUMONIA": 24}
    assert document["data"]["unreadable"][0]["path"] == "test/NORMAL/IM-0099-0001.jpeg"
    assert document["metrics"]["roc_auc"]["value"] == evaluation.metrics["roc_auc"].value
    with (folder / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    labels, scores = columns(evaluation)
    assert [float(row["probability_PNEUMONIA"]) for row in rows] == scores.tolist()
    assert [int(row["label"] == "PNEUMONIA") for row in rows] == labels
    assert rows[0]["decision_screening"] == evaluation.films[0].decisions["screening"]
    assert [float(rows[0][f"logit_{name}"]) for name in ("NORMAL", "PNEUMONIA")] == list(
        evaluation.films[0].logits
    )


def test_a_place_that_cannot_be_written_is_an_error(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PneumoscopeError, match="could not be written"):
        evaluation.write(tmp_path / "file" / "folder")


def test_undefined_figures_are_null_in_json(predictor: Predictor, films: Path) -> None:
    table = find_films(films)
    ill = tuple(film for film in table.films if film.label == "PNEUMONIA")
    evaluation = evaluate(predictor, replace(table, films=ill), replicates=20)
    document = json.loads(evaluation.to_json())
    assert document["metrics"]["roc_auc"] == {
        "value": None,
        "low": None,
        "high": None,
        "level": 0.95,
    }
    metrics = document["operating_points"]["balanced"]["metrics"]
    assert metrics["specificity"]["value"] is None
    assert 0.0 < metrics["sensitivity"]["value"] < 1.0


def test_three_classes_from_the_names_of_films(films: Path, tmp_path: Path) -> None:
    model = write_tiny_model(tmp_path / "three.onnx", ("NORMAL", "BACTERIA", "VIRUS"))
    evaluation = evaluate(model, films, split="test", labels="pathogen", replicates=50)
    assert evaluation.data.films == {"NORMAL": 24, "BACTERIA": 12, "VIRUS": 12}
    labels = [evaluation.class_names.index(film.label) for film in evaluation.films]
    scores = [list(film.probabilities.values()) for film in evaluation.films]
    expected = roc_auc_score(labels, scores, multi_class="ovr")
    assert evaluation.metrics["roc_auc"].value == pytest.approx(expected)
    assert np.sum(evaluation.operating_points["balanced"].confusion) == 48


def test_classes_are_matched_without_regard_to_case(predictor: Predictor, films: Path) -> None:
    table = find_films(films).select("test")
    lower = replace(
        table,
        films=tuple(replace(film, label=film.label.title()) for film in table.films),
        class_names=("Normal", "Pneumonia"),
    )
    evaluation = evaluate(predictor, lower, replicates=10)
    assert evaluation.data.films == {"NORMAL": 24, "PNEUMONIA": 24}


def test_classes_that_the_model_does_not_have_are_named(predictor: Predictor, films: Path) -> None:
    with pytest.raises(DatasetError, match="does not know BACTERIA, VIRUS") as raised:
        evaluate(predictor, films, labels="pathogen")
    assert "NORMAL, PNEUMONIA apart" in raised.value.message


def test_one_operating_point_can_be_chosen(predictor: Predictor, films: Path) -> None:
    evaluation = evaluate(predictor, films, operating_points=["screening"], replicates=10)
    assert list(evaluation.operating_points) == ["screening"]
    with pytest.raises(PneumoscopeError, match="no operating point 'screning'"):
        evaluate(predictor, films, operating_points=["screning"])


def test_an_empty_split_is_an_error(predictor: Predictor, films: Path) -> None:
    with pytest.raises(DatasetError, match="no films in the split 'val'") as raised:
        evaluate(predictor, films, split="val")
    assert "test, train" in raised.value.hint
    with pytest.raises(DatasetError, match="no films in the split 'test'") as raised:
        evaluate(predictor, films / "train", split="test")
    assert "not divided" in raised.value.hint


def test_nothing_but_damaged_films_is_an_error(predictor: Predictor, tmp_path: Path) -> None:
    for label in ("NORMAL", "PNEUMONIA"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "film.png").write_bytes(b"damaged")
    with pytest.raises(DatasetError, match="None of the 2 films could be read"):
        evaluate(predictor, tmp_path)


def test_progress_counts_every_film(predictor: Predictor, films: Path) -> None:
    told: list[tuple[int, int]] = []

    def advance(done: int, total: int) -> None:
        told.append((done, total))

    evaluate(predictor, films, split="test", replicates=10, progress=advance)
    assert told == [(done, 49) for done in range(1, 50)]


def test_figures_move_to_a_prevalence_as_bayes_says(
    evaluation: Evaluation, predictor: Predictor, films: Path
) -> None:
    moved = evaluate(predictor, films, split="test", prevalence=0.1, replicates=200)
    assert moved.findings_share == 0.1
    assert moved.model.prevalence == pytest.approx({"NORMAL": 0.9, "PNEUMONIA": 0.1})
    for end in ("value", "low", "high"):
        area, before = (getattr(each.metrics["roc_auc"], end) for each in (moved, evaluation))
        assert area == pytest.approx(before)
    for point, before in evaluation.operating_points.items():
        after = moved.operating_points[point]
        assert after.confusion == before.confusion
        for same in ("sensitivity", "specificity"):
            assert after.metrics[same].value == pytest.approx(before.metrics[same].value)
            assert after.metrics[same].low == pytest.approx(before.metrics[same].low)
        expected = workload(
            before.metrics["sensitivity"].value, before.metrics["specificity"].value, 0.1
        )
        for name, value in (("ppv", expected.ppv), ("npv", expected.npv)):
            figure = after.metrics[name]
            assert figure.value == pytest.approx(value)
            assert figure.low <= figure.value <= figure.high
    labels, positive = columns(moved)
    weights = np.where(labels, 0.1 / np.sum(labels), 0.9 / (len(labels) - np.sum(labels)))
    assert moved.metrics["brier"].value == pytest.approx(
        brier_score_loss(labels, positive, sample_weight=weights)
    )
    assert moved.metrics["average_precision"].value == pytest.approx(
        average_precision_score(labels, positive, sample_weight=weights)
    )


def test_a_prevalence_needs_films_of_every_class(predictor: Predictor, films: Path) -> None:
    ill = find_films(films).select("test")
    ill = replace(ill, films=tuple(film for film in ill.films if film.label == "PNEUMONIA"))
    with pytest.raises(DatasetError, match="no film is NORMAL"):
        evaluate(predictor, ill, prevalence=0.1)
