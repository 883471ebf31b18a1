"""Which process holds which shard, and when the next may begin a session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; nobody holds anything."""
    op.create_table(
        "shard_leases",
        sa.Column("shard_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n_shards", sa.Integer, nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("held_until", sa.Float, nullable=False),
    )
    op.create_table(
        "identify_turns",
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("free_at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Remove the tables."""
    op.drop_table("identify_turns")
    op.drop_table("shard_leases")
