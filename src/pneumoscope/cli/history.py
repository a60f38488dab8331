"""Where the history is: options that the commands of the service share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pneumoscope.errors import needs_extra

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
    name, context = str(option.name), ctx
    while context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
        if context.parent is None:
            return value
        context = context.parent
    return value if context is ctx else context.params[name]


def open_history(
    folder: Path | None, url: str | None, *, keep: Keep, retention: Retention
) -> History:
    """The history in a folder, with its database there or elsewhere; both are made if needed.

    Raises `HistoryError` where it cannot be used, and `MissingExtraError`.
    """
    with needs_extra("The service", "serve"):
        from pneumoscope.history.store import History
    database, films = history_place(folder, url)
    return History.open(database, films, keep=keep, retention=retention)


@contextmanager
def history_database(folder: Path | None, url: str | None) -> Iterator[Database]:
    """The database of a history alone, made if needed, for what has nothing to do with films.

    Raises `HistoryError` where it cannot be used, and `MissingExtraError`.
    """
    with needs_extra("The service", "serve"):
        from pneumoscope.history.database import Database
        from pneumoscope.history.schema import migrate
    with closing(Database.open(history_place(folder, url)[0])) as database:
        migrate(database)
        yield database


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
