"""An index for counting what was flagged, and the weekly digest: on which day, and which one was sent last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index, the column and the table."""
    op.create_index(
        "ix_verdicts_flagged", "verdicts", ["guild_id", "created_at"],
        sqlite_where=sa.text("is_flagged = 1"), postgresql_where=sa.text("is_flagged"),
    )  # fmt: skip
    op.add_column("guilds", sa.Column("digest_weekday", sa.Integer))
    op.create_table(
        "digests",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("n_tries", sa.Integer, nullable=False),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
    )


def downgrade() -> None:
    """Drop them, and the changes of a setting that the version before does not know."""
    op.execute("DELETE FROM setting_changes WHERE name = 'digest_weekday'")
    op.drop_table("digests")
    op.drop_column("guilds", "digest_weekday")
    op.drop_index("ix_verdicts_flagged", "verdicts")
