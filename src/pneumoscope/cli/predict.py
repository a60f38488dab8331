"""`pneumoscope predict`: films in, findings out."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.cli import options, outputs
from pneumoscope.cli.doubts import print_notes, tell_warnings
from pneumoscope.imaging.formats import FORMAT_NAMES
from pneumoscope.wording import NOTICE, count_films, counted

if TYPE_CHECKING:
    from pneumoscope.cli.finding_rows import RowFormat
    from pneumoscope.cli.prediction_job import PredictionJob
    from pneumoscope.folders.account import FolderNote

_HELP = f"""Read films with a model.

Give files ({FORMAT_NAMES}), folders, quoted patterns such as
'ward/**/*.dcm', or - for one film from standard input.

With --csv, --jsonl and --out a line is written as soon as its film is judged. A job with --out that
was stopped goes on when its command is repeated with --resume.

Ends with status 0 when all films were read, 3 when some were not or a heatmap could not be written,
1 when none was read.
"""
_OUT_SUFFIXES = (".csv", ".jsonl")


@click.command(help=_HELP)
@click.argument("inputs", nargs=-1, required=True, metavar="FILES|FOLDERS|PATTERNS|-")
@click.option("--model", metavar="NAME|FILE", help="Packaged model or model file.")
@options.operating_point
@options.prevalence
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON document for each film.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one CSV line for each film.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write CSV or JSON lines to FILE, by its suffix .csv or .jsonl.",
)
@click.option(
    "--resume", is_flag=True, help="Go on with --out: films that are in it are not read again."
)
@click.option(
    "--heatmaps",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write each film with its heatmap there.",
)
@click.option(
    "--laterals",
    is_flag=True,
    help="Of folders, read lateral views too, which the tags of DICOM films tell.",
)
@outputs.overwrite
@click.option(
    "-v", "--verbose", is_flag=True, help="Tell how the values of each film became gray levels."
)
@options.batch_size
@options.isolate
@click.pass_context
def predict(
    ctx: click.Context,
    inputs: tuple[str, ...],
    model: str | None,
    operating_point: str,
    prevalence: float | None,
    as_json: bool,
    as_jsonl: bool,
    as_csv: bool,
    out: Path | None,
    resume: bool,
    heatmaps: Path | None,
    laterals: bool,
    overwrite: bool,
    verbose: bool,
    batch_size: int,
    isolate: bool,
) -> None:
    """Films in, findings out."""
    if as_json + as_jsonl + as_csv + (out is not None) > 1:
        raise click.UsageError("--json, --jsonl, --csv and --out exclude each other.")
    if verbose and (as_json or as_jsonl or as_csv or out):
        raise click.UsageError("--verbose is for the table; --json tells the same by itself.")
    if out and out.suffix.lower() not in _OUT_SUFFIXES:
        raise click.UsageError(f"--out needs a suffix of {', '.join(_OUT_SUFFIXES)}.")
    if resume and (out is None or overwrite):
        raise click.UsageError("--resume goes on with a file: it needs --out, and no --overwrite.")
    from pneumoscope.cli.finding_rows import CsvRows, JsonRows, row_format
    from pneumoscope.cli.prediction_job import PredictionJob
    from pneumoscope.inference.batch import expand_inputs
    from pneumoscope.inference.isolation import FilmWorkers
    from pneumoscope.inference.predictor import Predictor

    predictor = Predictor.load(model, prevalence=prevalence)
    manifest = predictor.manifest
    tell_warnings(manifest)
    manifest.thresholds(operating_point)  # an unknown name ends the job before it starts
    meant = expand_inputs(inputs, sys.stdin.buffer, laterals=laterals)
    films = meant.films
    print_notes(meant.notes)
    with FilmWorkers() if isolate else nullcontext() as isolation:
        job = PredictionJob(predictor, operating_point, films, heatmaps, batch_size, isolation)
        if out:
            rows = row_format(out, manifest, operating_point)
            status = _write_rows(job, out, rows, resume=resume, overwrite=overwrite)
        else:
            job.claim_overlays(range(len(films)), overwrite=overwrite)
            if as_csv or as_jsonl:
                rows = (CsvRows if as_csv else JsonRows)(manifest, operating_point)
                status = _print_rows(job, rows)
            else:
                status = _print_findings(job, meant.notes, as_json=as_json, verbose=verbose)
    ctx.exit(status)


def _print_findings(
    job: PredictionJob, notes: tuple[FolderNote, ...], *, as_json: bool, verbose: bool
) -> int:
    """Print all findings once they are there; the exit status."""
    from pneumoscope.cli.findings import exit_status, print_json, print_table
    from pneumoscope.imaging.film import UnreadableFilm
    from pneumoscope.inference.finding import Findings

    findings = Findings(job.predictor.manifest, job.operating_point, notes=notes)
    for film in job.judge(range(len(job.films)), digested=False):
        if isinstance(film.outcome, UnreadableFilm):
            findings.unreadable.append(film.outcome)
        else:
            findings.readable.append(film.outcome)
    if as_json:
        print_json(findings)
    else:
        print_table(findings, verbose=verbose)
        if job.heatmaps and findings.readable:
            click.echo(f"Heatmaps: {click.format_filename(job.heatmaps)}")
    return exit_status(findings)


def _print_rows(job: PredictionJob, rows: RowFormat) -> int:
    """Print each finding as soon as it is there; the exit status."""
    from pneumoscope.cli.findings import Tally

    tally = Tally()
    click.echo(rows.head)
    for film in job.judge(range(len(job.films))):
        click.echo(rows.line(film.outcome, film.sha256))
        tally.count_outcome(film.outcome)
    click.echo(NOTICE, err=True)
    return tally.status


def _write_rows(
    job: PredictionJob, out: Path, rows: RowFormat, *, resume: bool, overwrite: bool
) -> int:
    """Write each finding into a file as soon as it is there; the exit status."""
    from pneumoscope.errors import PneumoscopeError
    from pneumoscope.files import fitting_name
    from pneumoscope.lock import only_process

    if os.path.lexists(out) and not resume and not overwrite:
        raise PneumoscopeError(
            f"{out} exists.",
            "Go on with it (--resume), choose another file, or replace it (--overwrite).",
        )
    outputs.claim([out], films=job.files, overwrite=True)
    with only_process(out.with_name(fitting_name(f".{out.name}", ".lock")), "findings", "--out"):
        return _write_unfinished_rows(job, out, rows, resume=resume, overwrite=overwrite)


def _write_unfinished_rows(
    job: PredictionJob, out: Path, rows: RowFormat, *, resume: bool, overwrite: bool
) -> int:
    """Write the findings that an earlier job has not written; the exit status."""
    from pneumoscope.cli.findings import Tally
    from pneumoscope.cli.findings_file import FindingsFile, kept_rows

    kept = kept_rows(out, rows, job) if resume else {}
    unfinished = [place for place in range(len(job.films)) if place not in kept]
    job.claim_overlays(unfinished, overwrite=overwrite)
    tally = Tally()
    for row in kept.values():
        tally.count(readable=row.readable, heatmap_error=row.heatmap_error)
    # Films before the last kept one come first, by themselves: all after it then go through the
    # network in the batches in which they would have gone without the interruption.
    last = max(kept, default=-1)
    before = [place for place in unfinished if place < last]
    after = [place for place in unfinished if place > last]
    with FindingsFile(out, rows, {place: row.line for place, row in kept.items()}) as file:
        for film in job.judge(before, after):
            file.add(film)
            tally.count_outcome(film.outcome)
    there = f", {len(kept):,} of them already there" if resume else ""
    click.echo(f"Wrote {count_films(len(job.films))} to {click.format_filename(out)}{there}.")
    if tally.unreadable:
        click.echo(f"{count_films(tally.unreadable)} could not be read; the file says why.")
    if tally.heatmap_errors:
        failed = counted(tally.heatmap_errors, "heatmap")
        click.echo(f"{failed} could not be written; the file says why.")
    click.echo(NOTICE)
    return tally.status
