"""Assessments in words."""

from __future__ import annotations

import re

import pytest

from assessed_model import around, assessment_by_hand
from pneumoscope.heatmap_checks.anatomy import Anatomy, LungShare
from pneumoscope.heatmap_checks.assessment import MEASURES
from pneumoscope.heatmap_checks.covered_films import COVERS
from pneumoscope.heatmap_checks.faithfulness import Faithfulness, FaithfulnessFigures
from pneumoscope.heatmap_checks.localisation import Localisation
from pneumoscope.heatmap_checks.probes import ProbedFilms, Probes
from pneumoscope.heatmap_checks.sanity import RandomisedStage, Sanity
from pneumoscope.heatmap_checks.stability import ChangedFilms, Stability
from pneumoscope.metrics.intervals import Interval

UNDEFINED = Interval(float("nan"), float("nan"), float("nan"))
BETTER, UNSURE, WORSE = around(0.1, 0.02), around(0.01, 0.02), around(-0.1, 0.02)


def faithfulness(*gains: Interval, called: tuple[Interval, ...] = ()) -> str:
    """The verdict for gains over random and centre in deletion, then in insertion: of all films,
    and of those called PNEUMONIA."""

    def figures(films: int, gained: tuple[Interval, ...]) -> FaithfulnessFigures:
        over = ("random", "centre")
        found = {
            "deletion": dict(zip(over, gained[:2], strict=True)),
            "insertion": dict(zip(over, gained[2:], strict=True)),
        }
        return FaithfulnessFigures(films=films, curves={}, areas={}, gains=found)

    groups = {"all": figures(80, gains)}
    if called:
        groups["PNEUMONIA"] = figures(1, called)
    return Faithfulness(shares=(0.0, 1.0), groups=groups).verdict()


def test_maps_that_beat_both_baselines() -> None:
    gains = (BETTER, around(0.05, 0.01), BETTER, BETTER)
    text = faithfulness(*gains, called=gains)
    assert text.startswith("Yes")
    assert re.findall(r"(random|centre)[^(]* in (\w+) \(([^)]+)\)", text) == [
        ("random", "deletion", "+0.100"),
        ("centre", "deletion", "+0.050"),
        ("random", "insertion", "+0.100"),
        ("centre", "insertion", "+0.100"),
    ]
    assert "worse" not in text
    assert "all 80 films" in text
    assert "the 1 film called PNEUMONIA" in text


def test_maps_that_do_no_better_than_the_centre() -> None:
    text = faithfulness(BETTER, UNSURE, BETTER, WORSE, called=(BETTER, BETTER, UNDEFINED, UNSURE))
    assert text.startswith("More than on random places, but not clearly more than on the middle")
    assert "does worse than an order from the centre outwards in insertion (−0.100)" in text
    assert (
        "no clear difference from an order from the centre outwards in deletion (+0.010): the "
        "interval reaches zero." in text
    )
    assert "On the 1 film called PNEUMONIA, the map does better than a random order" in text
    assert "outwards in insertion (+0.010): the intervals reach zero." in text


def test_maps_that_do_no_better_than_chance() -> None:
    text = faithfulness(UNSURE, BETTER, BETTER, BETTER)
    assert text.startswith("It could not be shown that it does.")


@pytest.mark.parametrize(
    ("left", "between", "verdict"),
    [
        (around(0.05, 0.02), around(0.4, 0.1), "Yes: hardly anything"),
        (around(-0.8, 0.02), around(0.4, 0.1), "Yes: hardly anything"),
        (around(0.5, 0.02), around(0.4, 0.1), "In part:"),
        (around(0.8, 0.02), around(0.4, 0.1), "No: when that is destroyed"),
        (UNDEFINED, around(0.4, 0.1), "This could not be told"),
    ],
    ids=["forgotten", "opposite", "half", "alike", "undefined"],
)
def test_sanity(left: Interval, between: Interval, verdict: str) -> None:
    stages = (
        RandomisedStage(name="head", weights_share=0.01, agreement=around(0.9, 0.01)),
        RandomisedStage(name="all layers", weights_share=1.0, agreement=left),
    )
    found = Sanity(films=10, between_films=between, stages=stages)
    text = found.verdict()
    assert text.startswith(verdict)
    assert "head 0.900 and all layers" in text
    assert text.endswith("maps of different films agree by 0.400.")


def test_maps_that_are_the_same_whatever_the_film_shows() -> None:
    stage = RandomisedStage(name="head", weights_share=0.01, agreement=around(0.1, 0.01))
    found = Sanity(films=10, between_films=around(0.8, 0.1), stages=(stage,))
    text = found.verdict()
    assert text.endswith("agree by 0.800: most of a map is the same whatever the film shows.")


@pytest.mark.parametrize(
    ("mirrored", "calls", "sentence"),
    [
        (
            around(0.95, 0.01),
            Interval(0.0, 0.0, 0.0),
            "Yes, nearly. Agreement of the maps before and after, where 1 is the same: mirrored "
            "0.950 and saved anew 0.990. No call changes.",
        ),
        (
            around(0.8, 0.01),
            around(0.05, 0.02),
            "Mostly. Agreement of the maps before and after, where 1 is the same: mirrored 0.800 "
            "and saved anew 0.990. At most 5.0 % (3.0 to 7.0) of the calls change (mirrored).",
        ),
        (
            around(0.4, 0.01),
            around(0.05, 0.02),
            "Not always: a map may owe much to how the film was taken and stored. Agreement of the "
            "maps before and after, where 1 is the same: mirrored 0.400 and saved anew 0.990. At "
            "most 5.0 % (3.0 to 7.0) of the calls change (mirrored).",
        ),
        (
            UNDEFINED,
            Interval(0.0, 0.0, 0.0),
            "Yes, nearly. Agreement of the maps before and after, where 1 is the same: saved anew "
            "0.990. No call changes.",
        ),
    ],
    ids=["steady", "mostly", "unsteady", "undefined"],
)
def test_stability(mirrored: Interval, calls: Interval, sentence: str) -> None:
    nothing = Interval(0.0, 0.0, 0.0)
    changes = [("mirrored", mirrored, calls), ("saved anew", around(0.99, 0.01), nothing)]
    found = Stability(
        films=10,
        changes=tuple(
            ChangedFilms(
                name=name, agreement=agreement, probability_change=nothing, calls_changed=changed
            )
            for name, agreement, changed in changes
        ),
    )
    assert found.verdict() == sentence


def lung_share(outcome: str, films: int, evidence: float, area: float, margin: float) -> LungShare:
    return LungShare(
        evidence_for="PNEUMONIA",
        outcome=outcome,
        films=films,
        evidence_share=around(evidence, margin),
        area_share=around(area, 0.0),
        excess=around(evidence - area, margin),
    )


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        (0.65, "more than if it were spread evenly."),
        (0.40, "more than if it were spread evenly, but most of it lies elsewhere."),
        (0.31, "not clearly more or less than if it were spread evenly."),
        (0.20, "less than if it were spread evenly."),
    ],
    ids=["most", "more", "even", "less"],
)
def test_anatomy(evidence: float, verdict: str) -> None:
    anatomy = Anatomy(
        with_lungs=60,
        without=0,
        groups=(
            lung_share("all", 60, evidence, 0.3, 0.05),
            lung_share("true positive", 1, 0.5, 0.3, 0.05),
            lung_share("false positive", 3, 0.2, 0.3, 0.05),
        ),
    )
    low, high = 100 * (evidence - 0.05), 100 * (evidence + 0.05)
    assert anatomy.verdict() == (
        f"Of the evidence for PNEUMONIA, {100 * evidence:.1f} % ({low:.1f} to {high:.1f}) lies in "
        f"the lungs, which take 30.0 % (30.0 to 30.0) of the area: {verdict} By outcome it is 50.0 "
        "% on 1 true positive (area 30.0 %) and 20.0 % on 3 false positives (area 30.0 %)."
    )


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (1, "1 film without a lung field was left out."),
        (12, "12 films without a lung field were left out."),
    ],
)
def test_films_without_a_lung_field_are_told(without: int, said: str) -> None:
    whole = assessment_by_hand().anatomy
    assert whole is not None
    anatomy = whole.model_copy(update={"without": without})
    assert anatomy.verdict().endswith(said)


def test_films_without_evidence_for_any_class() -> None:
    nothing = Anatomy(with_lungs=60, without=0, groups=())
    assert nothing.verdict() == ("This could not be told: no film has any evidence for a class.")


@pytest.mark.parametrize(
    ("pointing", "verdict"),
    [(0.6, "Yes, more often"), (0.25, "It could not be shown"), (0.05, "No: a guess")],
    ids=["yes", "unsure", "no"],
)
def test_localisation(pointing: float, verdict: str) -> None:
    found = Localisation(
        films=30,
        pointing=around(pointing, 0.05),
        pointing_centre=around(0.1, 0.02),
        evidence_share=around(0.3, 0.05),
        area_share=around(0.2, 0.02),
        overlap=around(0.24, 0.03),
        overlap_lungs=None,
    )
    text = found.verdict()
    assert text.startswith(verdict)
    assert "the middle of the film would hit 10.0 %, a random point 20.0 %" in text
    assert text.endswith(
        "overlaps with them by 0.240 (0.210 to 0.270), where 1 is a perfect match."
    )


def probed(*areas: Interval, lung_area: Interval | None = None) -> str:
    """The verdict for the ROC-AUC with every cover, in their order."""
    conditions = tuple(
        ProbedFilms(
            name=cover.name,
            description=cover.description,
            accuracy=area,
            roc_auc=area,
            called={"NORMAL": 1.0},
        )
        for cover, area in zip(COVERS, areas, strict=True)
    )
    return Probes(films=60, conditions=conditions, lung_area_roc_auc=lung_area).verdict()


def test_a_model_that_does_not_need_the_lungs_is_told_so() -> None:
    whole, without = around(0.98, 0.01), around(0.93, 0.02)
    text = probed(whole, without, around(0.9, 0.02), whole, lung_area=around(0.65, 0.1))
    assert re.findall(r"0\.\d+ \(.*?\)", text) == [
        "0.930 (0.910 to 0.950)",  # without the lungs
        "0.650 (0.550 to 0.750)",  # the area of the black shapes
        "0.900 (0.880 to 0.920)",  # nothing but the lungs
        "0.980 (0.970 to 0.990)",  # the whole film
        "0.980 (0.970 to 0.990)",  # without the corners
    ]
    assert "part of what it uses is not lung" in text
    assert "shapes themselves tell something" in text
    assert "corners, where markers are, hardly matters" in text


def test_a_model_that_needs_the_lungs_or_the_corners() -> None:
    whole = around(0.95, 0.01)
    needed = probed(whole, around(0.55, 0.1), whole, around(0.8, 0.1), lung_area=around(0.5, 0.1))
    assert needed.startswith("Without the lungs the model cannot be shown to tell anything")
    assert "area of the black shapes alone cannot be shown to tell anything" in needed
    assert needed.endswith("costs something: 0.800 (0.700 to 0.900) is left.")
    little = probed(around(0.8, 0.01), around(0.65, 0.1), whole, whole)
    assert little.startswith("Without the lungs little is left for the model to tell")
    assert "black shapes" not in little
    assert little.endswith("even helps: 0.950 (0.940 to 0.960).")


def test_probes_on_films_of_one_class() -> None:
    assert probed(*[UNDEFINED] * 4, lung_area=UNDEFINED).startswith("This could not be told")


def test_every_question_has_an_answer_measured_or_not() -> None:
    bare = assessment_by_hand(sanity=None, anatomy=None, localisation=None, probes=None)
    whole = assessment_by_hand(("NORMAL", "BACTERIA", "VIRUS"))
    for measure in MEASURES:
        for assessment in (bare, whole):
            told = assessment.answer(measure) != f"Not measured. It needs {measure.needs}."
            assert told == (assessment.found(measure) is not None)
    assert bare.found(Probes) is None
    assert "called VIRUS" in whole.answer(Faithfulness)
