"""`pneumoscope predict`: films in, findings out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pneumoscope.cli import options
from pneumoscope.imaging.formats import FORMAT_NAMES

_HELP = f"""Read films with a model.

Give files ({FORMAT_NAMES}), folders, quoted patterns such as
'ward/**/*.dcm', or - for one film from standard input.

Ends with status 0 when all films were read, 3 when some were not, 1 when none was.
"""


@click.command(help=_HELP)
@click.argument("inputs", nargs=-1, required=True, metavar="FILES|FOLDERS|PATTERNS|-")
@click.option("--model", metavar="NAME|FILE", help="Packaged model or model file.")
@options.operating_point
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one CSV line for each film.")
@click.option(
    "--heatmaps",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write each film with its heatmap there.",
)
@click.option(
    "-v", "--verbose", is_flag=True, help="Tell how the values of each film became gray levels."
)
@options.batch_size
@click.pass_context
def predict(
    ctx: click.Context,
    inputs: tuple[str, ...],
    model: str | None,
    operating_point: str,
    as_json: bool,
    as_csv: bool,
    heatmaps: Path | None,
    verbose: bool,
    batch_size: int,
) -> None:
    """Films in, findings out."""
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other.")
    if verbose and (as_json or as_csv):
        raise click.UsageError("--verbose is for the table; --json tells the same by itself.")
    from pneumoscope.cli.findings import exit_status, print_csv, print_json, print_table
    from pneumoscope.heatmaps.overlay_files import overlay_paths, write_overlay
    from pneumoscope.imaging.film import UnreadableFilm
    from pneumoscope.inference.batch import expand_inputs
    from pneumoscope.inference.finding import Finding, Findings
    from pneumoscope.inference.predictor import Predictor

    predictor = Predictor.load(model)
    predictor.manifest.thresholds(operating_point)  # an unknown name ends the job before it starts
    films = expand_inputs(inputs, sys.stdin.buffer)
    overlays = overlay_paths(films, heatmaps) if heatmaps else [None] * len(films)
    findings = Findings(predictor.manifest, operating_point)
    with click.progressbar(
        length=len(films),
        label="Reading films",
        show_pos=True,
        file=sys.stderr,
        hidden=len(films) == 1 or not sys.stderr.isatty(),
    ) as progress:
        outcomes = predictor.predict_many(films, batch_size=batch_size)
        for film, overlay, outcome in zip(films, overlays, outcomes, strict=True):
            if isinstance(outcome, UnreadableFilm):
                findings.unreadable.append(outcome)
            else:
                if overlay:
                    write_overlay(overlay, film, outcome)
                findings.readable.append(Finding.of(outcome, operating_point, overlay))
            progress.update(1)
    if as_json:
        print_json(findings)
    elif as_csv:
        print_csv(findings)
    else:
        print_table(findings, verbose=verbose)
        if heatmaps and findings.readable:
            click.echo(f"Heatmaps: {click.format_filename(heatmaps)}")
    ctx.exit(exit_status(findings))
