"""`pneumoscope data`: fetch, audit and split collections of films, and draw synthetic ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.cli import options, outputs
from pneumoscope.cli.doubts import print_warnings
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.progress import film_progress
from pneumoscope.cli.split import split
from pneumoscope.cli.tables import table_options
from pneumoscope.wording import json_text, printable

if TYPE_CHECKING:
    from pneumoscope.data.fetch import Source
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.data.table import Labels
    from pneumoscope.data.tables.rules import TableRules

_FOLDER = click.Path(file_okay=False, path_type=Path)
_WORKERS = click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Processes that read films [default: as many as threads].",
)
_LEAKS_STATUS = 4
_AUDIT, _GROUPS = "audit.json", "groups.csv"


@click.group(short_help="Fetch, audit or split films, or draw synthetic films.")
def data() -> None:
    """Fetch, audit or split collections of films, or draw synthetic films."""


data.add_command(split)


@data.command()
@click.option(
    "--to",
    "folder",
    type=_FOLDER,
    default=Path("data"),
    show_default=True,
    metavar="FOLDER",
    help="Where to put the films.",
)
@click.option(
    "--source",
    type=click.Choice(["kaggle", "huggingface"]),
    default="kaggle",
    show_default=True,
    help="Where to download from.",
)
@click.option(
    "--archive",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The ZIP file that Kaggle's website gives, instead of a download.",
)
@_WORKERS
@click.pass_context
def fetch(
    ctx: click.Context, folder: Path, source: Source, archive: Path | None, workers: int
) -> None:
    """Get the 5,856 paediatric films of Kermany et al. (2018), CC BY 4.0.

    They end in FOLDER/chest_xray. An interrupted download goes on when the command is run again.
    Checked are the counts of every split and class, that every film can be read, and on later runs
    that no film has changed (FOLDER/SHA256SUMS).

    Ends with status 0 when the set is complete, 3 when films of it cannot be read, 1 otherwise.
    """
    from pneumoscope.cli.audit_summary import print_counts
    from pneumoscope.data.fetch import fetch_kermany
    from pneumoscope.data.measures import measure_films
    from pneumoscope.data.sources import find_films
    from pneumoscope.imaging.film import UnreadableFilm

    with film_progress("Placing films") as progress:
        fetch_kermany(folder, source, archive, progress)
    table = find_films(folder)
    with film_progress("Reading films") as progress:
        measured = measure_films(table, workers, progress)
    print_counts(table)
    unreadable = [film for film in measured if isinstance(film, UnreadableFilm)]
    for film in unreadable:
        click.echo(f"unreadable: {printable(film.path)}: {film.reason}", err=True)
    ctx.exit(options.UNREADABLE_STATUS if unreadable else 0)


@data.command()
@click.argument("source", metavar="DATA", type=click.Path(path_type=Path))
@options.labels
@patient_options
@table_options
@click.option(
    "--out",
    type=_FOLDER,
    help="Write audit.json, groups.csv, the page report.html and two pictures there.",
)
@options.groups
@outputs.overwrite
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@_WORKERS
@click.pass_context
def audit(
    ctx: click.Context,
    source: Path,
    labels: Labels,
    patients: PatientRule,
    tables: TableRules,
    out: Path | None,
    groups: Path | None,
    overwrite: bool,
    as_json: bool,
    workers: int,
) -> None:
    """Look for what would spoil training or evaluation.

    DATA is a folder or a table of films. Reported are counts, unreadable films, copies of films and
    of patients within and across splits and classes, blank and saturated films, sizes, and how well
    trivial statistics of a film give its label away. Films that were made alike are put into
    acquisition groups, with what share of each has a finding.

    Ends with status 0 when there are no errors, 3 when films cannot be read, and 4 when a film or a
    patient lies in several splits or a film in several classes, whether or not all can be read.
    """
    from pneumoscope.cli.audit_summary import print_audit
    from pneumoscope.data.audit import audit_films
    from pneumoscope.data.film_groups import FilmGroups, few_named
    from pneumoscope.data.sources import find_films
    from pneumoscope.errors import writing
    from pneumoscope.files import write_text
    from pneumoscope.report.audit_page import write_audit_report
    from pneumoscope.report.audit_pictures import AUDIT_PICTURES, write_audit_pictures
    from pneumoscope.report.frame import REPORT_FILES

    table = find_films(source, labels, patients, tables)
    if out is not None:
        outputs.claim_folder(
            out,
            (_AUDIT, _GROUPS, *AUDIT_PICTURES, *REPORT_FILES),
            films=table.paths(),
            overwrite=overwrite,
        )
    with film_progress("Reading films") as progress:
        given = None if groups is None else FilmGroups.read(groups)
        result = audit_films(table, groups=given, workers=workers, progress=progress)
    if given is not None:
        print_warnings(few_named(len(result.groups.groups), len(result.measures)))
    report = json_text(result.to_dict(), indent=2)
    if as_json:
        click.echo(report)
    else:
        print_audit(result)
    if out is not None:
        with writing("audit", out):
            write_text(out / _AUDIT, report + "\n")
            result.groups.write(out / _GROUPS)
            write_audit_pictures(result, out)
        page = write_audit_report(result, out)
        click.echo(f"Wrote {', '.join((_AUDIT, _GROUPS, *AUDIT_PICTURES))} to {out}.", err=True)
        click.echo(f"Report: {page}", err=True)
    statuses = {"clean": 0, "unreadable": options.UNREADABLE_STATUS, "leaks": _LEAKS_STATUS}
    ctx.exit(statuses[result.status])


@data.command()
@click.option(
    "--to",
    "folder",
    type=_FOLDER,
    default=Path("phantoms"),
    show_default=True,
    metavar="FOLDER",
    help="Where to write the films.",
)
@click.option(
    "--count",
    type=click.IntRange(min=6),
    default=60,
    show_default=True,
    help="How many films to draw.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the drawings: the same seed draws the same films.",
)
def phantom(folder: Path, count: int, seed: int) -> None:
    """Write synthetic radiographs, for tests and for machines without films.

    Half of them show opacities, whose boxes are listed in boxes.csv; masks of all lungs lie in
    lung_fields. They are JPEG, PNG and DICOM files in the folders and under the names of the
    Kermany set.
    """
    from pneumoscope.cli.audit_summary import print_counts
    from pneumoscope.data.sources import find_films
    from pneumoscope.phantoms import write_phantoms

    write_phantoms(folder, count, seed)
    print_counts(find_films(folder))
    click.echo(f"Wrote films, boxes.csv and lung_fields to {folder}.", err=True)
