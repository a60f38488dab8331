"""A table of reviews, one a record and reviewer, and what records are ordered by."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_REVIEWS = """
    SELECT records.id AS record, verdict, note, reviewer, reviewed_at, finding, operating_point,
        models.manifest
    FROM records LEFT JOIN models ON models.sha256 = records.model_sha256
    WHERE verdict IS NOT NULL
"""


def upgrade() -> None:
    """Give reviews a table of their own, and add to records what they are ordered by."""
    found = op.get_bind().execute(sa.text(_REVIEWS)).mappings()
    rows = [_review(dict(row)) for row in found]
    op.add_column("records", sa.Column("urgency", sa.Double))
    op.add_column("records", sa.Column("verdict_rank", sa.Integer))
    op.execute(
        "UPDATE records SET urgency = CASE WHEN verdict IS NULL THEN probability ELSE -2.0 END, "
        "verdict_rank = CASE verdict WHEN 'disagree' THEN 3 WHEN 'unsure' THEN 2 "
        "WHEN 'agree' THEN 1 ELSE 0 END"
    )
    op.drop_index("records_by_verdict", "records")
    # SQLite copies the table here, and empties the old one: what refers to it, and goes with its
    # rows, is made afterwards.
    with op.batch_alter_table("records") as batch:
        batch.alter_column("urgency", nullable=False)
        batch.alter_column("verdict_rank", nullable=False)
        for name in ("verdict", "note", "reviewer", "reviewed_at"):
            batch.drop_column(name)
    op.create_index("records_by_urgency", "records", ["urgency", "id"])
    op.create_index("records_by_verdict", "records", ["verdict_rank", "id"])
    # Ordered by code points in both databases.
    words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    reviews = op.create_table(
        "reviews",
        sa.Column(
            "record", words, sa.ForeignKey("records.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("reviewer", words, primary_key=True),
        sa.Column("verdict", words, nullable=False),
        sa.Column("note", words, nullable=False),
        sa.Column("opinion", words),
        sa.Column("finding", words),
        sa.Column("operating_point", words),
        sa.Column("blind", sa.Boolean, nullable=False),
        sa.Column("reviewed_at", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(reviews, rows)


def _review(row: dict[str, Any]) -> dict[str, Any]:
    """A review of the first schema, which did not say which class was seen: whoever agrees sees the
    class called, and whoever disagrees the other one, where there are two."""
    finding, manifest, opinion = row["finding"], row.pop("manifest"), None
    if finding is not None and row["verdict"] == "agree":
        opinion = finding
    elif finding is not None and row["verdict"] == "disagree":
        others = [name for name in json.loads(manifest)["class_names"] if name != finding]
        opinion = others[0] if len(others) == 1 else None
    return {
        **row,
        "note": row["note"] or "",
        "reviewer": row["reviewer"] or "",
        "opinion": opinion,
        "blind": False,
    }
