"""The report of an assessment of heatmaps."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.data.table import FilmTable
from pneumoscope.heatmap_checks.assessment import Assessment, read_assessment
from pneumoscope.heatmaps.mapper import GraphMapper
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.film_facts import film_facts, unreadable_caution
from pneumoscope.report.frame import write_report
from pneumoscope.report.heatmap_check_sections import heatmap_check_sections
from pneumoscope.report.heatmap_samples import samples_section


def write_assessment_report(
    folder: str | Path, predictor: Predictor | None = None, films: FilmTable | None = None
) -> Path:
    """Write `report.html` and `figures/` beside the `assessment.json` of a folder; returns the
    page's path.

    All figures come from that file. With `predictor`, the model that was assessed, and `films`, a
    few of these are shown with their heatmaps, where the maps assessed are those of the model file
    itself. Raises as `read_assessment` and `write_report`.
    """
    assessment = read_assessment(folder)
    split = f", split {assessment.split}" if assessment.split else ""
    sections = heatmap_check_sections(assessment)
    if predictor and films and assessment.mapper == GraphMapper.name:
        sections.insert(1, samples_section(predictor, films))
    return write_report(
        Path(folder),
        sections,
        title=f"Heatmaps of {assessment.model}{split}",
        facts=_facts(assessment),
        cautions=_cautions(assessment),
    )


def _facts(assessment: Assessment) -> list[tuple[str, str]]:
    rows, columns = assessment.grid
    return [
        ("Model", f"{assessment.model}, graph {assessment.graph_sha256[:12]}"),
        ("Maps", f"{assessment.mapper}, {rows} x {columns} cells on the film"),
        *film_facts(
            assessment.data,
            assessment.split,
            assessment.films,
            assessment.whose,
            assessment.replicates,
        ),
    ]


def _cautions(assessment: Assessment) -> list[str]:
    """What a reader must know before any figure."""
    cautions = [
        *([sentence] if (sentence := assessment.seen_sentence()) else []),
        *assessment.warnings(),
    ]
    if assessment.unreadable:
        cautions.append(unreadable_caution(assessment.unreadable))
    return cautions
