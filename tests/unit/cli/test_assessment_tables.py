"""An assessment of heatmaps in the terminal."""

from __future__ import annotations

import pytest

from assessed_model import THREE_CLASSES, assessment_by_hand
from pneumoscope.cli.assessment_tables import print_assessment
from pneumoscope.heatmap_checks.assessment import MEASURES, Assessment
from pneumoscope.wording import NOTICE


def printed(assessment: Assessment, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines, with single spaces."""
    print_assessment(assessment)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_every_part_has_question_verdict_and_table(capsys: pytest.CaptureFixture[str]) -> None:
    assessment = assessment_by_hand()
    lines = printed(assessment, capsys)
    text = " ".join(lines)
    assert lines[0] == "Heatmaps of tiny (cam, 7 x 7 cells) on films/chest_xray, split val"
    assert lines[1:3] == ["140 films of 97 patients", "60 NORMAL, 80 PNEUMONIA"]
    for measure in MEASURES:
        assert f"{measure.question} {assessment.answer(measure)}" in text
    for line in (
        "Films called NORMAL 40 deletion 0.093 (0.073 to 0.113) 0.057 (0.037 to 0.077)",
        "all layers 100.0 % 0.020 (-0.030 to 0.070)",
        "mirrored 0.830 (0.818 to 0.842) 0.031 (0.027 to 0.035) 2.0 % (0.0 to 5.0)",
        "PNEUMONIA true positives 70 43.0 % (40.0 to 46.0) 31.0 % (30.4 to 31.6)",
        "overlap with the boxes 0.240 (0.210 to 0.270) 0.270 (0.230 to 0.310) both lungs",
        "without lungs 0.871 (0.841 to 0.891) 0.762 (0.732 to 0.792) 50.0 % 50.0 %",
        NOTICE,
    ):
        assert line in lines
    # Room in a terminal is for what matters most.
    assert "Better than random by" in text
    assert "Area, map" not in text


def test_what_was_not_measured_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    bare = assessment_by_hand(sanity=None, anatomy=None, localisation=None, probes=None)
    lines = printed(bare, capsys)
    assert "Not measured. It needs a folder of lung masks." in lines
    assert "whole film" not in " ".join(lines)


def test_overlap_alone_where_lungs_are_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    localisation = assessment_by_hand().localisation
    assert localisation is not None
    alone = localisation.model_copy(update={"overlap_lungs": None})
    lines = printed(assessment_by_hand(localisation=alone), capsys)
    assert "overlap with the boxes 0.240 (0.210 to 0.270) not known both lungs" in lines


def test_limits_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(assessment_by_hand(THREE_CLASSES, unreadable=2), capsys)
    assert "2 films could not be read." in lines
    assert any("on 100 films" in line and "1000 bootstrap replicates" in line for line in lines)
