"""Where the bot is, where it was, and what ails the place of a guild's alerts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table

from bot.storage.schema.columns import UtcDateTime, metadata
from bot.storage.schema.personal import Holds, holds

# The guilds that the bot is in, or has left less than `bot.domain.stays.KEPT_DAYS` ago. What is kept of a guild goes
# with its row.
stays = Table(
    "stays",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column(
        "bot_id", BigInteger, info=holds(Holds.NOBODY)
    ),  # as which bot it was seen last; NULL: not since there is this table
    Column("left_at", UtcDateTime),
    Column("notice_at", UtcDateTime),  # when somebody was told, or nobody could be, what becomes of what is kept
    Column("purge_begun_at", UtcDateTime),
    Column("greeting", String(10)),  # bot.domain.stays.Greeting: what is still to be said
    Column("greeting_begun_at", UtcDateTime),  # it may have been said
)

# What ails the log channel of a guild, one row a guild: kept for a while when it is over, so that what comes and goes
# is not told each time.
log_troubles = Table(
    "log_troubles",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),  # bot.domain.stays.LogTroubleKind
    Column("channel_id", BigInteger, nullable=False),
    Column("noticed_at", UtcDateTime, nullable=False),
    Column("tried_at", UtcDateTime),  # when somebody was to be told, and nobody could be
    Column("told_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
)
