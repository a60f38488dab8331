"""The first schema: identity, models, records, tokens and sessions."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables. A script says what a schema was, so it shares nothing with `tables.py`."""
    # Ordered by code points in both databases.
    words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    identity = op.create_table("identity", sa.Column("id", words, primary_key=True))
    op.bulk_insert(identity, [{"id": secrets.token_hex(16)}])
    op.create_table(
        "models",
        sa.Column("sha256", words, primary_key=True),
        sa.Column("name", words, nullable=False),
        sa.Column("graph_sha256", words, nullable=False),
        sa.Column("manifest", sa.Text, nullable=False),
    )
    op.create_table(
        "records",
        sa.Column("id", words, primary_key=True),
        sa.Column("film", words, nullable=False),
        sa.Column("film_key", words, nullable=False),
        sa.Column("film_sha256", words, nullable=False),
        sa.Column("client", words),
        sa.Column("film_kept", words, nullable=False),
        sa.Column("kept_sha256", words),
        sa.Column("reason", words),
        sa.Column("model_sha256", words, sa.ForeignKey("models.sha256")),
        sa.Column("operating_point", words),
        sa.Column("prevalence", sa.Double),
        sa.Column("finding", words),
        sa.Column("class_of_interest", words),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("threshold", sa.Double),
        sa.Column("height", sa.Integer),
        sa.Column("width", sa.Integer),
        sa.Column("verdict", words),
        sa.Column("note", words),
        sa.Column("reviewer", words),
        sa.Column("reviewed_at", sa.BigInteger),
        sa.Column("probabilities", sa.Text),
        sa.Column("logits", sa.Text),
        sa.Column("milliseconds", sa.Text),
        sa.Column("tags", sa.Text),
        sa.Column("cam", sa.LargeBinary),
        sa.Column("embedding", sa.LargeBinary),
    )
    op.create_index("records_by_film", "records", ["film_key", "id"])
    op.create_index("records_by_probability", "records", ["probability", "id"])
    op.create_index("records_by_finding", "records", ["finding", "id"])
    op.create_index("records_by_verdict", "records", ["verdict", "id"])
    op.create_index("records_by_model", "records", ["model_sha256", "id"])
    op.create_index("records_of_same_film", "records", ["film_sha256", "model_sha256", "id"])
    op.create_table(
        "tokens",
        sa.Column("name", words, primary_key=True),
        sa.Column("digest", words, nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", words, primary_key=True),
        sa.Column("token", words, sa.ForeignKey("tokens.name", ondelete="CASCADE"), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("sessions_by_token", "sessions", ["token"])
