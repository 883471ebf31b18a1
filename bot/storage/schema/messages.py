"""What was decided of messages, and what is done about it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage.schema.columns import ROW_ID, UtcDateTime, metadata
from bot.storage.schema.personal import Holds, holds
from bot.storage.schema.sealed import Sealed

# What was decided of a message, one row for each revision that was judged. The newest revision is what holds.
# text and author_id are kept for flagged messages alone, and only until the message is deleted, an edit replaces it or
# its time is over; then both go and erased_at says when.
verdicts = Table(
    "verdicts",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("message_id", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),  # milliseconds since 1970 of the last edit, 0: never edited
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("author_id", BigInteger, info=holds(Holds.MEMBER)),
    Column("probability", Float, nullable=False),  # P(positive) in [0, 1]
    Column("threshold", Float, nullable=False),  # P(negative) from which a message was flagged
    Column("is_flagged", Boolean, nullable=False),
    Column("model_version", String(100), nullable=False, info=holds(Holds.NOBODY)),
    # of a flagged one's content, to tell whether it changed
    Column("content_digest", LargeBinary(16), nullable=False, info=holds(Holds.DIGEST)),
    Column("text", Sealed, info=holds(Holds.WORDS)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    UniqueConstraint("message_id", "revision", name="uq_verdicts_message_id_revision"),
)
_HAS_TEXT = verdicts.c.text.is_not(None)
Index("ix_verdicts_with_text", verdicts.c.created_at, sqlite_where=_HAS_TEXT, postgresql_where=_HAS_TEXT)

Index("ix_verdicts_guild_id_created_at", verdicts.c.guild_id, verdicts.c.created_at)
# Few of a guild's messages are flagged: whoever counts those need not look at the others.
Index(
    "ix_verdicts_flagged",
    verdicts.c.guild_id,
    verdicts.c.created_at,
    sqlite_where=text("is_flagged = 1"),  # as a query says it, or SQLite does not use it
    postgresql_where=text("is_flagged"),
)

# The newest message of a channel that was judged or passed over: where reading goes on after an absence.
channels = Table(
    "channels",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("last_message_id", BigInteger, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("guild_id", BigInteger, index=True),
)

# The outbox: what is to be done because of a verdict, written together with it and worked off in order of id, each
# route (lane and place) by itself.
actions = Table(
    "actions",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("verdict_id", ROW_ID, ForeignKey("verdicts.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # bot.domain.actions.ActionKind
    Column("state", String(20), nullable=False),  # bot.domain.actions.ActionState
    Column("detail", Text, info=holds(Holds.NOBODY)),  # why it failed; for close_alert: why the alert is closed
    Column("alert_channel_id", BigInteger),  # where the alert was sent that this action sent or is to close
    Column("alert_message_id", BigInteger),
    Column("created_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("lane", String(20), nullable=False, server_default="marks"),  # bot.domain.actions.Lane
    Column("place", BigInteger, nullable=False, server_default="0"),  # the channel it is done in; of an alert the guild
    Column("due_at", UtcDateTime),  # when it is tried again; NULL: at once
    Column("n_tries", Integer, nullable=False, server_default="0"),  # that have failed so far
    Column("shown_verdict_id", ROW_ID),  # of an alert that was begun: whose text it shows; NULL: that of verdict_id
)
_IS_PENDING = actions.c.state == "pending"
Index(
    "ix_actions_pending",
    actions.c.lane,
    actions.c.place,
    actions.c.id,
    sqlite_where=_IS_PENDING,
    postgresql_where=_IS_PENDING,
)

# Who works off which route, and until when; renewed meanwhile. Means nothing in another database.
claims = Table(
    "claims",
    metadata,
    Column("lane", String(20), primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("claimed_by", String(100), nullable=False, info=holds(Holds.NOBODY)),  # machine/process/random
    Column("claimed_until", UtcDateTime, nullable=False),
    info={"is_passing": True},
)
