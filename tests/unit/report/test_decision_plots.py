"""Pictures of decisions and of probabilities hold the numbers that they are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluated_films import evaluate_films
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.metrics.curves import decision_table
from pneumoscope.metrics.workload import workload
from pneumoscope.report.calibration_plots import draw_reliability, draw_scores
from pneumoscope.report.decision_plots import draw_confusion, draw_thresholds, draw_workload


@pytest.fixture(scope="module", params=[2, 3], ids=["two", "three"])
def evaluation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    names = ("NORMAL", "BACTERIA", "VIRUS")[: request.param]
    return evaluate_films(tmp_path_factory.mktemp("films"), names)


def test_a_confusion_matrix_shows_counts_and_shares_of_rows() -> None:
    figure = draw_confusion([[90, 10], [0, 0]], ("NORMAL", "PNEUMONIA"), "high & low", "val-")
    assert figure.name == "val-confusion-high-low"
    (axes,) = figure.figure.axes
    texts = [text.get_text() for text in axes.texts]
    assert texts[:6] == ["90", "90.0 %", "true negatives", "10", "10.0 %", "false positives"]
    assert figure.rows == (
        ("NORMAL", "NORMAL", 90, 0.9),
        ("NORMAL", "PNEUMONIA", 10, 0.1),
        ("PNEUMONIA", "NORMAL", 0, 0.0),
        ("PNEUMONIA", "PNEUMONIA", 0, 0.0),
    )


def test_histograms_count_every_film_of_every_class_once(evaluation: Evaluation) -> None:
    figure = draw_scores(evaluation)
    names = evaluation.class_names
    drawn = names[1:] if len(names) == 2 else names
    assert len(figure.figure.axes) == len(drawn)
    for name in drawn:
        rows = [row for row in figure.rows if row[0] == name]
        assert sum(row[-1] for row in rows) == len(evaluation.films)
        assert sum(row[-1] for row in rows if row[1] == name) == evaluation.data.films[name]
    labels = [text.get_text() for text in figure.figure.legends[0].get_texts()]
    assert len(labels) == len(set(labels)) == 4
    assert ("threshold screening" in labels) == (len(names) == 2)


def test_reliability_counts_every_film(evaluation: Evaluation, tmp_path: Path) -> None:
    figure = draw_reliability(evaluation)
    assert sum(row[-1] for row in figure.rows) == len(evaluation.films)
    for said, came_true, low, high, _ in figure.rows:
        assert 0 <= said <= 1
        assert low - 1e-9 <= came_true <= high + 1e-9
    figure.save(tmp_path)


def test_lines_over_thresholds_carry_the_table(tmp_path: Path) -> None:
    table = decision_table([True, False, True], [0.9, 0.4, 0.3], [0.2, 0.5])
    figure = draw_thresholds(table, {"balanced": 0.35}, "PNEUMONIA")
    assert figure.columns[0] == "threshold"
    assert figure.rows[1] == pytest.approx((0.5, 0.5, 1.0, 1.0, 0.5, 2 / 3, 1 / 3))
    (axes,) = figure.figure.axes
    assert [text.get_text() for text in axes.texts] == ["balanced"]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), table.sensitivity)


def test_every_film_of_a_workload_has_a_mark() -> None:
    figure = draw_workload(workload(0.966, 0.874, 0.1), "balanced")
    assert figure.rows == (
        ("ill and found", 97),
        ("ill and missed", 3),
        ("healthy and flagged", 113),
        ("healthy and left alone", 787),
    )
    (axes,) = figure.figure.axes
    marks = [(x, y) for line in axes.lines for x, y in line.get_xydata()]
    assert len(set(marks)) == len(marks) == 1000
