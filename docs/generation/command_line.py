"""The command line's own help, as one page."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pneumoscope.cli.main import main

_HEADER = """\
# Command line

Generated from the commands' own help by `make docs`. What the exit statuses mean is told in
[errors.md](errors.md), what `predict --json` prints in [finding.md](finding.md).
"""


def command_line_page() -> str:
    """`cli.md`."""
    root = _context(main, "pneumoscope", None)
    return "\n".join([_HEADER, *_sections(main, root)])


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    """The help of a command, and then of its subcommands."""
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand is not None
            yield from _sections(subcommand, _context(subcommand, name, context))


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(
        command, parent, info_name=name, terminal_width=88, **command.context_settings
    )
