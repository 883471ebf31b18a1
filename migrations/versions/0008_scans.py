"""Looks through old messages, and what they have found so far."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_IS_RUNNING = sa.text("state = 'running'")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "scans",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("most", sa.Integer, nullable=False),
        sa.Column("requested_by", sa.BigInteger, nullable=False),
        sa.Column("report_channel_id", sa.BigInteger, nullable=False),
        sa.Column("report_message_id", sa.BigInteger),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("place_id", sa.BigInteger, nullable=False),
        sa.Column("before_id", sa.BigInteger, nullable=False),
        sa.Column("n_read", sa.Integer, nullable=False),
        sa.Column("is_read", sa.Boolean, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "uq_scans_running", "scans", ["guild_id"], unique=True,
        sqlite_where=_IS_RUNNING, postgresql_where=_IS_RUNNING,
    )  # fmt: skip
    op.create_table(
        "scanned_messages",
        sa.Column("scan_id", _ROW_ID, sa.ForeignKey("scans.id"), primary_key=True, autoincrement=False),
        sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("is_flagged", sa.Boolean, nullable=False),
        sa.Column("model_version", sa.String(100), nullable=False),
    )
    op.create_index("ix_scanned_messages_message_id", "scanned_messages", ["message_id"])


def downgrade() -> None:
    """Drop the tables; what they have found belongs to nothing else."""
    op.drop_table("scanned_messages")
    op.drop_table("scans")
