"""The first tables: verdicts, channels, actions and settings.

What they hold stands in the schema module. Released migrations are never changed, so nothing is imported from there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "verdicts",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("author_id", sa.BigInteger),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("is_flagged", sa.Boolean, nullable=False),
        sa.Column("model_version", sa.String(100), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(16), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("erased_at", _TIME),
        sa.UniqueConstraint("message_id", "revision", name="uq_verdicts_message_id_revision"),
    )
    has_text = sa.text("text IS NOT NULL")
    op.create_index(
        "ix_verdicts_with_text", "verdicts", ["created_at"], sqlite_where=has_text, postgresql_where=has_text
    )
    op.create_table(
        "channels",
        sa.Column("channel_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("last_message_id", sa.BigInteger, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
    )
    op.create_table(
        "actions",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("verdict_id", _ROW_ID, sa.ForeignKey("verdicts.id"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text),
        sa.Column("alert_channel_id", sa.BigInteger),
        sa.Column("alert_message_id", sa.BigInteger),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("done_at", _TIME),
    )
    op.create_index("ix_actions_verdict_id", "actions", ["verdict_id"])
    is_pending = sa.text("state = 'pending'")
    op.create_index("ix_actions_pending", "actions", ["id"], sqlite_where=is_pending, postgresql_where=is_pending)
    op.create_table(
        "settings",
        sa.Column("key", sa.String(100), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
