"""What commands print tables with: a console for standard output, and tables without lines."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from pneumoscope.cli.logs import is_quiet

_PIPE_WIDTH = 200


def output_console() -> Console:
    """Standard output, for text that is printed as it is."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        # In a pipe or a file nothing has to fit a screen.
        console.width = max(console.width, _PIPE_WIDTH)
    return console


def progress_console() -> Console:
    """Standard error, for how far a job is; it says nothing where that is not wanted (`-q`)."""
    return Console(stderr=True, quiet=is_quiet())


def plain_table(title: str | None = None, *, gap: int = 2) -> Table:
    """A table without lines, with its title above and a gap of so many spaces between columns."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, gap, 0, 0),
    )
