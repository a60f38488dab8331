"""`pneumoscope train`: a model of films."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pneumoscope.cli import options
from pneumoscope.cli.logs import inform
from pneumoscope.cli.patients import patient_options
from pneumoscope.cli.tables import table_options
from pneumoscope.errors import needs_extra
from pneumoscope.wording import count_films

if TYPE_CHECKING:
    from pneumoscope.data.patient_rules import PatientRule
    from pneumoscope.data.tables.rules import TableRules
    from pneumoscope.pipelines.training_plan import TrainingPlan


@click.command(short_help="Train a model on films.")
@click.option(
    "--recipe",
    "-r",
    help="A YAML file, or the name of a packaged recipe  [default: one that suits the films].",
)
@click.option(
    "--model",
    "network",
    metavar="NETWORK",
    help="The network to train, such as resnet50  [default: that of the recipe].",
)
@click.option("--data", "-d", type=click.Path(path_type=Path), help="Folder or table of films.")
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    help="Folder for the run  [default: runs/<recipe>; where that is taken, runs/<recipe>-2].",
)
@options.overrides
@options.weights
@options.epochs
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    metavar="K",
    help="Before the model, train K others, each on films that leave out a part: what they say of "
    "it sets calibration and thresholds, and tells how much figures vary. What a part is, says "
    "folds.mode  [default: as the recipe says].",
)
@click.option(
    "--fold-seeds", type=click.IntRange(min=1), metavar="N", help="Train each fold N times."
)
@options.labels_of_recipe
@options.normal_class
@patient_options
@table_options
@options.groups
@options.lung_fields
@click.option(
    "--resume",
    metavar="[RUN]",
    is_flag=False,
    flag_value="",
    help="Go on with the stopped run in this folder; nothing else need be said.",
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
@click.pass_context
def train(
    ctx: click.Context,
    data: Path | None,
    run: Path | None,
    lung_fields: Path | None,
    patients: PatientRule,
    tables: TableRules,
    resume: str | None,
    accelerator: str,
    devices: int,
    mlflow_uri: str | None,
    cache: Path | None,
    groups: Path | None,
    folds: int | None,
    fold_seeds: int | None,
    **wishes: Any,
) -> None:
    """Train a model, and end with an evaluated model file.

    The films are all that must be said:

    \b
      pneumoscope train --data FILMS

    Without a recipe, one that suits the films is chosen, and said. The run's folder holds the
    recipe as used, the split table, the epoch log, checkpoints, model.onnx, the evaluation of each
    held-out split, and report.html. Stop it with Ctrl-C and go on with --resume RUN.

    A table of films that has splits keeps them; --set split.mode=random and the like ask for
    another division.
    """
    from pneumoscope.cli.evaluation_tables import print_tables
    from pneumoscope.cli.fold_tables import print_folds
    from pneumoscope.cli.terminal import progress_console
    from pneumoscope.cli.validation_films import print_calibration
    from pneumoscope.data.film_groups import FilmGroups
    from pneumoscope.evaluation.rehearsal import read_rehearsal
    from pneumoscope.modelfile.file import read_manifest
    from pneumoscope.pipelines.training_plan import (
        Resumption,
        Wishes,
        plan_resumption,
        plan_training,
    )

    for setting, value in (("count", folds), ("seeds", fold_seeds)):
        if value is not None:
            wishes["overrides"] += (f"folds.{setting}={value}",)
    wanted = Wishes(**wishes)
    plan: TrainingPlan
    if resume is None:
        if data is None:
            raise click.UsageError("Give the films: --data FOLDER, or a table of them.")
        plan = plan_training(
            wanted, data, run, lung_fields=lung_fields, patients=patients, tables=tables
        )
    else:
        folder = Path(resume) if resume else run
        plan = plan_resumption(wanted, folder, data, lung_fields=lung_fields)
    for line in plan.words:
        inform(line)
    if isinstance(plan, Resumption):
        accelerator = _given(ctx, "accelerator") or plan.accelerator
        devices = _given(ctx, "devices") or plan.devices
    with needs_extra("Training", "train"):
        from pneumoscope.pipelines.train import train as train_run
        from pneumoscope.training.fit import FitOptions

    try:
        result = train_run(
            plan.recipe,
            plan.data,
            plan.folder.path,
            options=FitOptions(
                resume=resume is not None,
                accelerator=accelerator,
                devices=devices,
                mlflow_uri=mlflow_uri,
            ),
            lung_fields=plan.lung_fields,
            patients=patients,
            tables=tables,
            groups=None if groups is None else FilmGroups.read(groups),
            divide_anew=plan.divide_anew,
            cache_directory=cache,
            console=progress_console(),
        )
    except KeyboardInterrupt:
        click.echo(
            f"\nStopped. What is finished is kept; go on with\n"
            f"  pneumoscope train --resume {plan.folder.path}"
            if plan.folder.can_go_on
            else "\nStopped before the first epoch was finished: there is nothing to resume.",
            err=True,
        )
        raise click.exceptions.Exit(130) from None
    for split, evaluation in result.evaluations.items():
        click.echo(f"\nHeld-out films of the split {split}:")
        print_tables(evaluation)
    if plan.folder.fold_figures.is_file():
        print_folds(read_rehearsal(plan.folder.fold_figures))
    print_calibration(read_manifest(result.model))
    if result.unreadable:
        click.echo(
            f"{count_films(len(result.unreadable))} could not be read; "
            f"{plan.folder.unreadable} lists them with the reason.",
            err=True,
        )
    click.echo(f"Model file: {result.model}")
    click.echo(f"Report: {result.report}")


def _given(ctx: click.Context, name: str) -> Any:
    """The value of an option that stands on the command line; `None` for a default."""
    given = ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
    return ctx.params[name] if given else None
