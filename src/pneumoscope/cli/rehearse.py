"""`pneumoscope rehearse`: how recipes fare on films that were made otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.cli import options
from pneumoscope.cli.doubts import print_warnings
from pneumoscope.cli.logs import inform
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.tables import table_options
from pneumoscope.errors import needs_extra
from pneumoscope.wording import json_text, printable

if TYPE_CHECKING:
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.data.tables.rules import TableRules
    from pneumoscope.recipe.settings import SplitMode

_MODES: tuple[SplitMode, ...] = ("random", "blocks", "groups", "conflict")


@click.command()
@click.argument("recipes", metavar="RECIPE...", nargs=-1, required=True)
@click.option("--data", "-d", required=True, type=click.Path(path_type=Path), help="The films.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("rehearsal"),
    show_default=True,
    help="Folder for the folds' runs and rehearsal.json; the same again goes on with it.",
)
@click.option(
    "--mode",
    "modes",
    type=click.Choice(_MODES),
    multiple=True,
    help="What a fold holds out: random patients, blocks of patient numbers, acquisition groups, "
    "or films that contradict a shortcut; may be repeated  [default: all four].",
)
@click.option("--folds", type=click.IntRange(min=2), default=3, show_default=True)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Train every fold from so many seeds.",
)
@click.option(
    "--size",
    type=click.IntRange(min=32),
    default=128,
    show_default=True,
    help="Side of the films in pixels.",
)
@options.groups
@patient_options
@table_options
@options.overrides
@options.weights
@options.epochs
@options.lung_fields
@options.accelerator
@options.cache
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def rehearse(
    recipes: tuple[str, ...],
    data: Path,
    out: Path,
    modes: tuple[SplitMode, ...],
    folds: int,
    seeds: int,
    size: int,
    groups: Path | None,
    patients: PatientRule,
    tables: TableRules,
    overrides: tuple[str, ...],
    weights: str | None,
    epochs: int | None,
    lung_fields: Path | None,
    accelerator: str,
    cache: Path | None,
    as_json: bool,
) -> None:
    """Rehearse recipes on films that were made otherwise.

    Each RECIPE, a YAML file or the name of a packaged one, is trained small on the folds of several
    ways of holding films out. Beside them stands a linear probe: a logistic regression on what the
    network of the first recipe sees without having learned from any film. A recipe that does no
    better there has learned nothing that helps elsewhere.

    How long each recipe will take is said beforehand. Stop with Ctrl-C and go on with the same
    command.
    """
    from pneumoscope.cli.fold_tables import print_rehearsal
    from pneumoscope.cli.progress import film_progress
    from pneumoscope.cli.terminal import progress_console
    from pneumoscope.data.film_groups import FilmGroups
    from pneumoscope.errors import writing
    from pneumoscope.evaluation.rehearsal import REHEARSAL_FILE
    from pneumoscope.recipe.files import load_recipe
    from pneumoscope.recipe.weights import check_weights, choose_weights
    from pneumoscope.wording import duration

    with needs_extra("Training", "train"):
        from pneumoscope.pipelines.rehearse import (
            RehearsalPlan,
            expected_seconds,
            read_films,
            small,
        )
        from pneumoscope.pipelines.rehearse import rehearse as carry_out
        from pneumoscope.training.fit import FitOptions

    chosen = []
    for name in recipes:
        recipe = load_recipe(name, overrides)
        if weights is not None:
            recipe = choose_weights(recipe, weights)
        check_weights(recipe)
        chosen.append(small(recipe, size, epochs))
    plan = RehearsalPlan(tuple(chosen), modes or _MODES, folds, seeds)
    given = None if groups is None else FilmGroups.read(groups)
    with film_progress("Reading films") as progress:
        films = read_films(
            chosen,
            data,
            groups=given,
            lung_fields=lung_fields,
            patients=patients,
            tables=tables,
            cache_directory=cache,
            progress=progress,
        )
    inform(f"{films.films.table.patients().sentence()}.")
    print_warnings(films.films.table.patients().warning())
    for film in films.films.unreadable:
        click.echo(f"left out: {printable(film.path)}: {film.reason}", err=True)
    for name, seconds in expected_seconds(plan, films, out).items():
        inform(f"{name}: " + (f"about {duration(seconds)}" if seconds else "all folds are there"))
    rehearsal = None
    options_ = FitOptions(accelerator=accelerator)
    for rehearsal in carry_out(plan, films, out, options=options_, console=progress_console()):
        with writing("rehearsal", out):
            rehearsal.write_json(out / REHEARSAL_FILE)
    assert rehearsal is not None  # the probe is always there
    if as_json:
        click.echo(json_text(rehearsal.model_dump(mode="json"), indent=2))
    else:
        print_rehearsal(rehearsal)
    inform(f"Wrote {out / REHEARSAL_FILE}.")
