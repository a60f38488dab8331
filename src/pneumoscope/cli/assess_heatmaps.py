"""`pneumoscope explain --assess`: how far heatmaps can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pneumoscope.cli import outputs
from pneumoscope.cli.doubts import print_warnings
from pneumoscope.cli.progress import progress_bars
from pneumoscope.errors import PneumoscopeError

if TYPE_CHECKING:
    from pneumoscope.data.chosen_films import ChosenFilms
    from pneumoscope.heatmaps.mapper import Mapper


def assess_heatmaps(
    model: str,
    data: ChosenFilms,
    out: Path,
    *,
    overwrite: bool,
    mapper: Mapper | None,
    record: bool,
    **settings: Any,
) -> bool:
    """Assess, print, and write the assessment with its report; whether all films could be read.

    `settings` are those of `assess`. Beside an evaluation, the report is that of the evaluation,
    with the assessment in it. Raises `PneumoscopeError` where `out` holds something else, whose
    page would be overwritten.
    """
    from pneumoscope.cli.assessment_tables import print_assessment
    from pneumoscope.evaluation.comparison import COMPARISON_FILE
    from pneumoscope.evaluation.evaluation import FIGURES_FILE
    from pneumoscope.heatmap_checks.assess import assess, record_assessment
    from pneumoscope.heatmap_checks.assessment import ASSESSMENT_FILE
    from pneumoscope.heatmaps.explanation_folder import PANELS
    from pneumoscope.inference.predictor import Predictor
    from pneumoscope.report.assessment_page import write_assessment_report
    from pneumoscope.report.evaluation_page import write_evaluation_report
    from pneumoscope.report.frame import REPORT_FILES
    from pneumoscope.runs.folder import RunFolder

    owners = {
        out / PANELS: "an explanation",
        out / COMPARISON_FILE: "a comparison",
        RunFolder(out).log: "a run",
    }
    for file, owner in owners.items():
        if file.exists():
            raise PneumoscopeError(
                f"{out} already holds {owner}.", "Name another folder with --out."
            )
    outputs.claim_folder(
        out, (ASSESSMENT_FILE, *REPORT_FILES), films=data.table.paths(), overwrite=overwrite
    )
    with progress_bars() as progress:
        assessment = assess(model, data, mapper=mapper, progress=progress, **settings)
    print_warnings(*assessment.warnings())
    print_assessment(assessment)
    assessment.write(out)
    predictor = Predictor.load(model)
    if (out / FIGURES_FILE).is_file():
        report = write_evaluation_report(out, predictor)
    else:
        report = write_assessment_report(out, predictor, data.table)
    click.echo(f"Wrote assessment.json into {click.format_filename(out)}. Report: {report}")
    if record:
        record_assessment(assessment, model)
        click.echo(f"The main figures are now in the card of {model}.")
    return assessment.unreadable == 0
