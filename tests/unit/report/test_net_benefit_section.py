"""What pages say of net benefit is counted from the films."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from compared_models import write_compared_models
from evaluated_films import evaluate_films
from pneumoscope.evaluation.compare import compare
from pneumoscope.evaluation.evaluation import Evaluation
from pneumoscope.report.net_benefit_section import compared_net_benefit, net_benefit_sections

THREE = ("NORMAL", "BACTERIA", "VIRUS")


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    return evaluate_films(tmp_path_factory.mktemp("films"))


def test_the_picture_holds_the_counted_net_benefit(evaluation: Evaluation) -> None:
    (section,) = net_benefit_sections(evaluation, "val-")
    (drawing,) = section.plots
    assert section.anchor == drawing.name == "val-net-benefit"
    here = [row for row in drawing.rows if row[1] == 0.5]
    elsewhere = [row for row in drawing.rows if row[1] == 0.1]
    assert len(here) == len(elsewhere) == 99
    assert evaluation.model.prevalence == pytest.approx({"NORMAL": 0.4, "PNEUMONIA": 0.6})
    ill = evaluation.y_true == 1
    for rows, share in ((here, 0.5), (elsewhere, 0.1)):
        odds = evaluation.y_score[:, 1] / evaluation.y_score[:, 0]
        moved = odds * share / (1 - share) / (0.6 / 0.4)
        for _, _, threshold, value, low, high, everybody in rows:
            called = moved >= threshold / (1 - threshold)
            price = threshold / (1 - threshold) * (1 - share)
            expected = share * called[ill].mean() - price * called[~ill].mean()
            assert value == pytest.approx(expected)
            assert low <= value <= high
            assert everybody == pytest.approx(share - price)
    assert "accepts 9 needless alarms for one ill film" in section.body
    assert "as here" in section.body


def test_figures_for_a_stated_prevalence_have_its_curve(evaluation: Evaluation) -> None:
    stated = evaluation.model_copy(update={"findings_share": 0.02})
    (section,) = net_benefit_sections(stated)
    assert {row[1] for row in section.plots[0].rows} == {0.5, 0.02}
    unknown = evaluation.model.model_copy(update={"prevalence": None})
    (section,) = net_benefit_sections(evaluation.model_copy(update={"model": unknown}))
    assert {row[1] for row in section.plots[0].rows} == {0.5}
    assert "does not say which prevalence" in section.body


def test_films_of_one_kind_and_findings_alone_have_no_section(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    healthy = tuple(film for film in evaluation.films if film.label == "NORMAL")
    assert net_benefit_sections(evaluation.model_copy(update={"films": healthy})) == []
    several = evaluate_films(tmp_path, THREE)
    (section,) = net_benefit_sections(several)
    assert "anything but NORMAL" in section.body
    nothing_healthy = several.model.model_copy(update={"normal_class": None})
    assert net_benefit_sections(several.model_copy(update={"model": nothing_healthy})) == []


def test_all_models_of_a_comparison_are_in_one_picture(tmp_path: Path) -> None:
    models = write_compared_models(tmp_path, ("NORMAL", "PNEUMONIA"))
    comparison = compare([models.good, models.fair], models.films, split="val", replicates=10)
    (section,) = compared_net_benefit(comparison)
    (drawing,) = section.plots
    assert {row[0] for row in drawing.rows} == {"good", "fair"}
    labels = [text.get_text() for text in drawing.figure.legends[0].get_texts()]
    assert labels == ["all called ill", "none called ill", "good", "fair"]
    assert all(np.isnan(row[4]) for row in drawing.rows)
    single = net_benefit_sections(comparison.evaluations["good"])[0].plots[0]
    assert [row[:4] for row in drawing.rows if row[0] == "good"] == [
        ("good", *row[1:4]) for row in single.rows
    ]
