"""`pneumoscope serve token`: who may use the service."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import click

from pneumoscope.cli.history import history_command, history_database, history_options
from pneumoscope.cli.logs import remark, say
from pneumoscope.errors import PneumoscopeError, nearest, needs_extra
from pneumoscope.wording import printable


@click.group()
@history_options
def token(folder: Path | None, history: str | None) -> None:
    """Create, list or revoke tokens.

    Whoever uses the service sends a token: programs in a header (Authorization: Bearer TOKEN),
    people once on the page. As soon as there is one, a service that is started asks for it; with
    --auth, a service does not start without one.
    """


@token.command()
@click.argument("name")
@history_options
def create(name: str, folder: Path | None, history: str | None) -> None:
    """Make a token for the program or person called NAME. It is shown once."""
    with needs_extra("The service", "serve"):
        from pneumoscope.history.tokens import Tokens

    with history_database(folder, history, make=True) as database:
        tokens = Tokens(database)
        secret = tokens.create(name, now=datetime.now(UTC))
        is_first = len(tokens.list()) == 1
    remark("Keep it: it is not shown again.")
    if is_first:
        remark("It is the first one: restart services that run, or they go on without tokens.")
    click.echo(secret)


@token.command(name="list")
@history_options
def list_tokens(folder: Path | None, history: str | None) -> None:
    """Show who has a token, and since when."""
    with needs_extra("The service", "serve"):
        from pneumoscope.history.tokens import Tokens

    with history_database(folder, history) as database:
        tokens = Tokens(database).list()
    for one in tokens:
        click.echo(f"{one.created_at:%Y-%m-%d}  {printable(one.name)}")
    if not tokens:
        remark("There are no tokens.")


@token.command()
@click.argument("name")
@history_options
def revoke(name: str, folder: Path | None, history: str | None) -> None:
    """Take back the token of NAME, and end the sessions that were started with it."""
    with needs_extra("The service", "serve"):
        from pneumoscope.history.tokens import Tokens

    with history_database(folder, history) as database:
        tokens = Tokens(database)
        if not tokens.revoke(name):
            known = [one.name for one in tokens.list()]
            raise PneumoscopeError(f"There is no token {name!r}.", nearest(name, known))
        was_last = not tokens.list()
    click.echo(f"Revoked {printable(name)}. A service that runs heeds it within seconds.")
    if was_last:
        say(
            logging.WARNING,
            "That was the last token: a service that is started now answers whoever asks.",
            hint=f"Make another one ({history_command('token create NAME')}), or start services "
            "with --auth.",
        )
