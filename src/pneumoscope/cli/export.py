"""`pneumoscope export`: another form of a model file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pneumoscope.cli import outputs
from pneumoscope.cli.doubts import tell_warnings
from pneumoscope.cli.validation_films import (
    FIGURE_HEADINGS,
    figures,
    print_calibration,
    print_fitting_note,
    print_table,
    print_unchecked,
    read_films,
    validation_options,
)
from pneumoscope.errors import needs_extra
from pneumoscope.wording import printable


@click.command()
@click.argument("model")
@click.option(
    "--flip",
    is_flag=True,
    help="Average over each film and its mirror image, inside the graph: often a little more "
    "accurate, for twice the time.",
)
@click.option(
    "--recalibrate",
    is_flag=True,
    help="Fit probabilities and thresholds to the films of --data; the network stays as it is.",
)
@click.option(
    "--out",
    "-o",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The model file to write.",
)
@outputs.overwrite
@click.option("--name", help="What the new model calls itself [default: the name of its file].")
@validation_options
def export(
    model: str,
    flip: bool,
    recalibrate: bool,
    out: Path,
    overwrite: bool,
    name: str | None,
    screening_sensitivity: float,
    screening_confidence: float | None,
    **validation: Any,
) -> None:
    """Write another form of a model file.

    MODEL is a model file, the name of a packaged model, or the folder of a run. It stays as it is.

    With --data, probabilities and operating points are fitted to the new form on films that the
    model did not learn from; without, they stay. Probabilities are then for the prevalence of these
    films, which predict --prevalence moves to another.

    Some dozens of films of every class from the place where a model is to be used make its
    probabilities mean something there:

    \b
      pneumoscope export model.onnx --recalibrate --data films.csv --out ours.onnx
    """
    if flip == recalibrate:
        raise click.UsageError(
            "--flip with --data calibrates anew by itself: leave --recalibrate out."
            if flip
            else "Say which form is wanted: --flip or --recalibrate."
        )
    if recalibrate and validation["data"] is None:
        raise click.UsageError("--recalibrate needs films to fit probabilities on: give --data.")
    outputs.claim_model_file(out, overwrite=overwrite)
    if flip:
        with needs_extra("Changing a model's graph", "train"):
            from pneumoscope.merging.flip import write_flipped
    from pneumoscope.merging.recalibration import refit, write_recalibrated
    from pneumoscope.merging.source_models import check_held_out, read_source_model
    from pneumoscope.merging.validation import score_films
    from pneumoscope.metrics.operating_points import Screening

    source = read_source_model(model)
    tell_warnings(source.manifest)
    films = read_films(source.manifest, **validation)
    unknown = () if films is None else check_held_out([source], films)
    screening = Screening(screening_sensitivity, screening_confidence)
    if flip:
        manifest = write_flipped(
            source, out, name=name or out.stem, validation=films, screening=screening
        )
    else:
        assert films is not None  # asked for above
        manifest = write_recalibrated(
            source,
            out,
            name=name or out.stem,
            validation=films,
            decisions=refit(source, films, screening),
        )
    if films is None:
        click.echo(
            "Probabilities and operating points: those of the model. Give --data to fit them to "
            "the new form."
        )
    else:
        rows = [
            [
                file.manifest.name,
                *figures(
                    score_films(file, films),
                    file.manifest.operating_points["balanced"],
                    films.table,
                ),
            ]
            for file in (source, read_source_model(out))
        ]
        print_table(["model", *FIGURE_HEADINGS], rows)
        print_fitting_note(films, validation["split"])
        print_calibration(manifest)
        print_unchecked(unknown)
    click.echo(f"Model file: {printable(str(out))} ({out.stat().st_size / 1e6:.1f} MB)")
