"""Which guilds the bot is in or was in, whose the channels are, and what ails a log channel."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
# Of which guilds something is kept: each is known by one of these.
_GUILDS = """
    INSERT INTO stays (guild_id)
    SELECT guild_id FROM verdicts WHERE guild_id IS NOT NULL
    UNION SELECT guild_id FROM guilds UNION SELECT guild_id FROM cases UNION SELECT guild_id FROM setting_changes
    UNION SELECT guild_id FROM examples UNION SELECT guild_id FROM model_versions UNION SELECT guild_id FROM trainings
"""
_HOMES = "SELECT channel_id, max(guild_id) FROM verdicts WHERE guild_id IS NOT NULL GROUP BY channel_id"


def upgrade() -> None:
    """Add the tables, with the guilds of which something is kept; those that know the bot already are not welcomed."""
    op.create_table(
        "stays",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("bot_id", sa.BigInteger),
        sa.Column("left_at", _TIME),
        sa.Column("notice_at", _TIME),
        sa.Column("purge_begun_at", _TIME),
        sa.Column("greeting", sa.String(10)),
        sa.Column("greeting_begun_at", _TIME),
    )
    op.create_table(
        "log_troubles",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("noticed_at", _TIME, nullable=False),
        sa.Column("tried_at", _TIME),
        sa.Column("told_at", _TIME),
        sa.Column("ended_at", _TIME),
    )
    op.add_column("channels", sa.Column("guild_id", sa.BigInteger))
    op.create_index("ix_channels_guild_id", "channels", ["guild_id"])
    op.execute(_GUILDS)
    connection = op.get_bind()
    homes = [{"channel_id": row[0], "guild_id": row[1]} for row in connection.execute(sa.text(_HOMES))]
    if homes:
        is_it = sa.text("UPDATE channels SET guild_id = :guild_id WHERE channel_id = :channel_id")
        connection.execute(is_it, homes)
    if connection.execute(sa.text("SELECT 1 FROM settings WHERE key = 'content_digest_key'")).first():
        now = {"now": datetime.now(UTC).isoformat()}
        connection.execute(sa.text("INSERT INTO settings (key, value) VALUES ('upgraded_to_stays_at', :now)"), now)


def downgrade() -> None:
    """Drop the tables and the column; which guild a channel is of, the verdicts tell."""
    op.execute("DELETE FROM settings WHERE key = 'upgraded_to_stays_at'")
    op.drop_index("ix_channels_guild_id", "channels")
    op.drop_column("channels", "guild_id")
    op.drop_table("log_troubles")
    op.drop_table("stays")
