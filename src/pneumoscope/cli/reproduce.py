"""`pneumoscope reproduce`: train the recipes of the five systems, and compare them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.cli import options
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.tables import table_options
from pneumoscope.errors import needs_extra
from pneumoscope.recipe.systems import SYSTEMS

if TYPE_CHECKING:
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.data.tables.rules import TableRules

WIDTH = 100


@click.command()
@click.argument(
    "systems",
    metavar="[A B C D E]...",
    type=click.Choice([*SYSTEMS], case_sensitive=False),
    nargs=-1,
)
@click.option(
    "--data",
    "-d",
    type=click.Path(path_type=Path),
    help="Folder or table of films [default with --fast: phantoms, drawn into the output folder].",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reproduction"),
    show_default=True,
    help="Folder for the runs and the comparison.",
)
@click.option(
    "--fast",
    is_flag=True,
    help="Check that everything works: one epoch a stage, from scratch unless --weights is given.",
)
@options.weights
@options.epochs
@options.labels_of_recipe
@options.normal_class
@patient_options
@table_options
@options.reported
@options.overrides
@options.accelerator
@options.cache
@click.pass_context
def reproduce(
    ctx: click.Context,
    systems: tuple[str, ...],
    data: Path | None,
    out: Path,
    fast: bool,
    weights: str | None,
    epochs: int | None,
    labels: str | None,
    normal_class: str | None,
    patients: PatientRule,
    tables: TableRules,
    reported: bool,
    overrides: tuple[str, ...],
    accelerator: str,
    cache: Path | None,
) -> None:
    """Train the recipes of the five systems, and compare them.

    Letters choose systems; without any, all ten recipes are trained. Each has a run in the output
    folder; the comparison and its report come last. Stop it with Ctrl-C and go on with the same
    command: finished runs are kept, and a started one goes on from its last epoch.

    All models learn from the same films and are compared on the same others. The division is that
    of a table with splits, or else of the first recipe; --set split.mode=random and the like change
    it for all.

    The exit status is 1 when a recipe failed; the others are compared all the same.
    """
    from rich.console import Console

    from pneumoscope.cli.doubts import print_warnings
    from pneumoscope.cli.terminal import progress_console
    from pneumoscope.evaluation.reported import why_nothing_reported
    from pneumoscope.recipe.dotted import asks_for_division
    from pneumoscope.recipe.weights import unused_weights

    with needs_extra("Training", "train"):
        from pneumoscope.cli.reproduction_display import (
            ReproductionDisplay,
            print_figures,
            print_plan,
        )
        from pneumoscope.pipelines.reproduce import (
            choose_recipes,
            draw_phantoms,
            plan_reproduction,
        )
        from pneumoscope.pipelines.reproduce import reproduce as carry_out

    if data is None and not fast:
        raise click.UsageError("Give the films with --data, or draw some with --fast.")
    if labels:
        overrides = (*overrides, f"labels={labels}")
    console, output = progress_console(), Console()
    for each in (console, output):
        if not each.is_terminal:
            each.width = WIDTH
    recipes = choose_recipes(
        systems,
        weights=weights,
        epochs=epochs,
        fast=fast,
        normal_class=normal_class,
        overrides=overrides,
    )
    if weights:
        for recipe in recipes:
            if unused := unused_weights(recipe, weights):
                click.echo(f"{recipe.name}: {unused}", err=True)
    with console.status("Looking at the films"):
        if data is None:
            data = out / "phantoms"
            draw_phantoms(data)
        plan = plan_reproduction(
            recipes,
            data,
            out,
            patients=patients,
            tables=tables,
            divide_anew=asks_for_division(overrides),
        )
    print_plan(plan, console)
    try:
        with ReproductionDisplay(plan, console) as display:
            result = carry_out(
                plan,
                display,
                accelerator=accelerator,
                reported=reported,
                cache_directory=cache,
            )
    except KeyboardInterrupt:
        click.echo("\nStopped. The same command goes on from the last finished epoch.", err=True)
        raise click.exceptions.Exit(130) from None
    if reported:
        print_warnings(why_nothing_reported(result.comparison.class_names))
    print_figures(result.comparison, output)
    click.echo(f"Report: {result.report}")
    for name, failure in result.failures.items():
        click.echo(f"failed: {name}: {failure.message}\n  {failure.hint}", err=True)
    if result.failures:
        ctx.exit(1)
