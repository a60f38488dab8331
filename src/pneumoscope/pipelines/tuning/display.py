"""What a tuning says while it runs: a bar for the trial, and a line for each finished one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pneumoscope.data.division import division_lines
from pneumoscope.data.table import FilmTable
from pneumoscope.recipe.settings import SplitConfig
from pneumoscope.recipe.trials import Trial, best_of, short_names, written
from pneumoscope.wording import counted, duration


class TuningDisplay:
    """The display of one process. `finished` trials there are before it begins, `wanted` in all.

    The time left is judged by the pace of all processes together since `clock` was first read;
    `clock` gives seconds.
    """

    def __init__(
        self,
        console: Console,
        *,
        wanted: int,
        finished: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._wanted = wanted
        self._finished_before = finished
        self._clock = clock
        self._started = clock()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, visible=False)

    def __enter__(self) -> TuningDisplay:
        self._bar.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._bar.stop()

    def decoding(self, done: int, total: int) -> None:
        """Films are being decoded into the cache."""
        self._bar.update(
            self._task, description="decoding films", completed=done, total=total, visible=True
        )

    def classes(self, description: str) -> None:
        """Print which class is the healthy one."""
        self._print(description)

    def films_found(self, table: FilmTable, config: SplitConfig) -> None:
        """The films are decoded, and divided as `config` says."""
        for line in division_lines(table, config):
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def trial_starts(self, number: int, epochs: int) -> None:
        """A trial of so many epochs starts."""
        self._bar.reset(self._task, total=epochs, description=f"trial {number}", visible=True)

    def epoch_ends(self, number: int, epoch: int, score: float) -> None:
        """An epoch, from 1, has ended with this ROC-AUC."""
        self._bar.update(
            self._task,
            description=f"trial {number}, epoch {epoch}, ROC-AUC {score:.4f}",
            completed=epoch,
        )

    def trial_ends(self, number: int, trials: Sequence[Trial]) -> None:
        """Print the line of a trial; `trials` are all finished ones, this among them."""
        trial = next(trial for trial in trials if trial.number == number)
        score = "none  " if trial.score is None else f"{trial.score:.4f}"
        names = short_names(trial.values)
        columns = [
            f"{len(trials):>3}/{self._wanted}  trial {trial.number:<3} ROC-AUC {score}",
            f"{counted(trial.epochs, 'epoch'):>9} in {duration(trial.seconds)}",
            " ".join(f"{names[name]} {written(value)}" for name, value in trial.values.items()),
            trial.remark,
            "best so far" if trial == best_of(trials) and len(trials) > 1 else "",
            self._time_left(len(trials)),
        ]
        self._print("  ".join(column for column in columns if column))

    def _print(self, line: str) -> None:
        # A line of its own, also where the terminal is narrower.
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _time_left(self, finished: int) -> str:
        here = finished - self._finished_before
        remaining = self._wanted - finished
        if remaining <= 0 or here <= 0:
            return ""
        return f"about {duration((self._clock() - self._started) / here * remaining)} left"
