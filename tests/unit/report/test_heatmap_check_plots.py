"""Figures of an assessment: they show its numbers, and what is undefined does not stop them."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from assessed_model import assessment_by_hand
from pneumoscope.heatmap_checks.anatomy import Anatomy, LungShare
from pneumoscope.heatmap_checks.assessment import MEASURES, Assessment
from pneumoscope.heatmap_checks.sanity import RandomisedStage, Sanity
from pneumoscope.metrics.intervals import Interval
from pneumoscope.report.deletion_plots import draw_deletion, draw_insertion
from pneumoscope.report.heatmap_check_plots import (
    DRAWINGS,
    draw_anatomy,
    draw_localisation,
    draw_probes,
    draw_sanity,
    draw_stability,
)

UNDEFINED = Interval(math.nan, math.nan, math.nan)


def test_everything_that_is_drawn_is_a_measure() -> None:
    assert DRAWINGS.keys() <= {measure.name for measure in MEASURES}
    assert {measure.name for measure in MEASURES} < Assessment.model_fields.keys()


def test_curves_of_every_group_and_order() -> None:
    faithfulness = assessment_by_hand().faithfulness
    for figure, game in (
        (draw_deletion(faithfulness), "deletion"),
        (draw_insertion(faithfulness), "insertion"),
    ):
        curves: dict[tuple[str, str], list[object]] = {}
        for group, order, _, probability in figure.rows:
            curves.setdefault((str(group), str(order)), []).append(probability)
        assert len(curves) == 9
        for (group, order), drawn in curves.items():
            assert tuple(drawn) == faithfulness.groups[group].curves[game][order]
        titles = [axes.get_title(loc="left") for axes in figure.figure.axes]
        assert titles == [
            "All films (100)",
            "Films called NORMAL (40)",
            "Films called PNEUMONIA (50)",
        ]


def test_sanity_shows_stages_from_the_head_down_beside_what_films_share() -> None:
    sanity = assessment_by_hand().sanity
    assert sanity is not None
    figure = draw_sanity(sanity)
    labels = [label.get_text() for label in figure.figure.axes[0].get_yticklabels()]
    assert labels[0] == "head\n0.1 % of weights"
    assert labels[-1] == "all layers\n100.0 % of weights"
    assert figure.rows[-1][2] == sanity.between_films.value


def test_each_class_has_a_panel_of_evidence_in_the_lungs(tmp_path: Path) -> None:
    anatomy = assessment_by_hand().anatomy
    assert anatomy is not None
    figure = draw_anatomy(anatomy)
    titles = [axes.get_title(loc="left") for axes in figure.figure.axes]
    assert titles == ["Evidence for NORMAL", "Evidence for PNEUMONIA"]
    figure.save(tmp_path)
    with (tmp_path / "heatmap-anatomy.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * len(anatomy.groups)
    found = rows[8]
    assert (found["evidence_for"], found["films"]) == ("PNEUMONIA", "true positive")
    assert (found["share_of"], float(found["value"])) == ("evidence", pytest.approx(0.43))


def test_localisation_without_lung_fields_has_nothing_to_compare_the_overlap_with() -> None:
    localisation = assessment_by_hand().localisation
    assert localisation is not None
    figure = draw_localisation(localisation.model_copy(update={"overlap_lungs": None}))
    assert [row[1] for row in figure.rows][-1] == "map"
    assert [row[1] for row in draw_localisation(localisation).rows][-1] == "both lungs"


def test_an_axis_reaches_as_low_as_the_lowest_interval() -> None:
    assessment = assessment_by_hand()
    worst = assessment.stability.changes[0].model_copy(
        update={"agreement": Interval(-0.3, -0.5, 0)}
    )
    stability = assessment.stability.model_copy(update={"changes": (worst,)})
    assert draw_stability(stability).figure.axes[0].get_xlim()[0] < -0.5
    probes = assessment.probes
    assert probes is not None
    assert 0.4 < draw_probes(probes).figure.axes[0].get_xlim()[0] < 0.5


def test_undefined_figures_leave_gaps() -> None:
    stage = RandomisedStage(name="head", weights_share=1.0, agreement=UNDEFINED)
    draw_sanity(Sanity(films=1, between_films=UNDEFINED, stages=(stage,))).inline_svg()
    group = LungShare(
        evidence_for="NORMAL",
        outcome="all",
        films=0,
        evidence_share=UNDEFINED,
        area_share=UNDEFINED,
        excess=UNDEFINED,
    )
    draw_anatomy(Anatomy(with_lungs=0, without=1, groups=(group,))).inline_svg()
