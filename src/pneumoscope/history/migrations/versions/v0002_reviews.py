"""Records are ordered by how urgent it is to review them, and by verdicts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what records are ordered by."""
    op.add_column("records", sa.Column("urgency", sa.Double))
    op.add_column("records", sa.Column("verdict_rank", sa.Integer))
    op.execute(
        "UPDATE records SET urgency = CASE WHEN verdict IS NULL THEN probability ELSE -2.0 END, "
        "verdict_rank = CASE verdict WHEN 'disagree' THEN 3 WHEN 'unsure' THEN 2 "
        "WHEN 'agree' THEN 1 ELSE 0 END"
    )
    op.drop_index("records_by_verdict", "records")
    with op.batch_alter_table("records") as batch:
        batch.alter_column("urgency", nullable=False)
        batch.alter_column("verdict_rank", nullable=False)
    op.create_index("records_by_urgency", "records", ["urgency", "id"])
    op.create_index("records_by_verdict", "records", ["verdict_rank", "id"])
