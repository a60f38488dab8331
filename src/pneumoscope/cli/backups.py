"""`pneumoscope serve backup` and `restore`: copies of the history."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pneumoscope.cli.history import history_command, history_options, history_place
from pneumoscope.cli.logs import say
from pneumoscope.errors import needs_extra
from pneumoscope.wording import count_films, counted

if TYPE_CHECKING:
    from pneumoscope.history.backup import Copied


@click.command()
@click.argument("target", type=click.Path(file_okay=False, path_type=Path), metavar="TARGET")
@history_options
@click.pass_context
def backup(ctx: click.Context, target: Path, folder: Path | None, history: str | None) -> None:
    """Copy the history, with its films, into the folder TARGET, new or empty.

    The service may go on meanwhile: what the history held at one instant is copied. Tokens are in
    it, as digests that nobody can sign in with; sessions are not.

    Ends with status 3 where films were damaged or missing.
    """
    with needs_extra("The service", "serve"):
        from pneumoscope.history import backup as backups
    url, films = history_place(folder, history)
    copied = backups.backup(url, films, target)
    _tell(ctx, f"Copied {_count(copied)}, to {click.format_filename(target)}.", copied)


@click.command()
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@history_options
@click.pass_context
def restore(ctx: click.Context, source: Path, folder: Path | None, history: str | None) -> None:
    """Fill an empty history from the backup in the folder SOURCE.

    The history may be in another kind of database than the one that was copied: this is also the
    way from SQLite to PostgreSQL, and back. Films go into a folder that no other history uses.

    Tokens are those of the copy: one that was revoked since then is valid again.

    Ends with status 3 where films were damaged or missing.
    """
    with needs_extra("The service", "serve"):
        from pneumoscope.history import backup as backups
    url, films = history_place(folder, history)
    copied = backups.restore(source, url, films)
    if copied.tokens:
        say(
            logging.WARNING,
            f"{counted(copied.tokens, 'token')} came with the copy, and those that were revoked "
            "since it was made are valid again.",
            hint=f"See who has one ({history_command('token list')}), and revoke what should be "
            "gone.",
        )
    _tell(ctx, f"Restored {_count(copied)}, from {click.format_filename(source)}.", copied)


def _count(copied: Copied) -> str:
    return f"{counted(copied.records, 'record')} and {count_films(copied.films)}"


def _tell(ctx: click.Context, done: str, copied: Copied) -> None:
    """Say what was done and what was not, and end with the status that tells it."""
    if copied.missing:
        say(
            logging.WARNING,
            f"{count_films(len(copied.missing))} that should have been there could not be read, "
            f"such as that of {copied.missing[0]}.",
            hint="Films that are deleted meanwhile are among them; the others are damaged or lost.",
        )
    click.echo(done)
    ctx.exit(3 if copied.missing else 0)
