"""`pneumoscope evaluate`: measure a model on labelled films."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pneumoscope.cli import options, outputs
from pneumoscope.cli.doubts import print_warnings, tell_warnings
from pneumoscope.cli.logs import remark
from pneumoscope.cli.numbers import Number
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.progress import film_progress
from pneumoscope.cli.tables import table_options
from pneumoscope.wording import listed

if TYPE_CHECKING:
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.data.table import Labels
    from pneumoscope.data.tables.rules import TableRules


@click.command()
@click.argument("model")
@click.argument("data", type=click.Path(path_type=Path), required=False)
@options.splits
@options.split_or_all
@options.labels
@patient_options
@table_options
@click.option(
    "--operating-point",
    "operating_points",
    metavar="NAME",
    multiple=True,
    help="Only this operating point of the model; may be repeated.  [default: all]",
)
@click.option(
    "--prevalence",
    type=Number(0.0, 1.0, min_open=True, max_open=True),
    metavar="SHARE",
    help="Share of films with a finding where the model will be used, such as 0.1: probabilities, "
    "thresholds and all figures, predictive values among them, are moved to it  [default: as among "
    "these films].",
)
@click.option(
    "--stress",
    is_flag=True,
    help="Also change the films in some 35 ways, such as blur, JPEG and another machine's gray "
    "levels, and tell how the answers hold; takes some 40 times as long.",
)
@click.option(
    "--groups",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="TABLE",
    help="CSV with the columns path and group: which films were made alike, such as groups.csv of "
    "`data audit --out`. Each group gets figures of its own, as blocks, views, ages and more do.",
)
@options.replicates
@options.bootstrap_seed
@options.batch_size
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write evaluation.json, scores.csv, report.html and, with --stress, stress.json into this "
    "folder.",
)
@outputs.overwrite
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.pass_context
def evaluate(
    ctx: click.Context,
    model: str,
    data: Path | None,
    splits: Path | None,
    split: str | None,
    labels: Labels,
    patients: PatientRule,
    operating_points: tuple[str, ...],
    prevalence: float | None,
    stress: bool,
    out: Path | None,
    overwrite: bool,
    tables: TableRules,
    as_json: bool,
    **settings: Any,
) -> None:
    """Measure a model on labelled films.

    MODEL is a model file, the name of a packaged model, or the folder of a run. DATA is a folder of
    films, one folder a class, with or without train, val and test above them, or a table (CSV,
    Parquet, Excel) with a column of paths and one of labels. The folder of a run needs no DATA: it
    is judged on the films that it held out, test or, without one, val.

    The exit status is 3 when films could not be read; they are listed.
    """
    from pneumoscope.cli.evaluation_tables import print_tables
    from pneumoscope.data.chosen_films import choose_films
    from pneumoscope.evaluation.evaluate import evaluate as measure
    from pneumoscope.evaluation.evaluation import EVALUATION_FILES
    from pneumoscope.evaluation.stress_test import STRESS_FILE
    from pneumoscope.inference.predictor import Predictor
    from pneumoscope.modelfile.find import find_model, run_of

    predictor = Predictor.load(model, prevalence=prevalence)
    tell_warnings(predictor.manifest)
    films = choose_films(
        data,
        run_of(find_model(model)),
        splits=splits,
        split=split,
        labels=labels,
        patients=patients,
        tables=tables,
    )
    if films.note:
        remark(films.note)
    if out:
        from pneumoscope.report.frame import REPORT_FILES

        outputs.claim_folder(
            out,
            (*EVALUATION_FILES, *([STRESS_FILE] if stress else []), *REPORT_FILES),
            films=films.table.paths(),
            overwrite=overwrite,
        )
    with film_progress("Reading films") as progress:
        evaluation = measure(
            predictor,
            films,
            operating_points=operating_points or None,
            prevalence=prevalence,
            progress=progress,
            **settings,
        )
    print_warnings(*evaluation.warnings())
    if not as_json:
        print_tables(evaluation)
    if out:
        evaluation.write(out)
    tested = None
    if stress:
        from pneumoscope.cli.stress import stress_films

        tested = stress_films(
            predictor, evaluation, films.table, out, settings["batch_size"], tables=not as_json
        )
    if as_json:
        outputs.print_json(evaluation.to_json() if tested is None else tested.beside(evaluation))
    if out:
        from pneumoscope.report.evaluation_page import write_evaluation_report

        report = write_evaluation_report(out, predictor)
        written = listed([*EVALUATION_FILES, *([STRESS_FILE] if stress else [])])
        click.echo(f"Wrote {written} into {out}. Report: {report}", err=True)
    if evaluation.data.unreadable or (tested and tested.data.unreadable):
        ctx.exit(options.UNREADABLE_STATUS)
