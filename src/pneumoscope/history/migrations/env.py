"""What Alembic runs around its scripts: on the connection of `schema.py`, in its transaction."""

from __future__ import annotations

from alembic import context

from pneumoscope.history.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes tables by copying them
)
with context.begin_transaction():
    context.run_migrations()
