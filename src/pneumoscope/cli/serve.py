"""`pneumoscope serve`: the service, its tokens, and backups of its history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pneumoscope.cli import options
from pneumoscope.cli.addresses import NETWORK, is_local
from pneumoscope.cli.history import history_options, open_history
from pneumoscope.cli.lazy import LazyCommand, LazyGroup
from pneumoscope.cli.logs import inform, remark
from pneumoscope.cores import threads
from pneumoscope.errors import PneumoscopeError, needs_extra
from pneumoscope.wording import NOTICE

if TYPE_CHECKING:
    from pneumoscope.history.records import Keep
    from pneumoscope.serving.settings import ServiceSettings

_COMMANDS = {
    "token": LazyCommand("pneumoscope.cli.tokens:token", "Create, list or revoke tokens."),
    "backup": LazyCommand("pneumoscope.cli.backups:backup", "Copy the history into a folder."),
    "restore": LazyCommand("pneumoscope.cli.backups:restore", "Fill an empty history from a copy."),
}
# By which browsers on this machine ask for it; a page elsewhere that has its name lead here (DNS
# rebinding) asks by that name.
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
_MEBIBYTE = 2**20
_MILLION = 1_000_000


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
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Delete records, with their films, after so many days  [default: never].",
)
@click.option(
    "--films-days",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Delete films after so many days  [default: with their records].",
)
@click.option(
    "--no-look-up",
    is_flag=True,
    help="Judge a film again that the same model has judged, and keep a record of each time.",
)
@click.option(
    "--no-auth", is_flag=True, help="Answer whoever asks, whether there are tokens or not."
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
    type=click.FloatRange(min=1),
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
    type=click.FloatRange(min=0),
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
    type=click.FloatRange(min=0),
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
    no_auth: bool,
    proxies: tuple[str, ...],
    **given: Any,
) -> None:
    """Answer films over HTTP, with a page and a history.

    Open the address that is printed in a browser and drop films on the page, or send films to
    /v1/predictions. What was found is kept in the history: a database, and a folder of films.

    The service listens on this machine alone unless --host says otherwise. Clients need a token as
    soon as there is one (pneumoscope serve token create NAME); where other machines can ask, by
    --host or --proxy, there has to be one, or --no-auth. The service ends on Ctrl-C or SIGTERM,
    once all requests are answered.
    """
    if ctx.invoked_subcommand is not None:
        return
    with needs_extra("The service", "serve"):
        from pneumoscope.history.retention import Retention
        from pneumoscope.history.tokens import Tokens
        from pneumoscope.serving.http_server import serve_at
        from pneumoscope.serving.listener import address, listen
        from pneumoscope.serving.served_models import ServedModels
        from pneumoscope.serving.service import Service

    kept = open_history(folder, history, keep=keep)
    has_tokens = bool(Tokens(kept.database).list())
    here = is_local(host)
    through = next(iter(proxies), "") if here else host
    if through and not has_tokens and not no_auth:
        raise PneumoscopeError(
            f"Whoever reaches the service through {through} could send films and read the history.",
            "Make a token (pneumoscope serve token create NAME), or say that this is meant "
            "(--no-auth).",
        )
    auth = has_tokens and not no_auth
    settings = _settings(auth=auth, here=here, proxies=proxies, **given)
    served = ServedModels.load(models or (None,))
    service = Service(served, kept, settings, Retention(records_days, films_days))
    listener = listen(host, port)
    remark(f"Model {served.default.name}. History: {kept.database.place}.")
    remark(f"Of films, {_KEPT[keep]}.")
    remark("Clients need a token." if auth else "Clients need no token.")
    ready = f"Ready at {address(listener)}{settings.root_path}/ (Ctrl-C ends it). {NOTICE}"
    serve_at(listener, service, lambda: click.echo(ready))
    inform("The service has ended.")


_KEPT = {
    "none": "nothing is kept",
    "stripped": "copies without anything about persons are kept",
    "whole": "whole files are kept",
}


def _settings(
    *,
    auth: bool,
    here: bool,
    proxies: tuple[str, ...],
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    root_path: str,
    secure_cookies: bool,
    max_body: int,
    max_pixels: int,
    queue: int,
    timeout: float,
    connections: int,
    rate: float,
    batch_size: int,
    workers: int | None,
    no_look_up: bool,
    shutdown_seconds: float,
    prevalence: float | None,
) -> ServiceSettings:
    from pneumoscope.imaging.film import ReadLimits
    from pneumoscope.serving.settings import ServiceLimits, ServiceSettings, worker_limits

    body = max_body * _MEBIBYTE
    reading = ReadLimits(max_bytes=body, max_pixels=max_pixels * _MILLION)
    return ServiceSettings(
        hosts=(*map(str.lower, hosts), *_LOCAL_NAMES) if hosts or here else (),
        origins=origins,
        proxies=proxies,
        root_path=f"/{root_path.strip('/')}" if root_path.strip("/") else "",
        batch=batch_size,
        inferring=threads(),
        workers=workers or threads(),
        look_up=not no_look_up,
        auth=auth,
        secure_cookies=secure_cookies,
        prevalence=prevalence,
        shutdown_seconds=shutdown_seconds,
        limits=ServiceLimits(
            body=body,
            held=4 * body,
            waiting=queue,
            seconds=timeout,
            header_seconds=min(timeout, ServiceLimits.header_seconds),
            connections=connections,
            rate=rate,
            burst=max(1, round(2 * rate)),
            reading=reading,
            worker=worker_limits(reading),
        ),
    )
