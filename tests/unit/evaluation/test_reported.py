"""The packaged reference rows."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pneumoscope.evaluation.meanings import comparison_columns
from pneumoscope.evaluation.reported import (
    ReportedResult,
    reported_results,
    why_nothing_reported,
)
from pneumoscope.recipe.systems import SYSTEMS

TWO = ("NORMAL", "PNEUMONIA")
THREE = ("Normal", "Lung Opacity", "Viral Pneumonia")


def test_rows_go_by_the_classes() -> None:
    two, three = reported_results(TWO), reported_results(THREE)
    assert [row.title for row in three] == ["E: small CNN", "E: ResNet50", "E: MobileNet"]
    assert {row.system for row in two} == {"A", "B", "D", ""}
    assert {row.system for row in (*two, *three)} <= {"", *SYSTEMS}
    assert reported_results(("Lung opacity", "NORMAL", "viral pneumonia")) == three
    for others in (
        ("NORMAL", "TUBERCULOSIS"),
        ("NORMAL", "BACTERIA", "VIRUS"),
        ("A", "B", "C", "D"),
    ):
        assert reported_results(others) == ()
        assert f"these classes are {others[0]}" in why_nothing_reported(others)
    assert why_nothing_reported(TWO) == ""


def test_rows_say_what_was_reported_and_where() -> None:
    rows = {row.title: row for row in reported_results(TWO)}
    kermany = rows["Inception V3 of Kermany et al."]
    assert [kermany.figure(name) for name in ("accuracy", "recall", "specificity", "roc_auc")] == [
        0.928,
        0.932,
        0.901,
        0.968,
    ]
    assert kermany.figure("precision") is None
    assert kermany.figure("brier") is None
    assert "Cell" in kermany.source
    assert "cannot both" in rows["A: ResNet50"].note
    assert "test" in rows["B: MobileNet"].split


def test_means_of_both_classes_stand_under_no_class() -> None:
    """System B's recall equals its accuracy: weighted by films, the two are one figure."""
    for row in reported_results(TWO):
        if row.system == "B":
            assert row.accuracy
            assert [row.figure(name) for name in ("precision", "recall", "f1")] == [None] * 3
            assert f"recall {row.accuracy}" in row.note


def test_every_reported_figure_has_a_column() -> None:
    texts = {"system", "model", "classes", "split", "source", "note"}
    columns = comparison_columns(TWO)
    assert set(ReportedResult.model_fields) - texts <= set(columns)


def test_the_figures_of_system_a_contradict_each_other() -> None:
    """What the note on them says: with 390 ill of 624 films they mean an accuracy near one half."""
    for row in reported_results(TWO):
        if row.system == "A":
            assert row.precision
            assert row.recall
            assert row.accuracy
            found = 390 * row.recall
            false_alarms = found / row.precision - found
            accuracy = (found + 234 - false_alarms) / 624
            assert accuracy == pytest.approx(0.52, abs=0.02)
            assert row.accuracy > 0.89
            assert "near 0.5" in row.note


@pytest.mark.parametrize("change", [{"accuracy": 91.0}, {"acuracy": 0.9}, {"source": ""}])
def test_rows_with_mistakes_are_refused(change: dict[str, object]) -> None:
    row = {"system": "", "model": "net", "classes": 2, "split": "test", "source": "paper"}
    with pytest.raises(ValidationError):
        ReportedResult.model_validate(row | change)
