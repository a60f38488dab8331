"""Curves go where the figures of the evaluation say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from evaluated_films import evaluate_films
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.report.curve_plots import (
    draw_precision_recall,
    draw_roc,
    precision_recall_curve,
    roc_curve,
)

THREE = ("NORMAL", "BACTERIA", "VIRUS")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    return evaluate_films(tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    return evaluate_films(tmp_path_factory.mktemp("three"), THREE)


def test_operating_points_lie_on_the_curves_of_two_classes(two: Evaluation) -> None:
    for curve in (roc_curve(two, "PNEUMONIA"), precision_recall_curve(two, "PNEUMONIA")):
        corners = list(zip(curve.x.tolist(), curve.y.tolist(), strict=True))
        for x, y in curve.points.values():
            assert min(abs(x.value - a) + abs(y.value - b) for a, b in corners) < 1e-9
            assert x.low <= x.value <= x.high


def test_areas_are_those_of_the_class(two: Evaluation, three: Evaluation) -> None:
    assert roc_curve(two, "PNEUMONIA").area == two.metrics["roc_auc"]
    for place, name in enumerate(THREE):
        own, scores = three.y_true == place, three.y_score[:, place]
        assert roc_curve(three, name).area.value == pytest.approx(roc_auc_score(own, scores))
        area = precision_recall_curve(three, name).area.value
        assert area == pytest.approx(average_precision_score(own, scores))


def test_a_figure_tells_areas_and_operating_points(three: Evaluation) -> None:
    figure = draw_roc({name: roc_curve(three, name) for name in THREE})
    (legend,) = figure.figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == [
        *(f"{name}: AUC {three.metrics[f'roc_auc[{name}]']}" for name in THREE),
        "operating point balanced",
        "operating point screening",
    ]
    assert figure.columns == ("curve", "threshold", "false_positive_rate", "sensitivity")
    assert {row[0] for row in figure.rows} == set(THREE)
    assert len(figure.rows) == sum(roc_curve(three, name).x.size for name in THREE)


def test_good_curves_get_a_magnified_corner(two: Evaluation, tmp_path: Path) -> None:
    curve = roc_curve(two, "PNEUMONIA")
    poor = replace(curve, area=replace(curve.area, value=0.8))
    good = replace(curve, area=replace(curve.area, value=0.99))
    assert len(draw_roc({"model": poor}).figure.axes[0].child_axes) == 0
    for figure in (draw_roc({"model": good}), draw_precision_recall({"model": good})):
        assert len(figure.figure.axes[0].child_axes) == 1
        figure.save(tmp_path)


def test_many_models_without_operating_points_fit_one_figure(two: Evaluation) -> None:
    curve = replace(precision_recall_curve(two, "PNEUMONIA"), points={})
    figure = draw_precision_recall({f"model {i}": curve for i in range(10)}, "models")
    assert figure.name == "models"
    assert len(figure.figure.legends[0].get_texts()) == 10


def test_undefined_intervals_are_left_out_of_the_picture(two: Evaluation, tmp_path: Path) -> None:
    curve = roc_curve(two, "PNEUMONIA")
    x, y = curve.points["balanced"]
    bare = replace(x, low=np.nan, high=np.nan)
    undefined = replace(curve.area, value=np.nan)
    figure = draw_roc({"m": replace(curve, area=undefined, points={"balanced": (bare, y)})})
    assert figure.figure.legends[0].get_texts()[0].get_text() == "m: AUC undefined"
    figure.save(tmp_path)
