"""What the database knows of itself, and what guilds have chosen."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Integer, String, Table, Text, false, true

from bot.storage.schema.columns import JSON_OR_NULL, ROW_ID, UtcDateTime, metadata
from bot.storage.schema.personal import Holds, holds

# What the database knows of itself: the key of its content digests.
settings = Table(
    "settings",
    metadata,
    Column("key", String(100), primary_key=True, info=holds(Holds.NOBODY)),
    Column("value", Text, nullable=False, info=holds(Holds.NOBODY)),
)

# What a guild has chosen (bot.domain.guilds.GuildSettings). A guild without a row, or with an empty field, takes what
# the operator has configured.
guilds = Table(
    "guilds",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("model_version_id", ROW_ID, ForeignKey("model_versions.id")),  # which serves; NULL: the configured one
    Column("threshold", Float),  # P(negative) in (0, 1] from which a message is flagged
    Column("updated_by", BigInteger, nullable=False, info=holds(Holds.STAFF)),  # 0: Jigi itself
    Column("updated_at", UtcDateTime, nullable=False),
    Column("thresholds", JSON_OR_NULL, info=holds(Holds.NOBODY)),  # {"id of a channel or category": threshold}
    Column("alerts_per_day", Float),
    Column("watched", JSON_OR_NULL, info=holds(Holds.NOBODY)),  # ids of channels and categories, or "all"
    Column("log_channel_id", BigInteger),
    Column("is_shadow", Boolean, nullable=False, server_default=false()),
    Column("exempts_moderators", Boolean, nullable=False, server_default=true()),
    Column("exempt_role_ids", JSON_OR_NULL, info=holds(Holds.NOBODY)),
    Column("exempt_user_ids", JSON_OR_NULL, info=holds(Holds.CHOICE)),
    Column("exempt_channel_ids", JSON_OR_NULL, info=holds(Holds.NOBODY)),
    Column("ping_role_id", BigInteger, info=holds(Holds.NOBODY)),
    Column("quiet_hours", String(11)),  # 22:00-08:00, by the guild's clock
    Column("time_zone", String(50)),
    Column("language", String(2)),
    Column("retention_days", Integer),
    Column("digest_weekday", Integer),  # 0: Monday; NULL: no weekly digest
    Column("reply_from", Float),  # P(negative) from which Jigi replies by itself; NULL: never. So the next two
    Column("timeout_from", Float),
    Column("delete_from", Float),
    Column("timeout_minutes", Integer),
    Column("reply_words", Text, info=holds(Holds.CHOICE)),  # an administrator's, for such a reply
    Column(
        "automatic_model", String(100), info=holds(Holds.NOBODY)
    ),  # by whose scores the guild has agreed: under another one all that rests
)

# The newest weekly digest of each guild that wants one: who sends it has begun it here before.
digests = Table(
    "digests",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", String(20), nullable=False),  # bot.domain.digests.DigestState
    Column("tried_at", UtcDateTime, nullable=False),  # when it was begun last
    Column("n_tries", Integer, nullable=False),
    Column("channel_id", BigInteger),  # where it was sent, or refused
    Column("message_id", BigInteger),
)

# Who has changed which setting of a guild, and when. The highest id is the number by which every process that shares
# the database sees that there is news.
setting_changes = Table(
    "setting_changes",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False, index=True),
    Column("name", String(30), nullable=False),  # a column of guilds
    Column("before", JSON_OR_NULL, info=holds(Holds.CHOICE)),  # as in that column
    Column("after", JSON_OR_NULL, info=holds(Holds.CHOICE)),
    Column("changed_by", BigInteger, info=holds(Holds.STAFF)),  # NULL: Jigi itself
    Column("changed_at", UtcDateTime, nullable=False),
)
