"""What a guild chooses for itself, and who has changed it when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the columns and the list of changes. What was chosen before holds."""
    for column in (
        sa.Column("thresholds", sa.JSON),
        sa.Column("alerts_per_day", sa.Float),
        sa.Column("watched", sa.JSON),
        sa.Column("log_channel_id", sa.BigInteger),
        sa.Column("is_shadow", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("exempts_moderators", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("exempt_role_ids", sa.JSON),
        sa.Column("exempt_user_ids", sa.JSON),
        sa.Column("exempt_channel_ids", sa.JSON),
        sa.Column("ping_role_id", sa.BigInteger),
        sa.Column("quiet_hours", sa.String(11)),
        sa.Column("time_zone", sa.String(50)),
        sa.Column("language", sa.String(2)),
        sa.Column("retention_days", sa.Integer),
    ):
        op.add_column("guilds", column)
    op.create_table(
        "setting_changes",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(30), nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
        sa.Column("changed_by", sa.BigInteger),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_setting_changes_guild_id", "setting_changes", ["guild_id"])
