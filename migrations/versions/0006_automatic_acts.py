"""What Jigi does by itself: from which thresholds a guild has agreed to it, and where it has replied."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_IS_JIGIS = sa.text('"by" IS NULL')


def upgrade() -> None:
    """Add the columns, and find quickly what was done by itself of late."""
    for column in (
        sa.Column("reply_from", sa.Float),
        sa.Column("timeout_from", sa.Float),
        sa.Column("delete_from", sa.Float),
        sa.Column("timeout_minutes", sa.Integer),
        sa.Column("reply_words", sa.Text),
        sa.Column("automatic_model", sa.String(100)),
    ):
        op.add_column("guilds", column)
    op.add_column("case_acts", sa.Column("reply_id", sa.BigInteger))
    op.add_column("case_acts", sa.Column("refusal", sa.String(40)))
    op.create_index(
        "ix_case_acts_automatic", "case_acts", ["kind", "at"], sqlite_where=_IS_JIGIS, postgresql_where=_IS_JIGIS
    )


def downgrade() -> None:
    """Drop the columns, and what the version before would stumble over: acts and settings that it does not know."""
    op.execute("DELETE FROM actions WHERE lane = 'acts'")
    op.execute("DELETE FROM case_acts WHERE kind IN ('undo', 'refused')")
    names = ("reply_from", "timeout_from", "delete_from", "timeout_minutes", "reply_words", "automatic_model")
    op.execute(f"DELETE FROM setting_changes WHERE name IN {names}")
    op.drop_index("ix_case_acts_automatic", "case_acts")
    op.drop_column("case_acts", "refusal")
    op.drop_column("case_acts", "reply_id")
    for name in names:
        op.drop_column("guilds", name)
