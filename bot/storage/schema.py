"""The tables, as SQLAlchemy Core sees them. `migrations` builds them, the stores beside this file use them.

Ids of messages, channels, guilds and authors are Discord's. Times are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC. SQLite knows no time zones: what it hands back gets its own again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


metadata = MetaData()

_ROW_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only what is called INTEGER

# What was decided of a message, one row for each revision that was judged. The newest revision is what holds.
# text and author_id are kept for flagged messages alone, and only until the message is deleted, an edit replaces it or
# its time is over; then both go and erased_at says when.
verdicts = Table(
    "verdicts",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("message_id", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),  # milliseconds since 1970 of the last edit, 0: never edited
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("author_id", BigInteger),
    Column("probability", Float, nullable=False),  # P(positive) in [0, 1]
    Column("threshold", Float, nullable=False),  # P(negative) from which a message was flagged
    Column("is_flagged", Boolean, nullable=False),
    Column("model_version", String(100), nullable=False),
    Column("content_digest", LargeBinary(16), nullable=False),  # tells whether content changed, without keeping it
    Column("text", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    UniqueConstraint("message_id", "revision", name="uq_verdicts_message_id_revision"),
)
_HAS_TEXT = verdicts.c.text.is_not(None)
Index("ix_verdicts_with_text", verdicts.c.created_at, sqlite_where=_HAS_TEXT, postgresql_where=_HAS_TEXT)

# The newest message of a channel that was judged or passed over: where reading goes on after an absence.
channels = Table(
    "channels",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("last_message_id", BigInteger, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# The outbox: what is to be done because of a verdict, written together with it and worked off in order of id.
actions = Table(
    "actions",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("verdict_id", _ROW_ID, ForeignKey("verdicts.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # bot.verdict.ActionKind
    Column("state", String(20), nullable=False),  # bot.storage.outbox.ActionState
    Column("detail", Text),  # why it failed; for close_alert: why the alert is closed
    Column("alert_channel_id", BigInteger),  # where the alert was sent that this action sent or is to close
    Column("alert_message_id", BigInteger),
    Column("created_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
)
_IS_PENDING = actions.c.state == "pending"
Index("ix_actions_pending", actions.c.id, sqlite_where=_IS_PENDING, postgresql_where=_IS_PENDING)

# What the database knows of itself: the key of its content digests.
settings = Table(
    "settings",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)
