"""`pneumoscope train`: a model by a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pneumoscope.cli import options
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.tables import table_options
from pneumoscope.errors import needs_extra
from pneumoscope.wording import count_films

if TYPE_CHECKING:
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.data.table_rules import TableRules


@click.command(short_help="Train a model by a recipe.")
@click.option(
    "--recipe", "-r", required=True, help="A YAML file, or the name of a packaged recipe."
)
@click.option(
    "--data", "-d", required=True, type=click.Path(path_type=Path), help="Folder or table of films."
)
@click.option(
    "--run", type=click.Path(path_type=Path), help="Folder for the run [default: runs/<recipe>]."
)
@options.overrides
@options.weights
@options.epochs
@options.labels_of_recipe
@options.normal_class
@patient_options
@table_options
@options.lung_fields
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with a stopped run; the rest of the command must be the same.",
)
@options.accelerator
@click.option(
    "--devices",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many devices to train on at once.",
)
@click.option("--mlflow", "mlflow_uri", metavar="URI", help="Also log to this MLflow server.")
@options.cache
def train(
    recipe: str,
    data: Path,
    run: Path | None,
    overrides: tuple[str, ...],
    weights: str | None,
    epochs: int | None,
    labels: str | None,
    normal_class: str | None,
    lung_fields: Path | None,
    patients: PatientRule,
    tables: TableRules,
    cache: Path | None,
    **fitting: Any,
) -> None:
    """Train a model by a recipe, and end with an evaluated model file.

    The run's folder holds the recipe as used, the split table, the epoch log, checkpoints,
    model.onnx, the evaluation of each held-out split, and report.html. Stop it with Ctrl-C and go
    on with --resume.

    A table of films that has splits keeps them; --set split.mode=random and the like ask for
    another division.
    """
    from pneumoscope.cli.evaluation_tables import print_tables
    from pneumoscope.cli.terminal import progress_console
    from pneumoscope.cli.validation_films import print_calibration
    from pneumoscope.modelfile.file import read_manifest
    from pneumoscope.recipe.dotted import asks_for_division
    from pneumoscope.recipe.files import load_recipe
    from pneumoscope.recipe.variants import with_epochs, with_normal_class
    from pneumoscope.runs.folder import RunFolder

    with needs_extra("Training", "train"):
        from pneumoscope.networks.pretrained import choose_weights
        from pneumoscope.pipelines.train import train as train_run
        from pneumoscope.training.fit import FitOptions

    divide_anew = asks_for_division(overrides)
    if labels:
        overrides = (*overrides, f"labels={labels}")
    settings = load_recipe(recipe, overrides)
    if weights:
        settings = choose_weights(settings, weights)
    if epochs:
        settings = with_epochs(settings, epochs)
    if normal_class is not None:
        settings = with_normal_class(settings, normal_class)
    folder = RunFolder(run or Path("runs") / settings.name)
    try:
        result = train_run(
            settings,
            data,
            folder.path,
            options=FitOptions(**fitting),
            lung_fields=lung_fields,
            patients=patients,
            tables=tables,
            divide_anew=divide_anew,
            cache_directory=cache,
            console=progress_console(),
        )
    except KeyboardInterrupt:
        click.echo(
            f"\nStopped. {folder.last} holds the last finished epoch; "
            "go on with the same command and --resume."
            if folder.last.is_file()
            else "\nStopped before the first epoch was finished: there is nothing to resume.",
            err=True,
        )
        raise click.exceptions.Exit(130) from None
    for split, evaluation in result.evaluations.items():
        click.echo(f"\nHeld-out films of the split {split}:")
        print_tables(evaluation)
    print_calibration(read_manifest(result.model))
    if result.unreadable:
        click.echo(
            f"{count_films(len(result.unreadable))} could not be read; "
            f"{folder.unreadable} lists them with the reason.",
            err=True,
        )
    click.echo(f"Model file: {result.model}")
    click.echo(f"Report: {result.report}")
