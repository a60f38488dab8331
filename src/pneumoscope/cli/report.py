"""`pneumoscope report`: a run, an evaluation, a comparison or an assessment as a web page."""

from __future__ import annotations

from pathlib import Path

import click

from pneumoscope.cli.progress import film_progress


@click.command(short_help="Show a run, an evaluation, a comparison or an assessment.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--films",
    type=click.Path(exists=True, path_type=Path),
    metavar="DATA",
    help="Where the films lie, if they have moved: what was given to train or evaluate.",
)
@click.option(
    "--model",
    metavar="NAME|FILE",
    help="For heatmaps in an evaluation's report: the model that was evaluated, if it is neither "
    "packaged nor that of the run around FOLDER.",
)
def report(folder: Path, films: Path | None, model: str | None) -> None:
    """Write the report of a run, an evaluation, a comparison or an assessment of heatmaps.

    FOLDER is what train, evaluate --out, compare or explain --assess have written. The report,
    FOLDER/report.html, is one file that needs no network; its figures lie beside it in figures, as
    PNG, SVG and CSV.

    Those commands write it themselves. Write it again with this one where films have moved, or for
    folders of an earlier version.
    """
    from pneumoscope.errors import DatasetError
    from pneumoscope.evaluation.comparison import COMPARISON_FILE, read_comparison
    from pneumoscope.evaluation.evaluation import FIGURES_FILE
    from pneumoscope.heatmap_checks.assessment import ASSESSMENT_FILE
    from pneumoscope.runs.folder import RunFolder
    from pneumoscope.runs.unfinished import how_to_finish, is_unfinished

    run = RunFolder(folder)
    if run.model.is_file() and run.log.is_file():
        from pneumoscope.report.run_page import write_run_report

        with film_progress("Auditing films") as progress:
            path = write_run_report(folder, films, progress)
    elif (folder / COMPARISON_FILE).is_file():
        from pneumoscope.report.comparison_page import write_comparison_report

        path = write_comparison_report(read_comparison(folder), folder, films)
    elif (folder / FIGURES_FILE).is_file():
        path = _evaluation_report(folder, films, model)
    elif (folder / ASSESSMENT_FILE).is_file():
        from pneumoscope.report.assessment_page import write_assessment_report

        path = write_assessment_report(folder)
    elif is_unfinished(run):
        raise DatasetError(
            f"The run in {folder} is not finished, so there is nothing to report.",
            how_to_finish(run),
        )
    else:
        raise DatasetError(
            f"{folder} is no finished run, evaluation, comparison or assessment of heatmaps.",
            f"Expected {run.model.name} and {run.log.name} in it, or {FIGURES_FILE}, "
            f"{COMPARISON_FILE} or {ASSESSMENT_FILE}.",
        )
    click.echo(f"Report: {path}")


def _evaluation_report(folder: Path, films: Path | None, model: str | None) -> Path:
    from pneumoscope.evaluation.evaluation import read_evaluation
    from pneumoscope.report.evaluation_page import write_evaluation_report
    from pneumoscope.report.whereabouts import find_evaluated_model

    predictor = find_evaluated_model(folder, read_evaluation(folder), model)
    if predictor is None:
        click.echo(
            "The model of this evaluation was not found, so the report has no films with heatmaps; "
            "--model FILE says where it is.",
            err=True,
        )
    return write_evaluation_report(folder, predictor, films)
