"""Comparisons of genuine model files on genuine films."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, roc_auc_score
from statsmodels.stats.multitest import multipletests

from compared_models import ComparedModels, write_compared_models
from pneumoscope.data.sources import find_films
from pneumoscope.data.table import FilmTable
from pneumoscope.errors import DatasetError, PneumoscopeError
from pneumoscope.evaluation.compare import compare
from pneumoscope.evaluation.comparison import Comparison, read_comparison
from pneumoscope.evaluation.evaluate import evaluate
from pneumoscope.evaluation.exposure import Exposure
from pneumoscope.inference.call import Call
from pneumoscope.metrics.paired import delong_test, mcnemar_test
from tiny_model import write_tiny_model

TWO = ("NORMAL", "PNEUMONIA")
THREE = ("NORMAL", "BACTERIA", "VIRUS")
RESULTS = Path(__file__).parents[3] / "docs" / "results"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ComparedModels:
    return write_compared_models(tmp_path_factory.mktemp("two"), TWO)


@pytest.fixture(scope="module")
def comparison(models: ComparedModels) -> Comparison:
    given = [models.good, models.fair, models.odd]
    return compare(given, models.films, split="val", reported=True, replicates=50)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    models = write_compared_models(tmp_path_factory.mktemp("three"), THREE)
    given = [models.good, models.odd]
    return compare(given, models.films, split="val", reported=True, replicates=50)


def test_every_model_is_judged_as_evaluate_does(
    comparison: Comparison, models: ComparedModels
) -> None:
    good = comparison.models[0]
    alone = evaluate(models.good / "model.onnx", models.films, split="val", replicates=50)
    assert [model.name for model in comparison.models] == ["good", "fair", "odd"]
    assert good.figures["roc_auc"] == alone.metrics["roc_auc"]
    balanced = alone.operating_points["balanced"].metrics
    assert good.figures["accuracy"] == balanced["accuracy"]
    assert good.figures["precision"] == balanced["ppv"]
    assert good.figures["recall"] == balanced["sensitivity"]
    assert good.figures["f1"] == balanced["f1[PNEUMONIA]"]
    assert good.file_bytes == (models.good / "model.onnx").stat().st_size
    assert good.training_seconds == 60.0
    assert all(0 < model.latency_ms < 1000 for model in comparison.models)


def test_pairs_are_tested_on_the_films_they_share(comparison: Comparison) -> None:
    assert [(pair.first, pair.second) for pair in comparison.pairs] == [
        ("good", "fair"),
        ("good", "odd"),
        ("fair", "odd"),
    ]
    pair = comparison.pairs[1]
    first, second = comparison.evaluations["good"], comparison.evaluations["odd"]
    patients = [film.patient_id for film in first.films]
    area = delong_test(first.y_true, first.y_score, second.y_score, patients=patients)
    assert pair.tests["roc_auc"].difference == area.difference
    assert pair.tests["roc_auc"].p_value == area.p_value
    calls = first.y_pred("balanced"), second.y_pred("balanced")
    right = [called == first.y_true for called in calls]
    accuracy = mcnemar_test(right[0], right[1], patients=patients)
    assert pair.tests["accuracy"].difference == accuracy.difference
    assert pair.tests["accuracy"].difference.value == pytest.approx(
        accuracy_score(first.y_true, calls[0]) - accuracy_score(first.y_true, calls[1])
    )
    assert pair.only_first_right == (right[0] & ~right[1]).sum()
    assert pair.only_second_right == (~right[0] & right[1]).sum()
    # Two films a patient: were they taken for independent, the test would be another.
    assert area.p_value != delong_test(first.y_true, first.y_score, second.y_score).p_value


def test_p_values_of_both_measures_are_corrected_together(comparison: Comparison) -> None:
    tests = [
        pair.tests[measure] for measure in ("roc_auc", "accuracy") for pair in comparison.pairs
    ]
    assert len(tests) == 6
    expected = multipletests([test.p_value for test in tests], method="holm")[1]
    assert [test.p_corrected for test in tests] == pytest.approx(expected)


def test_agreement_of_pairs_and_of_all(comparison: Comparison) -> None:
    calls = np.stack([judged.y_pred("balanced") for judged in comparison.evaluations.values()])
    pair = comparison.pairs[0]
    assert pair.same_calls == (calls[0] == calls[1]).mean()
    assert pair.kappa == pytest.approx(cohen_kappa_score(calls[0], calls[1]))
    alike = (calls == calls[0]).all(axis=0)
    assert comparison.share_called_alike == alike.mean()
    assert len(comparison.disagreements) == comparison.disputed_films == (~alike).sum() > 0


def test_disputed_films_are_the_widest_apart_first(comparison: Comparison) -> None:
    spreads = [film.spread for film in comparison.disagreements]
    assert spreads == sorted(spreads, reverse=True)
    widest = comparison.disagreements[0]
    probabilities = [call.probability for call in widest.calls.values()]
    assert widest.spread == pytest.approx(max(probabilities) - min(probabilities))
    for name, evaluation in comparison.evaluations.items():
        (film,) = (film for film in evaluation.films if film.path == widest.path)
        assert widest.calls[name] == Call(
            finding=film.decisions["balanced"],
            class_of_interest="PNEUMONIA",
            probability=film.probabilities["PNEUMONIA"],
            threshold=evaluation.operating_points["balanced"].thresholds["PNEUMONIA"],
        )
        assert widest.label == film.label


def test_three_classes(three: Comparison) -> None:
    (pair,) = three.pairs
    assert list(pair.tests) == [
        "roc_auc",
        "roc_auc[NORMAL]",
        "roc_auc[BACTERIA]",
        "roc_auc[VIRUS]",
        "accuracy",
    ]
    scores = [evaluation.y_score for evaluation in three.evaluations.values()]
    areas = [roc_auc_score(three.first.y_true, score, multi_class="ovr") for score in scores]
    assert pair.tests["roc_auc"].difference.value == pytest.approx(areas[0] - areas[1])
    macro = three.first.operating_points["balanced"].metrics["macro_precision"]
    assert three.models[0].figures["precision"] == macro
    assert three.reported == ()  # system E told other classes apart
    widest = three.disagreements[0]
    row = [film.path for film in three.first.films].index(widest.path)
    assert widest.spread == pytest.approx(np.ptp([score[row] for score in scores], axis=0).max())
    call = widest.calls["odd"]
    film = three.evaluations["odd"].films[row]
    assert call.finding == film.decisions["balanced"]
    assert call.probability == film.probabilities[call.class_of_interest]


def test_reference_rows_are_those_of_the_task(comparison: Comparison) -> None:
    assert {row.classes for row in comparison.reported} == {2}
    assert any(row.model == "Google AutoML Vision" for row in comparison.reported)


def test_what_models_have_seen_of_the_films(comparison: Comparison) -> None:
    exposures = {model.name: model.exposure for model in comparison.models}
    assert exposures["good"] == Exposure(train=0, val=48, held_out=0, unknown=0)
    assert exposures["odd"] == Exposure(train=0, val=0, held_out=0, unknown=48)


def test_films_that_a_model_learned_from_are_left_out_for_all(models: ComparedModels) -> None:
    comparison = compare([models.good, models.odd], models.films, replicates=10)
    for evaluation in comparison.evaluations.values():
        assert {film.split for film in evaluation.films} == {"val", "test"}
    assert comparison.left_out == 48
    assert comparison.data.count == 96
    assert comparison.models[0].exposure == Exposure(train=48, val=48, held_out=48, unknown=0)
    assert comparison.models[1].exposure == Exposure(train=0, val=0, held_out=0, unknown=144)


def test_films_are_known_under_other_names(models: ComparedModels, tmp_path: Path) -> None:
    rows = []
    for place, film in enumerate(find_films(models.films).films):
        copy = tmp_path / f"{place}.png"
        copy.write_bytes((models.films / film.path).read_bytes())
        rows.append({"path": copy.name, "label": film.label})
    renamed = FilmTable.from_rows(tmp_path, rows)
    assert compare([models.good, models.odd], renamed, replicates=10).left_out == 48


def test_without_films_that_no_model_learned_from_there_is_no_comparison(
    models: ComparedModels,
) -> None:
    with pytest.raises(DatasetError, match="Of the 48 films, good has learned from 48") as raised:
        compare([models.good, models.odd], models.films, split="train")
    assert "no film of NORMAL, PNEUMONIA is left" in raised.value.message
    assert "--splits" in raised.value.hint


def test_a_split_table_says_which_films(models: ComparedModels, tmp_path: Path) -> None:
    table = find_films(models.films)
    few = replace(table, films=tuple(film for film in table.films if film.split == "val")[::2])
    few.with_splits(["test"] * len(few)).write_csv(tmp_path / "few.csv")
    comparison = compare(
        [models.good], models.films, splits=tmp_path / "few.csv", split="test", replicates=10
    )
    assert len(comparison.first.films) == 24
    assert comparison.pairs == ()
    assert comparison.share_called_alike == 1.0
    with pytest.raises(DatasetError, match="There is no folder"):
        compare([models.good], tmp_path / "missing", splits=tmp_path / "few.csv")


def test_unreadable_films_are_set_aside_for_all(models: ComparedModels, tmp_path: Path) -> None:
    table = find_films(models.films).select("val")
    missing = FilmTable.from_rows(
        models.films,
        [
            *({"path": film.path, "label": film.label} for film in table.films),
            {"path": "gone.png", "label": "NORMAL"},
        ],
    )
    comparison = compare([models.good, models.odd], missing, replicates=10)
    for evaluation in comparison.evaluations.values():
        assert [film.path for film in evaluation.data.unreadable] == ["gone.png"]
        assert len(evaluation.films) == 48


def test_films_that_vanish_meanwhile_are_an_error(models: ComparedModels, tmp_path: Path) -> None:
    films = write_compared_models(tmp_path, TWO).films
    victim = films / "test" / "NORMAL" / "IM-0049-0000.png"

    def vanish(done: int, total: int) -> None:
        if done == total // 2:
            victim.unlink()

    with pytest.raises(DatasetError, match="Other films could be read for odd than for good"):
        compare([models.good, models.odd], films, split="test", replicates=10, progress=vanish)


def test_progress_counts_the_films_of_all_models(models: ComparedModels) -> None:
    told: list[tuple[int, int]] = []
    compare(
        [models.good, models.odd],
        models.films,
        split="val",
        replicates=10,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(done, 96) for done in range(1, 97)]


def test_class_names_may_differ_in_case(models: ComparedModels, tmp_path: Path) -> None:
    lower = write_tiny_model(tmp_path / "lower.onnx", ("normal", "Pneumonia"))
    comparison = compare([models.odd, lower], models.films, split="val", replicates=10)
    assert comparison.class_names == TWO
    for call in comparison.disagreements[0].calls.values():
        assert {call.finding, call.class_of_interest} <= set(TWO)
    film = comparison.evaluations["lower"].films[0]
    assert film.label == "normal"
    assert (
        comparison.models[1].figures["f1"]
        == (comparison.evaluations["lower"].operating_points["balanced"].metrics["f1[Pneumonia]"])
    )


def test_unknown_operating_points_are_named(models: ComparedModels) -> None:
    with pytest.raises(PneumoscopeError, match="no operating point 'screning'"):
        compare([models.good], models.films, split="val", operating_point="screning")


def test_files_hold_the_comparison(comparison: Comparison, tmp_path: Path) -> None:
    comparison.write(tmp_path / "out")
    again = read_comparison(tmp_path / "out")
    assert again.pairs == comparison.pairs
    assert again.disagreements == comparison.disagreements
    assert again.to_json() == comparison.to_json()
    text = (tmp_path / "out" / "comparison.json").read_text()
    assert text == comparison.to_json() + "\n"
    document = json.loads(text)
    assert document["models"][0]["figures"]["roc_auc"]["value"] == pytest.approx(
        comparison.models[0].figures["roc_auc"].value
    )
    assert (tmp_path / "out" / "evaluations" / "odd" / "scores.csv").is_file()


def test_tables_hold_the_comparison(comparison: Comparison, tmp_path: Path) -> None:
    comparison.write(tmp_path)

    def rows(name: str) -> list[dict[str, str]]:
        with (tmp_path / name).open(newline="") as file:
            return list(csv.DictReader(file))

    figures = rows("comparison.csv")
    assert [row["kind"] for row in figures] == ["measured"] * 3 + ["reported"] * 10
    assert float(figures[0]["weighted_f1"]) == pytest.approx(
        comparison.first.operating_points["balanced"].metrics["weighted_f1"].value
    )
    assert float(figures[0]["accuracy_low"]) == pytest.approx(
        comparison.models[0].figures["accuracy"].low
    )
    assert figures[3]["model"] == "A: CNN from scratch"
    assert (figures[3]["accuracy"], figures[3]["accuracy_low"]) == ("0.894", "")
    pairs = rows("pairs.csv")
    assert [(row["first"], row["second"], row["measure"]) for row in pairs[:2]] == [
        ("good", "fair", "roc_auc"),
        ("good", "fair", "accuracy"),
    ]
    assert float(pairs[1]["p_corrected"]) == comparison.pairs[0].tests["accuracy"].p_corrected
    disputed = rows("disagreements.csv")
    assert [row["path"] for row in disputed] == [film.path for film in comparison.disagreements]
    call = comparison.disagreements[0].calls["odd"]
    assert disputed[0]["call_odd"] == call.finding
    assert float(disputed[0]["probability_odd"]) == call.probability
    assert float(disputed[0]["threshold_odd"]) == call.threshold


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_comparisons_of_former_times_can_be_read(path: Path) -> None:
    told = Comparison.read_json(path).model_dump(mode="json", exclude_unset=True)
    written = json.loads(path.read_text())
    for document in (told, written):  # each measure used to be corrected by itself
        for pair in document["pairs"]:
            for test in pair["tests"].values():
                del test["p_corrected"]
    assert told == written


def test_undefined_figures_survive_the_files(models: ComparedModels, tmp_path: Path) -> None:
    table = find_films(models.films).select("val")
    ill = replace(table, films=tuple(film for film in table.films if film.label == "PNEUMONIA"))
    comparison = compare([models.good, models.fair], ill, replicates=10)
    assert np.isnan(comparison.pairs[0].tests["roc_auc"].p_corrected)
    comparison.write(tmp_path)
    again = read_comparison(tmp_path)
    assert again.to_json() == comparison.to_json()
    assert np.isnan(again.pairs[0].tests["roc_auc"].difference.value)


def test_other_files_are_no_comparison(comparison: Comparison, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"comparison\.json could not be read: No such file"):
        read_comparison(tmp_path)
    (tmp_path / "comparison.json").write_text('{"models": []}')
    with pytest.raises(DatasetError, match="is no comparison: data: Field required"):
        read_comparison(tmp_path)
    comparison.write(tmp_path)
    (tmp_path / "evaluations" / "odd" / "scores.csv").unlink()
    with pytest.raises(DatasetError, match=r"scores\.csv"):
        read_comparison(tmp_path)


def test_an_evaluation_of_other_films_does_not_belong_to_it(
    models: ComparedModels, comparison: Comparison, tmp_path: Path
) -> None:
    comparison.write(tmp_path)
    name = comparison.models[1].name
    evaluate(models.odd, models.films, split="train", replicates=5).write(
        tmp_path / "evaluations" / name
    )
    with pytest.raises(DatasetError, match=f"{name} beside it .* not of the same films"):
        read_comparison(tmp_path)


def test_a_place_that_cannot_be_written_is_an_error(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PneumoscopeError, match="could not be written"):
        comparison.write(tmp_path / "file" / "folder")
