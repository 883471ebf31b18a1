"""Who works off which route of the outbox, so that several processes share it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "claims",
        sa.Column("lane", sa.String(20), primary_key=True),
        sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("claimed_by", sa.String(100), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Remove the table. What was claimed ends with its time."""
    op.drop_table("claims")
