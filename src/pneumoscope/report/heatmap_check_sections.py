"""The sections of an assessment of heatmaps: each has its verdict, its plots and its table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pneumoscope.heatmap_checks.assessment import (
    ASSESSMENT_FILE,
    MEASURES,
    ON_SOME_FILMS,
    Assessment,
    read_assessment,
)
from pneumoscope.heatmap_checks.card_figures import card_figures, describe_card_figures
from pneumoscope.heatmap_checks.measure import Measure
from pneumoscope.report.frame import Section
from pneumoscope.report.heatmap_check_plots import DRAWINGS
from pneumoscope.report.html import render_part


def heatmap_check_sections(assessment: Assessment) -> list[Section]:
    """The sections of an assessment, to be set into a report.

    What was not measured has a section that says what is needed for it.
    """
    summary = render_part(
        "heatmap_checks/summary.html.j2",
        assessment=assessment,
        measures=MEASURES,
        on_some_films=ON_SOME_FILMS,
        figures=describe_card_figures(card_figures(assessment)),
    )
    reading = render_part("heatmap_checks/reading.html.j2")
    return [
        Section("heatmap-summary", "In short", summary),
        *(replace(_section(measure, assessment), group="Measures") for measure in MEASURES),
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
        body = render_part("heatmap_checks/other_model.html.j2", assessment=assessment)
        return [Section("heatmap-summary", "Heatmaps", body)]
    return [
        replace(section, title=f"Heatmaps: {section.title}", group="Heatmaps")
        for section in heatmap_check_sections(assessment)
    ]


def _section(measure: type[Measure], assessment: Assessment) -> Section:
    found = assessment.found(measure)
    table = found.table() if found else None
    drawings = DRAWINGS.get(measure.name, ()) if table and table.rows else ()
    plots = tuple(draw(found) for draw in drawings)
    body = render_part(
        "heatmap_checks/measure.html.j2",
        measure=measure,
        answer=assessment.answer(measure),
        table=table,
        plots=plots,
    )
    return Section(f"heatmap-{measure.name}", measure.title, body, plots)
