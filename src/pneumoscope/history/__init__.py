"""Findings that survive: what models said of films, in SQLite or PostgreSQL, and kept films."""

from pneumoscope.errors import needs_extra

with needs_extra("The history", "serve"):
    import alembic  # noqa: F401
    import sqlalchemy  # noqa: F401
