"""`pneumoscope data split`: films divided into train, val and test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pneumoscope.cli import options, outputs
from pneumoscope.cli.doubts import print_warnings
from pneumoscope.cli.logs import remark
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.progress import film_progress
from pneumoscope.cli.tables import table_options

if TYPE_CHECKING:
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.data.table import Labels
    from pneumoscope.data.tables.rules import TableRules


@click.command()
@click.argument("source", metavar="DATA", type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="CSV to write."
)
@outputs.overwrite
@options.labels
@patient_options
@table_options
@click.option(
    "--mode",
    type=click.Choice(["given", "rejoin", "random", "blocks", "groups", "conflict"]),
    default="rejoin",
    show_default=True,
    help="given: as the folders say. rejoin: train and val pooled, a new val of random patients."
    " random: all films pooled. blocks: whole blocks of patient numbers held out. groups: whole "
    "acquisition groups. conflict: films that contradict a shortcut.",
)
@click.option(
    "--statistic",
    "statistics",
    metavar="NAME",
    multiple=True,
    help="With --mode conflict: the statistic that is contradicted, as in the audit, such as "
    "sharpness  [default: the one that tells the classes best].",
)
@click.option(
    "--sides",
    type=click.Choice(["both", "healthy", "ill"]),
    default="both",
    show_default=True,
    help="With --mode conflict: whose films contradict it; others are taken by chance.",
)
@options.groups
@click.option(
    "--val-fraction",
    type=float,
    default=0.15,
    show_default=True,
    help="Share of the pooled films that go to val.",
)
@click.option(
    "--test-fraction",
    type=float,
    default=0.0,
    show_default=True,
    help="Share of the pooled films that go to test.",
)
@click.option(
    "--block-count",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="With --mode blocks: how many blocks of each series of patient numbers go to val.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Seed of the random choice of patients."
)
def split(
    source: Path,
    out: Path,
    overwrite: bool,
    labels: Labels,
    patients: PatientRule,
    tables: TableRules,
    groups: Path | None,
    **division: Any,
) -> None:
    """Divide films into train, val and test, and write the table.

    Patients never straddle two splits, and neither do byte-identical films. Paths in the table are
    relative to DATA. `pneumoscope train` keeps the splits of such a table.
    """
    from pneumoscope.cli.audit_summary import print_counts
    from pneumoscope.data.contradictions import contradiction_warning
    from pneumoscope.data.division import left_out_lines
    from pneumoscope.data.film_groups import FilmGroups
    from pneumoscope.data.sources import film_digests, find_films
    from pneumoscope.data.splits import assign_splits
    from pneumoscope.data.table_traits import TableTraits
    from pneumoscope.errors import writing
    from pneumoscope.recipe.parsing import parse_recipe

    config = parse_recipe({"name": "split", "split": division}, where="the options").split
    table = find_films(source, labels, patients, tables)
    outputs.claim([out], films=table.paths(), overwrite=overwrite)
    digests = film_digests(table)
    traits = None
    if config.needs_traits:
        given = None if groups is None else FilmGroups.read(groups)
        with film_progress("Reading films") as progress:
            traits = TableTraits.of(table, given, progress=progress)
    divided = assign_splits(table, config, digests, traits)
    with writing("table", out.parent):
        divided.write_csv(out)
    print_counts(divided)
    for line in left_out_lines(divided, config):
        remark(line)
    print_warnings(divided.patients().warning(), contradiction_warning(divided, digests))
    click.echo(f"Wrote {out}.", err=True)
    if divided.root.absolute() != out.parent.absolute():
        click.echo(f"Its paths are relative to {divided.root}: give --films with it.", err=True)
