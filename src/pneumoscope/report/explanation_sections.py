"""The sections of an assessment of heatmaps: each has its verdict, its figures and its tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pneumoscope.heatmap_checks.assessment import ASSESSMENT_FILE, Assessment, read_assessment
from pneumoscope.heatmap_checks.card_figures import card_figures, describe_card_figures
from pneumoscope.heatmap_checks.questions import QUESTIONS
from pneumoscope.heatmap_checks.verdicts import HOW_TO_READ, explain_assessment
from pneumoscope.report.explanation_figures import (
    draw_anatomy,
    draw_localisation,
    draw_probes,
    draw_sanity,
    draw_stability,
    outcome_title,
)
from pneumoscope.report.faithfulness_figures import draw_deletion, draw_insertion, group_title
from pneumoscope.report.figure import ReportFigure
from pneumoscope.report.frame import Section
from pneumoscope.report.html import render_part


def explanation_sections(assessment: Assessment) -> list[Section]:
    """The sections of an assessment, to be set into a report.

    What was not measured has a section that says what is needed for it.
    """
    verdicts = explain_assessment(assessment)
    figures = _draw_figures(assessment)
    summary = render_part(
        "explanation/summary.html.j2",
        assessment=assessment,
        questions=QUESTIONS,
        verdicts={name: _first_sentence(verdict) for name, verdict in verdicts.items()},
        figures=describe_card_figures(card_figures(assessment)),
    )
    reading = render_part("explanation/reading.html.j2", text=HOW_TO_READ)
    return [
        Section("heatmap-summary", "In short", summary),
        *(_part(assessment, name, verdicts[name], figures.get(name, ())) for name in QUESTIONS),
        Section("heatmap-reading", "How to read this, and where heatmaps mislead", reading),
    ]


def sections_beside(folder: Path, graph_sha256: str) -> list[Section]:
    """The sections of the assessment in a folder, if there is one, for the report of a model with
    the graph `graph_sha256`. Their titles say what they are about.

    An assessment of another model is not shown, and one section says so. Raises `DatasetError`
    where the assessment is damaged.
    """
    if not (folder / ASSESSMENT_FILE).is_file():
        return []
    assessment = read_assessment(folder)
    if assessment.graph_sha256 != graph_sha256:
        body = render_part("explanation/other_model.html.j2", assessment=assessment)
        return [Section("heatmap-summary", "Heatmaps", body)]
    return [
        replace(section, title=f"Heatmaps: {section.title}")
        for section in explanation_sections(assessment)
    ]


def _draw_figures(assessment: Assessment) -> dict[str, tuple[ReportFigure, ...]]:
    """The figures of every part that was measured."""
    faithfulness = assessment.faithfulness
    figures: dict[str, tuple[ReportFigure, ...]] = {
        "faithfulness": (draw_deletion(faithfulness), draw_insertion(faithfulness)),
        "stability": (draw_stability(assessment.stability),),
    }
    if assessment.sanity is not None:
        figures["sanity"] = (draw_sanity(assessment.sanity),)
    if assessment.anatomy is not None:
        figures["anatomy"] = (draw_anatomy(assessment.anatomy),)
    if assessment.localisation is not None:
        figures["localisation"] = (draw_localisation(assessment.localisation),)
    if assessment.probes is not None:
        figures["probes"] = (draw_probes(assessment.probes),)
    return figures


def _part(
    assessment: Assessment, name: str, verdict: str, figures: tuple[ReportFigure, ...]
) -> Section:
    body = render_part(
        "explanation/part.html.j2",
        name=name,
        asked=QUESTIONS[name],
        verdict=verdict,
        assessment=assessment,
        figures=figures,
        group_title=group_title,
        outcome_title=outcome_title,
    )
    return Section(f"heatmap-{name}", QUESTIONS[name].title, body, figures)


def _first_sentence(text: str) -> str:
    """Verdicts begin with their answer."""
    first, _, _ = text.partition(". ")
    return first.removesuffix(".") + "."
