"""A reproduction on the terminal: its plan, its progress, and its main figures."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable

from rich.console import Console
from rich.table import Table

from pneumoscope.cli.terminal import plain_table
from pneumoscope.evaluation.comparison import Comparison
from pneumoscope.pipelines.reproduce import Plan, PlannedRun, RunFailure
from pneumoscope.recipe.architectures import ARCHITECTURES
from pneumoscope.recipe.systems import system_of
from pneumoscope.runs.log import best_epoch, read_epochs
from pneumoscope.wording import count_films, counted, duration


def print_plan(plan: Plan, console: Console) -> None:
    """What will be trained on what, and how far that has come."""
    rows = [
        [
            system_of(run.recipe.name),
            run.recipe.name,
            run.recipe.model.name,
            "from scratch" if run.recipe.model.weights == "none" else "pretrained",
            str(run.recipe.epochs),
            f"started, {counted(run.epochs_done, 'epoch')} done"
            if run.state == "started"
            else run.state,
        ]
        for run in plan.runs
    ]
    headings = ("system", "recipe", "network", "weights", "epochs", "run")
    title = f"{len(plan.runs)} recipes on the films in {plan.data}"
    split = plan.compared_split
    note = (
        f"All learn from the same {count_films(plan.films['train'])} (split mode "
        f"{plan.runs[0].recipe.split.mode}) and are compared on the "
        f"{count_films(plan.films[split])} of {split}."
    )
    table = _table(title, headings, rows)
    lines = [f"{plan.patients.sentence()}.", note, plan.classes]
    if warning := plan.patients.warning():
        lines.append(f"warning: {warning}")
    console.print(table, "", *lines, sep="\n", end="\n\n", highlight=False, markup=False)


def print_figures(comparison: Comparison, console: Console) -> None:
    """The figures that people ask for first; the report has all others."""
    data = comparison.data
    names = ("roc_auc", "accuracy", "f1")
    title = f"Models on the {data.count} films of {data.split}, with 95 % intervals"
    headings = ["model", *(comparison.columns[name].title for name in names)]
    rows = [
        [model.name, *(str(model.figures[name]) for name in names)] for model in comparison.models
    ]
    console.print(_table(title, headings, rows))


class ReproductionDisplay:
    """A line that changes on a terminal; elsewhere one when a recipe starts and one when it ends.

    The time left is judged by how long the epochs so far have taken, weighted by the multiply-adds
    of their networks. It is not told before the first has ended, or of networks whose multiply-adds
    are not known. `clock` gives seconds.
    """

    def __init__(
        self, plan: Plan, console: Console, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._runs = plan.runs
        self._console = console
        self._status = console.status("")
        self._clock = clock
        self._begun = clock()
        self._work_done = 0.0

    def __enter__(self) -> ReproductionDisplay:
        self._status.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._status.stop()

    def run_starts(self, run: PlannedRun) -> None:
        """Name the recipe."""
        self._run, self._run_begun = run, self._clock()
        self._place = self._runs.index(run) + 1
        self._where = f"recipe {self._place} of {len(self._runs)}: {run.recipe.name}"
        self._status.update(self._where)
        if not self._console.is_terminal:
            self._print(f"{self._where} starts{self._time_left(run.epochs_done)}")

    def epoch_ends(self, epoch: int, roc_auc: float) -> None:
        """Say how far the recipe has come."""
        self._work_done += _work(self._run, 1)
        self._status.update(
            f"{self._where}, epoch {epoch} of {self._run.recipe.epochs}, "
            f"validation ROC-AUC {roc_auc:.3f}{self._time_left(epoch)}"
        )

    def run_ends(self, run: PlannedRun, failure: RunFailure | None) -> None:
        """Print the recipe's line."""
        took = duration(self._clock() - self._run_begun)
        if failure is not None:
            outcome = f"failed after {took}: {failure.message}"
        else:
            log = read_epochs(run.folder.log)
            count = counted(len(log), "epoch")
            best = best_epoch(log).val_roc_auc
            outcome = f"{count}, best validation ROC-AUC {best:.3f}, finished in {took}"
        self._print(f"{run.recipe.name}: {outcome}")

    def comparing(self, done: int, total: int) -> None:
        """Films are read for the comparison."""
        self._status.update(f"comparing the models: {done} of {total} films")

    def _time_left(self, epoch: int) -> str:
        """What to say of the time left after an epoch of the present run."""
        later = [run for run in self._runs[self._place :] if run.state != "finished"]
        work = _work(self._run, self._run.recipe.epochs - epoch)
        work += sum(_work(run, run.recipe.epochs - run.epochs_done) for run in later)
        if not self._work_done or math.isnan(work + self._work_done):
            return ""
        seconds = (self._clock() - self._begun) * work / self._work_done
        return f", about {duration(seconds)} left"

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def _work(run: PlannedRun, epochs: int) -> float:
    """How much work some epochs of a run are, in multiply-adds for a film; `nan` if not known."""
    network = ARCHITECTURES.get(run.recipe.model.name)
    return epochs * network.multiply_adds if network else math.nan


def _table(title: str, headings: Iterable[str], rows: Iterable[Iterable[str | None]]) -> Table:
    table = plain_table(title)
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table
