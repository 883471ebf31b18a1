"""What authors of flagged messages say against the flag."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_HAS_AUTHOR = sa.text("author_id IS NOT NULL")


def upgrade() -> None:
    """Add the table, and note at each case whether its appeal is open."""
    op.add_column("cases", sa.Column("is_appealed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "appeals",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("case_id", _ROW_ID, sa.ForeignKey("cases.id"), nullable=False, unique=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("author_id", sa.BigInteger),
        sa.Column("words", sa.Text),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("notice", sa.String(20)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_appeals_author", "appeals", ["guild_id", "author_id", "created_at"])
    op.create_index(
        "ix_appeals_with_author", "appeals", ["created_at"], sqlite_where=_HAS_AUTHOR, postgresql_where=_HAS_AUTHOR
    )


def downgrade() -> None:
    """Drop what people have said against flags, and what the version before would stumble over.

    It knows fewer reasons for which an alert is closed, and a case ended: each gets the nearest that it knows.
    """
    op.execute("DELETE FROM actions WHERE lane = 'notices'")
    op.execute("DELETE FROM case_acts WHERE kind IN ('appeal', 'erased')")
    for newer, known in (("erased", "deleted"), ("appealed", "expired")):
        op.execute(f"UPDATE actions SET detail = '{known}' WHERE kind = 'close_alert' AND detail = '{newer}'")
        op.execute(f"UPDATE cases SET ended = '{known}' WHERE ended = '{newer}'")
    op.drop_table("appeals")
    op.drop_column("cases", "is_appealed")
