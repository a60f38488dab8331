"""The report of an evaluation: the page that its folder gets, and what stands at its top."""

from __future__ import annotations

from pathlib import Path

from pneumoscope.evaluation.evaluation import Evaluation, read_evaluation
from pneumoscope.evaluation.prevalence_words import prevalence_sentences
from pneumoscope.inference.predictor import Predictor
from pneumoscope.report.evaluation_sections import evaluation_sections
from pneumoscope.report.film_facts import film_facts, unreadable_caution
from pneumoscope.report.frame import write_report
from pneumoscope.report.gallery import gallery_section
from pneumoscope.report.heatmap_check_sections import sections_beside
from pneumoscope.report.stress_section import stress_sections_beside
from pneumoscope.report.whereabouts import find_films_folder


def write_evaluation_report(
    folder: str | Path, predictor: Predictor | None = None, films: Path | None = None
) -> Path:
    """Write `report.html` and `figures/` beside the `evaluation.json` and `scores.csv` of a folder;
    returns the page's path.

    All figures come from these two files and, where there are any, from the `stress.json` and the
    `assessment.json` beside them. With `predictor`, the model that was evaluated, films are shown
    with heatmaps: from where they lay at the time, or from `films`. Raises as `read_evaluation`,
    `find_films_folder`, `stress_sections_beside`, `sections_beside` and `write_report`.
    """
    evaluation = read_evaluation(folder)
    split = f", split {evaluation.data.split}" if evaluation.data.split else ""
    sections = evaluation_sections(evaluation)
    if predictor is not None:
        where = find_films_folder(evaluation, films)
        sections.append(gallery_section(evaluation, predictor, where))
    sections += stress_sections_beside(Path(folder), evaluation, films)
    sections += sections_beside(Path(folder), evaluation.model.graph_sha256)
    return write_report(
        Path(folder),
        sections,
        title=f"Evaluation of {evaluation.model.name}{split}",
        facts=evaluation_facts(evaluation),
        cautions=evaluation_cautions(evaluation),
    )


def evaluation_facts(evaluation: Evaluation) -> list[tuple[str, str]]:
    """What was judged on what: terms and their explanations, for the top of a report."""
    data = evaluation.data
    return [
        ("Model", f"{evaluation.model.name}, graph {evaluation.model.graph_sha256[:12]}"),
        ("Prevalence", prevalence_sentences(evaluation)),
        *([("Thresholds", evaluation.model.thresholds)] if evaluation.model.thresholds else []),
        *film_facts(
            data.source, data.split, data.films, data.whose, evaluation.bootstrap.replicates
        ),
    ]


def evaluation_cautions(evaluation: Evaluation) -> list[str]:
    """What a reader must know before any figure of this evaluation."""
    cautions = [
        *evaluation.model.warnings,
        *([sentence] if (sentence := evaluation.seen_sentence()) else []),
        *evaluation.warnings(),
    ]
    if evaluation.findings_share is not None:
        cautions.append(
            "Figures with intervals are for films of another prevalence than these. Pictures, and "
            "tables without intervals, show these films as they are; probabilities do not fit "
            "their prevalence."
        )
    if evaluation.data.unreadable:
        caution = unreadable_caution(len(evaluation.data.unreadable))
        cautions.append(f"{caution} evaluation.json has the names.")
    return cautions
