"""`pneumoscope compare`: which of several models is better?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pneumoscope.cli import options, outputs
from pneumoscope.cli.doubts import print_warnings, tell_warnings
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.progress import film_progress
from pneumoscope.cli.tables import table_options

if TYPE_CHECKING:
    from pneumoscope.data.tables.rules import TableRules


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option(
    "--data",
    "-d",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder or table of labelled films.",
)
@options.splits
@options.split
@options.labels
@patient_options
@table_options
@click.option(
    "--operating-point",
    metavar="NAME",
    default="balanced",
    show_default=True,
    help="Where the models make their calls; all must have it.",
)
@options.reported
@options.replicates
@options.bootstrap_seed
@options.batch_size
@click.option(
    "--out",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("comparison"),
    show_default=True,
    help="Folder for the report, its figures and tables.",
)
@outputs.overwrite
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.pass_context
def compare(
    ctx: click.Context,
    models: tuple[str, ...],
    data: Path,
    out: Path,
    overwrite: bool,
    tables: TableRules,
    as_json: bool,
    **settings: Any,
) -> None:
    """Compare models on the same labelled films.

    MODEL is a model file, the name of a packaged model, or the folder of a training run; give any
    number. Every two are tested for a difference in ROC-AUC (DeLong) and in accuracy (McNemar),
    with patients as the units and Holm's correction for both measures of all pairs together. Films
    that a model has learned from are left out for all.

    For example, two runs on the validation films that they share:

    \b
      pneumoscope compare runs/a runs/b --data chest_xray \\
        --splits runs/a/split.csv --split val

    The exit status is 3 when films could not be read; they are listed.
    """
    from pneumoscope.cli.comparison_tables import print_comparison
    from pneumoscope.evaluation.compare import compare as compare_models
    from pneumoscope.evaluation.comparison import COMPARISON_FILES
    from pneumoscope.evaluation.reported import why_nothing_reported
    from pneumoscope.report.comparison_page import write_comparison_report
    from pneumoscope.report.frame import REPORT_FILES

    outputs.claim_folder(
        out,
        (*COMPARISON_FILES, *REPORT_FILES),
        films=outputs.films_of(data, tables=tables),
        overwrite=overwrite,
    )
    with film_progress("Reading films") as progress:
        comparison = compare_models(models, data, tables=tables, progress=progress, **settings)
    tell_warnings(*comparison.models)
    if settings["reported"]:
        print_warnings(why_nothing_reported(comparison.class_names))
    print_warnings(comparison.data.patients_warning)
    if as_json:
        outputs.print_json(comparison.to_json())
    else:
        print_comparison(comparison)
    comparison.write(out)
    report = write_comparison_report(comparison, out)
    click.echo(f"Report: {report}", err=as_json)
    if comparison.data.unreadable:
        ctx.exit(options.UNREADABLE_STATUS)
