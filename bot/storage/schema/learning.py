"""What guilds teach their models."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.storage.schema.columns import ROW_ID, UtcDateTime, metadata
from bot.storage.schema.personal import Holds, holds
from bot.storage.schema.sealed import Sealed

# The models of a guild, whole: a backup of the database has them, and every process that shares it sees the same.
model_versions = Table(
    "model_versions",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, … in each guild; verdicts call it v1, v2, …
    Column("parent_id", ROW_ID),  # the version it was trained from; NULL: the configured one. May have been deleted
    Column("parent_name", String(100), nullable=False, info=holds(Holds.NOBODY)),
    Column("origin", String(20), nullable=False),  # bot.domain.learning.versions.VersionOrigin
    Column("threshold", Float, nullable=False),
    # JSON: metrics and provenance, as in the content
    Column("manifest", Text, nullable=False, info=holds(Holds.NOBODY)),
    # the archive of model.versions.archive: weights, and the characters they know
    Column("content", LargeBinary, nullable=False, info=holds(Holds.NOBODY)),
    Column("is_forced", Boolean, nullable=False),  # published although a test of the gate had failed
    Column("created_by", BigInteger, nullable=False, info=holds(Holds.STAFF)),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("guild_id", "number", name="uq_model_versions_guild_id_number"),
)

# Texts that moderators have labelled, for their guild's model alone. The newest label of a text holds.
examples = Table(
    "examples",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("text", Sealed, nullable=False, info=holds(Holds.WORDS)),  # a member's, where it is a channel message
    Column("text_digest", LargeBinary(16), nullable=False, info=holds(Holds.DIGEST)),  # of the cleaned text
    Column("label", String(10), nullable=False),  # model.examples.ExampleLabel
    Column("source", String(10), nullable=False),  # bot.domain.learning.examples.Source
    Column("message_id", BigInteger, index=True),  # the channel message it is; goes when the message does
    Column("added_by", BigInteger, nullable=False, info=holds(Holds.STAFF)),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("guild_id", "text_digest", name="uq_examples_guild_id_text_digest"),
)

# Trainings, running and past: who may not begin another, and what became of each.
trainings = Table(
    "trainings",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("mode", String(20), nullable=False),  # bot.domain.learning.trainings.Mode
    Column("corpus", String(20)),
    Column("seed", Integer, nullable=False),
    Column("is_forced", Boolean, nullable=False),
    Column("state", String(20), nullable=False),  # bot.domain.learning.trainings.TrainingState
    # why it failed, in the words of the child, which may quote what it has read: of nobody knows whom
    Column("detail", Sealed, info=holds(Holds.NOBODY)),
    Column("version_id", ROW_ID),  # what it published; may have been deleted since
    Column("requested_by", BigInteger, nullable=False, info=holds(Holds.STAFF)),
    Column("channel_id", BigInteger),  # where its progress is shown
    Column("message_id", BigInteger),
    Column("started_at", UtcDateTime, nullable=False),
    Column("alive_at", UtcDateTime, nullable=False),  # written while it runs; one that stops being written has died
    Column("ended_at", UtcDateTime),
)
_IS_RUNNING = trainings.c.state == "running"
Index("uq_trainings_running", trainings.c.guild_id, unique=True, sqlite_where=_IS_RUNNING, postgresql_where=_IS_RUNNING)
