"""How far a command has come with its films."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each part of the work, to be told the part, films done and films in all.

    They go to standard error, so that standard output can be redirected, and only to a terminal.
    """
    from rich.progress import MofNCompleteColumn, Progress

    from pneumoscope.cli.terminal import progress_console

    console = progress_console()
    columns = *Progress.get_default_columns(), MofNCompleteColumn()
    with Progress(
        *columns, console=console, disable=console.quiet or not console.is_terminal
    ) as bars:
        tasks = {}

        def advance(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total)

        yield advance


@contextmanager
def film_progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """One bar, as `progress_bars`, to be told films done and films in all."""
    with progress_bars() as advance:
        yield partial(advance, label)
