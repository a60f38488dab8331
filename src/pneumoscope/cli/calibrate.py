"""`pneumoscope calibrate`: probabilities and thresholds for the films of a site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.cli import options, outputs
from pneumoscope.cli.doubts import print_warnings, tell_warnings
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.progress import film_progress
from pneumoscope.cli.tables import table_options
from pneumoscope.cli.validation_films import (
    print_calibration,
    print_unchecked,
    screening_options,
)
from pneumoscope.wording import json_text, printable

if TYPE_CHECKING:
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.data.table import Labels
    from pneumoscope.data.tables.rules import TableRules


@click.command(short_help="Fit a model's thresholds to films of your own.")
@click.argument("model")
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "-o",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The model file to write.",
)
@outputs.overwrite
@click.option("--name", help="What the new model calls itself  [default: the name of its file].")
@options.splits
@options.split
@options.labels
@patient_options
@table_options
@screening_options
@options.replicates
@options.bootstrap_seed
@options.cache
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def calibrate(
    model: str,
    data: Path,
    out: Path,
    overwrite: bool,
    name: str | None,
    splits: Path | None,
    split: str | None,
    labels: Labels,
    patients: PatientRule,
    tables: TableRules,
    screening_sensitivity: float,
    screening_confidence: float | None,
    replicates: int,
    seed: int,
    cache: Path | None,
    as_json: bool,
) -> None:
    """Fit a model's probabilities and thresholds to films of your own.

    MODEL is a model file, the name of a packaged model, or the folder of a run; it stays as it is,
    and so does its network. DATA is a folder or a table of labelled films that the model did not
    learn from; all of them are used.

    What it says before and after is told: after, by films of patients that settings were not fitted
    to. With films of 30 patients of every class everything is fitted; from 10 on, offsets and
    thresholds; with fewer, or with films of one class, it is told how the model does on them, no
    file is written, and the exit status is 1.

    \b
      pneumoscope calibrate mobilenetv2-pediatric films.csv --out ours.onnx
    """
    from pneumoscope.cli.calibration_tables import print_check
    from pneumoscope.data.prepared import default_cache_directory
    from pneumoscope.errors import DatasetError
    from pneumoscope.evaluation.evaluation import Bootstrap
    from pneumoscope.evaluation.graph_outputs import run_graph
    from pneumoscope.evaluation.site_calibration import check_site, fit_to_site
    from pneumoscope.merging.recalibration import write_recalibrated
    from pneumoscope.merging.source_models import check_held_out, read_source_model
    from pneumoscope.merging.validation import read_validation_films
    from pneumoscope.metrics.operating_points import Screening

    outputs.claim_model_file(out, overwrite=overwrite)
    screening = Screening(screening_sensitivity, screening_confidence)
    source = read_source_model(model)
    tell_warnings(source.manifest)
    with film_progress("Decoding films") as progress:
        read = read_validation_films(
            data,
            source.manifest,
            split=split,
            splits=splits,
            labels=labels,
            patients=patients,
            tables=tables,
            one_class=True,
            cache_directory=cache or default_cache_directory(),
            progress=progress,
        )
    for film in read.unreadable:
        click.echo(f"left out: {printable(film.path)}: {film.reason}", err=True)
    print_unchecked(check_held_out([source], read))
    print_warnings(read.table.patients().warning())
    logits = run_graph(source.graph, read).logits
    check = check_site(
        source.manifest, logits, read.table, screening, Bootstrap(replicates=replicates, seed=seed)
    )
    if not as_json:
        print_check(check)
    refusal = check.refusal()
    manifest = None
    if refusal is None:
        manifest = write_recalibrated(
            source,
            out,
            name=name or out.stem,
            validation=read,
            decisions=fit_to_site(source.manifest, logits, read.table, screening),
        )
    if as_json:
        kept = {"name", "calibration", "prevalence", "operating_points"}
        settings = manifest and manifest.model_dump(mode="json", include=kept)
        outputs.print_json(
            json_text(
                check.model_dump(mode="json")
                | {"file": str(out) if manifest else None, "settings": settings},
                indent=2,
            )
        )
    elif manifest:
        print_calibration(manifest)
        click.echo(f"Model file: {printable(str(out))} ({out.stat().st_size / 1e6:.1f} MB)")
    if refusal is not None:
        raise DatasetError(*refusal)
