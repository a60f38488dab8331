"""`pneumoscope tune`: the best settings for a recipe."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.cli import options
from pneumoscope.cli.numbers import Number
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.tables import table_options
from pneumoscope.errors import needs_extra
from pneumoscope.wording import counted

if TYPE_CHECKING:
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.data.tables.rules import TableRules
    from pneumoscope.pipelines.tuning.tune import TuningResult
    from pneumoscope.recipe.trials import Trial

_SHOWN = 5


@click.command(short_help="Find better settings for a recipe.")
@click.argument("recipe")
@click.option(
    "--data", "-d", required=True, type=click.Path(path_type=Path), help="Folder or table of films."
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path),
    help="Folder for the tuning, on a local disk [default: tuning/<recipe>].",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many trials to finish in all, those of earlier and other runs of the command "
    "included.",
)
@click.option(
    "--timeout",
    type=Number(min=0, min_open=True),
    metavar="MINUTES",
    help="Start no trial after so many minutes.",
)
@options.overrides
@options.weights
@options.epochs
@options.normal_class
@options.lung_fields
@patient_options
@table_options
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the settings that are tried.",
)
@options.accelerator
@options.cache
def tune(
    recipe: str,
    data: Path,
    out: Path | None,
    trials: int,
    timeout: float | None,
    overrides: tuple[str, ...],
    weights: str | None,
    epochs: int | None,
    normal_class: str | None,
    lung_fields: Path | None,
    patients: PatientRule,
    tables: TableRules,
    seed: int,
    accelerator: str,
    cache: Path | None,
) -> None:
    """Find better settings for a recipe.

    RECIPE is a YAML file or the name of a packaged recipe. Its section `search` names the settings
    to try, each with a range or a list of choices. Trials train with other settings, the first one
    with the recipe's own, and are judged by the ROC-AUC of their best epoch on the validation
    films; those that fall behind half of the others are ended early.

    The folder ends with best.yaml, a recipe for `pneumoscope train`, and report.html with plots of
    the trials. Stop it with Ctrl-C; the same command goes on. Run it several times at once, and the
    processes share the trials.
    """
    from pneumoscope.cli.terminal import progress_console
    from pneumoscope.recipe.dotted import asks_for_division
    from pneumoscope.recipe.files import load_recipe
    from pneumoscope.recipe.variants import with_epochs, with_normal_class
    from pneumoscope.recipe.weights import choose_weights, unused_weights

    with needs_extra("Tuning", "tune"):
        from pneumoscope.pipelines.tuning.tune import TuningOptions
        from pneumoscope.pipelines.tuning.tune import tune as tune_recipe

    settings = load_recipe(recipe, overrides)
    if weights:
        settings = choose_weights(settings, weights)
        if unused := unused_weights(settings, weights):
            click.echo(unused, err=True)
    if epochs:
        settings = with_epochs(settings, epochs)
    if normal_class is not None:
        settings = with_normal_class(settings, normal_class)
    folder = out or Path("tuning") / settings.name
    try:
        result = tune_recipe(
            settings,
            data,
            folder,
            options=TuningOptions(trials, timeout, seed, accelerator),
            lung_fields=lung_fields,
            patients=patients,
            tables=tables,
            divide_anew=asks_for_division(overrides),
            cache_directory=cache,
            console=progress_console(),
        )
    except KeyboardInterrupt:
        click.echo(
            f"\nStopped. {folder} keeps the finished trials; the same command goes on.", err=True
        )
        raise click.exceptions.Exit(130) from None
    _print_result(result, data, trials)


def _print_result(result: TuningResult, data: Path, wanted: int) -> None:
    from pneumoscope.report.tuning_page import optimism

    if result.best:
        _print_best(result.trials)
        click.echo(f"\nBest recipe: {result.best_recipe}")
        click.echo(f"Report:      {result.report}")
        click.echo(f"\n{optimism(result.trials)}")
        train = shlex.join(
            ["pneumoscope", "train", "--recipe", str(result.best_recipe), "--data", str(data)]
        )
        click.echo(f"Train it and see, if there are test films:\n  {train}")
    else:
        click.echo("No trial is complete, so there is no best recipe yet.")
    if missing := wanted - len(result.trials):
        if result.running:
            click.echo(
                f"Other processes are still at {counted(len(result.running), 'trial')}; the last "
                "of them writes the results again.",
                err=True,
            )
        else:
            click.echo(
                f"Still to do: {counted(missing, 'trial')}; the same command goes on.", err=True
            )


def _print_best(trials: Sequence[Trial]) -> None:
    """The best trials, with what they tried."""
    from pneumoscope.cli.terminal import output_console, plain_table
    from pneumoscope.recipe.trials import ranked, short_names, written

    best = ranked(trials)[:_SHOWN]
    table = plain_table(
        f"The best of {len(trials)} trials" if len(trials) > 1 else "The only trial so far"
    )
    for column in ("trial", "ROC-AUC", "epochs", *short_names(best[0].values).values()):
        table.add_column(column, justify="right")
    table.add_column("")
    for trial in best:
        table.add_row(
            str(trial.number),
            "none" if trial.score is None else f"{trial.score:.4f}",
            str(trial.epochs),
            *(written(value) for value in trial.values.values()),
            trial.remark,
        )
    output_console().print(table)
