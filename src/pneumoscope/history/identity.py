"""Which history this is: what is in the folder of films too, so that none takes another's."""

from __future__ import annotations

from sqlalchemy import Connection, select

from pneumoscope.history.tables import identity


def history_id(connection: Connection, *, alone: bool = False) -> str:
    """The 32 hexadecimal digits of a history, made at random with its database.

    `alone` keeps others who ask so waiting until this transaction ends.
    """
    statement = select(identity.c.id)
    # SQLite has no such locks: there, whoever writes is alone.
    return str(connection.scalars(statement.with_for_update() if alone else statement).one())
