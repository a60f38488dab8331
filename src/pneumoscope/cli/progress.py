"""How far a command has come with its films."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def film_progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar to be told films done and films in all.

    It goes to standard error, so that standard output can be redirected, and only to a terminal.
    """
    with click.progressbar(
        length=1,
        label=label,
        show_pos=True,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield advance
