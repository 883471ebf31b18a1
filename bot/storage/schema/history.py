"""Looks through old messages, as far as they are."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table

from bot.storage.schema.columns import ROW_ID, UtcDateTime, metadata
from bot.storage.schema.personal import Holds, holds

# A look through a channel's old messages. What it has found goes when it ends, and after a day whatever becomes of it.
scans = Table(
    "scans",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),  # that is looked through: a channel, a thread, a forum
    Column("most", Integer, nullable=False),  # messages that are read at most
    Column("requested_by", BigInteger, nullable=False, info=holds(Holds.STAFF)),
    Column(
        "report_channel_id", BigInteger, nullable=False, info=holds(Holds.NOBODY)
    ),  # where its progress is shown, and its report
    Column("report_message_id", BigInteger, info=holds(Holds.NOBODY)),
    Column("state", String(20), nullable=False),  # bot.domain.history.scans.ScanState
    Column("owner", String(32), nullable=False),  # the process that works on it; another may have taken it over
    Column(
        "place_id", BigInteger, nullable=False, info=holds(Holds.NOBODY)
    ),  # the channel, or the forum's post, that is being read
    Column(
        "before_id", BigInteger, nullable=False, info=holds(Holds.NOBODY)
    ),  # the messages below this id are read next
    Column("n_read", Integer, nullable=False),
    Column("is_read", Boolean, nullable=False),  # all of it; the report is left
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)
_IS_RUNNING = scans.c.state == "running"
Index("uq_scans_running", scans.c.guild_id, unique=True, sqlite_where=_IS_RUNNING, postgresql_where=_IS_RUNNING)

# What has been judged so far. Holds neither a text nor an author.
scanned_messages = Table(
    "scanned_messages",
    metadata,
    Column("scan_id", ROW_ID, ForeignKey("scans.id"), primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("probability", Float, nullable=False),  # P(positive) in [0, 1]
    Column("threshold", Float, nullable=False),
    Column("is_flagged", Boolean, nullable=False),
    Column("model_version", String(100), nullable=False, info=holds(Holds.NOBODY)),
)
Index("ix_scanned_messages_message_id", scanned_messages.c.message_id)
