"""The schema of a history's database, brought up to date by the scripts in `migrations`."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from pneumoscope.errors import HistoryError
from pneumoscope.history.database import Database

NEWEST = "head"
# Any number that nobody else locks: "pneumo" in ASCII.
_ADVISORY_LOCK = 0x706E65756D6F


def migrate(database: Database) -> None:
    """Bring a database, which may be empty, to the newest revision of the schema.

    It is one transaction that only one process can be in: others wait, and find the work done. A
    kill leaves what was there before. Raises as `upgrade`, and as `told`.
    """
    with database.writing() as connection:
        upgrade(connection, database.place)


def upgrade(connection: Connection, place: str, revision: str = NEWEST) -> None:
    """Bring the database of a connection, in its transaction, to a revision of the schema; `place`
    is what messages call it.

    Raises `HistoryError` for revisions, present or wanted, of a newer version.
    """
    if connection.dialect.name == "postgresql":  # in SQLite, only one transaction writes anyway
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
    config = _config()
    known = [NEWEST, *_revisions(config)]
    for asked in (present_revision(connection) or NEWEST, revision):
        if asked not in known:
            raise HistoryError(
                f"The history in {place} was written by a newer pneumoscope: its schema is "
                f"{asked}, and this one knows those up to {known[-1]}.",
                "Install a newer version of pneumoscope.",
            )
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def present_revision(connection: Connection) -> str | None:
    """The revision of a database's schema; `None` of an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "pneumoscope.history:migrations")
    return config


def _revisions(config: Config) -> list[str]:
    """All revisions, oldest first."""
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return [script.revision for script in scripts][::-1]
