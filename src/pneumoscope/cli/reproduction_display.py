"""A reproduction on the terminal: its plan, its progress, and what failed."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from pneumoscope.cli.terminal import plain_table
from pneumoscope.evaluation.comparison import Comparison
from pneumoscope.pipelines.reproduce import Plan, PlannedRun, RunFailure
from pneumoscope.recipe.systems import system_of
from pneumoscope.runs.log import best_epoch, read_epochs
from pneumoscope.wording import counted, duration


def print_plan(plan: Plan, console: Console) -> None:
    """What will be trained on what, how long each recipe takes, and how that was estimated."""
    table = plain_table(f"{len(plan.runs)} recipes on the films in {plan.data}")
    for name in ("system", "recipe", "network", "weights"):
        table.add_column(name, no_wrap=True)
    for name in ("epochs", "films", "estimated time"):
        table.add_column(name, justify="right", no_wrap=True)
    for run in plan.runs:
        table.add_row(
            system_of(run.recipe.name),
            run.recipe.name,
            run.recipe.model.name,
            "from scratch" if run.recipe.model.weights == "none" else "pretrained",
            _epochs(run),
            str(plan.films["train"]),
            "finished" if run.state == "finished" else duration(run.seconds),
        )
    console.print(table, "", *_notes(plan), sep="\n", end="\n\n", highlight=False, markup=False)


def _epochs(run: PlannedRun) -> str:
    epochs = str(run.recipe.epochs)
    return f"{len(run.epoch_seconds)} of {epochs} left" if run.state == "started" else epochs


def _notes(plan: Plan) -> list[str]:
    split = plan.compared_split
    notes = [
        f"All learn from the same {plan.films['train']} films (split mode "
        f"{plan.runs[0].recipe.split.mode}) and are compared on the {plan.films[split]} films of "
        f"{split}."
    ]
    if plan.seconds:
        untimed = sorted({run.recipe.model.name for run in plan.runs if not run.timed})
        others = f", and by the multiply-adds of {', '.join(untimed)}" if untimed else ""
        notes.append(
            f"All together: about {duration(plan.seconds)}, judged by a training step of each "
            f"network, timed just now{others}. Other work on this machine makes it longer, early "
            "stopping shorter."
        )
    return notes


def print_figures(comparison: Comparison, console: Console) -> None:
    """The figures that people ask for first; the report has all others."""
    data = comparison.data
    table = plain_table(f"Models on the {data.count} films of {data.split}, with 95 % intervals")
    names = ("roc_auc", "accuracy", "f1")
    table.add_column("model", no_wrap=True)
    for name in names:
        table.add_column(comparison.columns[name].title, no_wrap=True)
    for model in comparison.models:
        table.add_row(model.name, *(str(model.figures[name]) for name in names))
    console.print(table)


class ReproductionDisplay:
    """Two bars on a terminal, for the recipe and for all; lines of text everywhere else.

    The time left is the plan's estimate, corrected by how long things have taken so far.
    """

    def __init__(self, plan: Plan, console: Console) -> None:
        self._plan = plan
        self._console = console
        self._place = 0
        self._remaining = plan.seconds
        self._started = self._run_started = time.monotonic()
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[more]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._recipe = self._bars.add_task("", total=None, more="", visible=False)
        self._all = self._bars.add_task("", total=plan.seconds, more="", visible=False)

    def __enter__(self) -> ReproductionDisplay:
        self._bars.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._bars.stop()

    def run_starts(self, run: PlannedRun) -> None:
        """Name the recipe, and say how far the whole has come."""
        self._run = run
        self._place = self._plan.runs.index(run)
        self._run_started = time.monotonic()
        self._tell(run.epochs_done, run.seconds)
        self._bars.reset(
            self._recipe, total=run.recipe.epochs, completed=run.epochs_done, visible=True
        )
        self._bars.update(self._recipe, description=run.recipe.name, more="first epoch")
        if not self._console.is_terminal:
            self._print(
                f"{self._whereabouts(run.epochs_done)}, about {duration(self._time_left())} left: "
                f"{run.recipe.name} starts"
            )

    def epoch_ends(self, epoch: int, roc_auc: float) -> None:
        """Move on by an epoch."""
        self._tell(epoch, self._run.seconds_after(epoch))
        self._bars.update(
            self._recipe,
            completed=epoch,
            more=f"epoch {epoch} of {self._run.recipe.epochs}, validation ROC-AUC {roc_auc:.3f}",
        )

    def run_ends(self, run: PlannedRun, failure: RunFailure | None) -> None:
        """Print the recipe's line."""
        self._tell(run.recipe.epochs, 0.0)
        took = duration(time.monotonic() - self._run_started)
        if failure is not None:
            outcome = f"failed after {took}: {failure.message}"
        else:
            log = read_epochs(run.folder.log)
            best = best_epoch(log).val_roc_auc
            epochs = counted(len(log), "epoch")
            outcome = f"{epochs}, best validation ROC-AUC {best:.3f}, finished in {took}"
        self._print(f"{run.recipe.name}: {outcome}")

    def comparing(self, done: int, total: int) -> None:
        """Films are read for the comparison."""
        self._bars.update(self._all, visible=False)
        self._bars.update(
            self._recipe,
            description="comparing the models",
            completed=done,
            total=total,
            more="",
            visible=True,
        )

    def _tell(self, epoch: int, seconds_left_of_run: float) -> None:
        later = self._plan.runs[self._place + 1 :]
        self._remaining = seconds_left_of_run + sum(run.seconds for run in later)
        self._bars.update(
            self._all,
            description=self._whereabouts(epoch),
            completed=self._plan.seconds - self._remaining,
            more=f"about {duration(self._time_left())} left",
            visible=True,
        )

    def _whereabouts(self, epoch: int) -> str:
        runs = self._plan.runs
        done = epoch + sum(run.recipe.epochs for run in runs[: self._place])
        done += sum(run.epochs_done for run in runs[self._place + 1 :])
        return (
            f"recipe {self._place + 1} of {len(runs)}, "
            f"{done} of {sum(run.recipe.epochs for run in runs)} epochs done"
        )

    def _time_left(self) -> float:
        estimated = self._plan.seconds - self._remaining
        if estimated <= 0:
            return self._remaining
        return self._remaining * (time.monotonic() - self._started) / estimated

    def _print(self, text: str) -> None:
        self._bars.console.print(text, highlight=False, markup=False, soft_wrap=True)
