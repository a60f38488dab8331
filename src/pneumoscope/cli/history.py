"""Where the history is: options that the commands of the service share."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pneumoscope.errors import HistoryError, needs_extra

if TYPE_CHECKING:
    from pneumoscope.history.database import Database
    from pneumoscope.history.records import Keep
    from pneumoscope.history.retention import Retention
    from pneumoscope.history.store import History

SERVICE_PACKAGES = ("fastapi", "uvicorn", "sqlalchemy")
"""By which an installation with the extra `serve` is told."""


def history_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say where the history is; of a subcommand, also before its name."""
    for option in reversed(
        (
            click.option(
                "--folder",
                type=click.Path(file_okay=False, path_type=Path),
                metavar="FOLDER",
                callback=_or_given_before,
                help="Folder of the history: its database and its films; also PNEUMOSCOPE_HOME  "
                "[default: pneumoscope in the user's folder for data].",
            ),
            click.option(
                "--history",
                envvar="PNEUMOSCOPE_HISTORY",
                metavar="URL",
                callback=_or_given_before,
                help="Database of the history, such as postgresql://USER@HOST/NAME; also "
                "PNEUMOSCOPE_HISTORY  [default: SQLite in the folder].",
            ),
        )
    ):
        command = option(command)
    return command


def _or_given_before(ctx: click.Context, option: click.Parameter, value: Any) -> Any:
    """What an option was given here or else, as in `serve --folder F backup TARGET`, before the
    subcommand. Either counts for more than a variable, so this is no default of click's."""
    giver = _given_to(ctx, str(option.name))
    return value if giver in (None, ctx) else giver.params[str(option.name)]


def _given_to(ctx: click.Context, name: str) -> click.Context | None:
    """The command that was given an option: this one or, else, the nearest one around it."""
    context: click.Context | None = ctx
    while context is not None:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            return context
        context = context.parent
    return None


def history_command(words: str) -> str:
    """`pneumoscope serve WORDS`, as a person may copy it to the same history: with --folder and
    --history as the command that runs was given them, quoted for a shell. What variables say holds
    for that person too. A password, which a log could keep, is not repeated."""
    ctx = click.get_current_context()
    options = []
    for name in ("folder", "history"):
        if giver := _given_to(ctx, name):
            value = str(giver.params[name])
            options += [f"--{name}", without_password(value) if name == "history" else value]
    return shlex.join(["pneumoscope", "serve", *words.split(), *options])


def without_password(url: str) -> str:
    """The URL of a database, as it may be shown."""
    # Imported here: it takes time, and most commands never need it.
    from sqlalchemy.engine import make_url

    parsed = make_url(url)
    return url if parsed.password is None else parsed.render_as_string(hide_password=True)


def open_history(
    folder: Path | None, url: str | None, *, keep: Keep, retention: Retention
) -> History:
    """The history in a folder, with its database there or elsewhere; both are made if needed.

    Raises `HistoryError` where it cannot be used, and `MissingExtraError`. Where the folder of
    films is another history's, no database is made.
    """
    with needs_extra("The service", "serve"):
        from pneumoscope.history.films import FilmFolder
        from pneumoscope.history.store import History
    database, films = history_place(folder, url)
    try:
        FilmFolder(films).check(None)
    except HistoryError:
        # In this order: a history is there before it claims films, also one that begins just now.
        if not has_history(folder, url):
            raise
    return History.open(database, films, keep=keep, retention=retention)


@contextmanager
def history_database(
    folder: Path | None, url: str | None, *, make: bool = False
) -> Iterator[Database]:
    """The database of a history alone, for what has nothing to do with films.

    Raises `HistoryError` where it cannot be used, or where there is none and `make` does not say
    that there shall be one, and `MissingExtraError`.
    """
    with needs_extra("The service", "serve"):
        from pneumoscope.history.database import Database
        from pneumoscope.history.schema import migrate, present_revision
    with closing(Database.open(history_place(folder, url)[0], make=make)) as database:
        if not make:
            with database.reading() as connection:
                if present_revision(connection) is None:
                    raise HistoryError(
                        f"There is no history in {database.place}.", "Name the folder that has one."
                    )
        migrate(database)
        yield database


def has_history(folder: Path | None, url: str | None) -> bool:
    """Whether there is a history already. Nothing is made.

    Raises `HistoryError` where its database cannot be used, and `MissingExtraError`.
    """
    with needs_extra("The service", "serve"):
        from pneumoscope.history.database import Database
        from pneumoscope.history.schema import present_revision
    place = history_place(folder, url)[0]
    kind, _, file = place.partition(":///")
    if kind.startswith("sqlite") and not Path(file).exists():
        return False
    with closing(Database.open(place, make=False)) as database, database.reading() as connection:
        return present_revision(connection) is not None


def history_place(folder: Path | None, url: str | None) -> tuple[str, Path]:
    """The URL of a history's database, and its folder of films."""
    place = (folder or default_folder()).absolute()
    return url or f"sqlite:///{place / 'history.sqlite'}", place / "films"


def default_folder() -> Path:
    """`PNEUMOSCOPE_HOME`, or else a folder where programs of this user keep data (`XDG_DATA_HOME`
    or what stands in for it)."""
    if home := os.environ.get("PNEUMOSCOPE_HOME"):
        return Path(home)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "pneumoscope"
