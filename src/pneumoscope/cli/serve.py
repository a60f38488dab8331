"""`pneumoscope serve`: the service, and commands on its tokens and its history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pneumoscope.cli import options
from pneumoscope.cli.addresses import NETWORK, is_local
from pneumoscope.cli.history import (
    has_history,
    history_command,
    history_database,
    history_options,
    history_place,
    open_history,
    without_password,
)
from pneumoscope.cli.lazy import LazyCommand, LazyGroup
from pneumoscope.cli.logs import announce, inform, remark
from pneumoscope.cli.numbers import Number
from pneumoscope.errors import PneumoscopeError, needs_extra
from pneumoscope.wording import NOTICE

if TYPE_CHECKING:
    from pneumoscope.history.records import Keep

_COMMANDS = {
    "token": LazyCommand("pneumoscope.cli.tokens:token", "Create, list or revoke tokens."),
    "backup": LazyCommand("pneumoscope.cli.backups:backup", "Copy the history into a folder."),
    "restore": LazyCommand("pneumoscope.cli.backups:restore", "Fill an empty history from a copy."),
    "reviewed": LazyCommand(
        "pneumoscope.cli.reviewed:reviewed", "Make a data set of the films that were reviewed."
    ),
}
_HANDED_DOWN = ("folder", "history")
"""Options that hold for subcommands too."""

_LONGEST, _LONGEST_DAYS = 86_400.0, 36_500
"""Seconds of a day and days of a hundred years: clocks and calendars end somewhere."""


@click.group(
    cls=LazyGroup,
    lazy=_COMMANDS,
    invoke_without_command=True,
    short_help="Answer films over HTTP, with a page and a history.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME|FILE",
    help="Packaged model or model file; several are chosen by name, and the first is the default.",
)
@options.prevalence
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Where to listen; 0 is any free port.",
)
@history_options
@click.option(
    "--keep",
    type=click.Choice(["none", "stripped", "whole"]),
    default="stripped",
    show_default=True,
    help="What to keep of films: nothing, a copy without anything about persons, or the file.",
)
@click.option(
    "--records-days",
    type=click.IntRange(1, _LONGEST_DAYS),
    metavar="DAYS",
    help="Delete records, with their films, after so many days  [default: never].",
)
@click.option(
    "--films-days",
    type=click.IntRange(1, _LONGEST_DAYS),
    metavar="DAYS",
    help="Delete films after so many days  [default: with their records].",
)
@click.option(
    "--no-look-up",
    is_flag=True,
    help="Judge a film again that the same model has judged, and keep a record of each time.",
)
@click.option(
    "--auth/--no-auth",
    default=None,
    help="Ask for a token, and do not start where there are none; or answer whoever asks  "
    "[default: ask for one where there are any].",
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A name by which the service is asked beside localhost; others are refused  [default: "
    "none where it listens on this machine alone, else every name].",
)
@click.option(
    "--cors-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Another page that may use the service, such as https://ward.example.",
)
@click.option(
    "--root-path",
    default="",
    metavar="PATH",
    help="The path below which a proxy shows the service.",
)
@click.option(
    "--proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    type=NETWORK,
    help="Address or network of a proxy; what it says of clients (X-Forwarded-For and -Proto) is "
    "believed.",
)
@click.option("--secure-cookies", is_flag=True, help="The page's cookie goes over https alone.")
@click.option(
    "--max-body",
    type=click.IntRange(1, 4096),
    default=128,
    show_default=True,
    metavar="MIB",
    help="Largest body of a request.",
)
@click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    default=80,
    show_default=True,
    metavar="MILLIONS",
    help="Most pixels of a film.",
)
@click.option(
    "--queue",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    metavar="FILMS",
    help="Films that wait or are read at once; more are refused for now.",
)
@click.option(
    "--timeout",
    type=Number(1, _LONGEST),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Longest time for a request to arrive and, again, for its answer.",
)
@click.option(
    "--connections",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="Connections that are open at once; more are refused.",
)
@click.option(
    "--rate",
    type=Number(min=0),
    default=100.0,
    show_default=True,
    metavar="N",
    help="Requests a second that a client may send on average; 0 is no limit.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    metavar="FILMS",
    help="Films that go through the network at once on a core, at most: none waits for others.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes that decode films  [default: as many as threads].",
)
@click.option(
    "--shutdown-seconds",
    type=Number(0, _LONGEST),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Time for requests that are under way when the service is told to end.",
)
@click.pass_context
def serve(
    ctx: click.Context,
    models: tuple[str, ...],
    host: str,
    port: int,
    folder: Path | None,
    history: str | None,
    keep: Keep,
    records_days: int | None,
    films_days: int | None,
    auth: bool | None,
    proxies: tuple[str, ...],
    **given: Any,
) -> None:
    """Answer films over HTTP, with a page and a history.

    Open the address that is printed in a browser and drop films on the page, or send films to
    /v1/predictions. What was found is kept in the history: a database, and a folder of films.

    The service listens on this machine alone unless --host says otherwise. Clients need a token as
    soon as there is one (pneumoscope serve token create NAME); where other machines can ask, by
    --host or --proxy, there has to be one, or --no-auth. With --auth there always has to be one.
    The service ends on Ctrl-C or SIGTERM, once all requests are answered.
    """
    if ctx.invoked_subcommand is not None:
        _check_options_before(ctx, ctx.invoked_subcommand)
        return
    with needs_extra("The service", "serve"):
        from pneumoscope.cli.service_settings import settings_of
        from pneumoscope.history.retention import Retention
        from pneumoscope.serving.http_server import serve_at
        from pneumoscope.serving.listener import address, listen
        from pneumoscope.serving.served_models import ServedModels
        from pneumoscope.serving.service import Service

    has_tokens = _has_tokens(folder, history)
    here = is_local(host)
    if auth and not has_tokens:
        raise PneumoscopeError(
            "The service is to ask for tokens (--auth), and "
            f"{without_password(history_place(folder, history)[0])} holds none.",
            f"Make one ({history_command('token create NAME')}), or name the history that holds "
            "some (--folder, --history).",
        )
    through = next(iter(proxies), "") if here else host
    if through and not has_tokens and auth is None:
        raise PneumoscopeError(
            f"Whoever reaches the service through {through} could send films and read the history.",
            f"Make a token ({history_command('token create NAME')}), or say that this is meant "
            "(--no-auth).",
        )
    asks = has_tokens if auth is None else auth
    settings = settings_of(
        auth=asks, open_to_all=auth is False, host=host, proxies=proxies, **given
    )
    served = ServedModels.load(models or (None,))
    # The history comes last: what keeps the service from starting leaves none that is new.
    with listen(host, port) as listener:
        retention = Retention(records_days, films_days)
        kept = open_history(folder, history, keep=keep, retention=retention)
        # Here and not once the server starts, which could not tell why a history takes nothing.
        for model in served:
            kept.keep_model(model.manifest)
        service = Service(served, kept, settings)
        remark(f"Model {served.default.name}. History: {kept.database.place}.")
        remark(f"Of films, {_KEPT[keep]}.")
        remark("Clients need a token." if asks else "Clients need no token.")
        url = f"{address(listener)}{settings.root_path}/"
        ready = f"Ready at {url} (Ctrl-C ends it). {NOTICE}"
        serve_at(listener, service, lambda: announce(ready, address=url))
    inform("The service has ended.")


def _has_tokens(folder: Path | None, history: str | None) -> bool:
    """Whether somebody has a token. No history is made to find out."""
    from pneumoscope.history.tokens import Tokens

    if not has_history(folder, history):
        return False
    with history_database(folder, history) as database:
        return bool(Tokens(database).list())


_KEPT = {
    "none": "nothing is kept",
    "stripped": "copies without anything about persons are kept",
    "whole": "whole files are kept",
}


def _check_options_before(ctx: click.Context, subcommand: str) -> None:
    """Options of the service mean nothing to a subcommand, apart from those of the history."""
    for option in ctx.command.params:
        name = str(option.name)
        given = ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name not in _HANDED_DOWN:
            names = "/".join((*option.opts, *option.secondary_opts))
            raise click.UsageError(f"{names} does not go with {subcommand!r}.", ctx)
