"""The tables, as SQLAlchemy Core sees them. `migrations` builds them, the stores beside this file use them.

Ids of messages, channels, guilds and authors are Discord's. Times are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
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
    false,
    true,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC. SQLite knows no time zones: what it hands back gets its own again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a time into what is stored."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what is stored into a time."""
        return value.replace(tzinfo=UTC) if value else None


def storable(content: str) -> str:
    """Replace what no database takes as text: half a surrogate pair, and NUL (PostgreSQL)."""
    whole = content.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\ufffd")


metadata = MetaData()

_JSON = JSON(none_as_null=True)
_ROW_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only what is called INTEGER

NO_DIGEST = b""  # of what is not kept: a digest would confirm whoever guesses it

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
    Column("content_digest", LargeBinary(16), nullable=False),  # of a flagged one's content, to tell whether it changed
    Column("text", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    UniqueConstraint("message_id", "revision", name="uq_verdicts_message_id_revision"),
)
_HAS_TEXT = verdicts.c.text.is_not(None)
Index("ix_verdicts_with_text", verdicts.c.created_at, sqlite_where=_HAS_TEXT, postgresql_where=_HAS_TEXT)

Index("ix_verdicts_guild_id_created_at", verdicts.c.guild_id, verdicts.c.created_at)

# The newest message of a channel that was judged or passed over: where reading goes on after an absence.
channels = Table(
    "channels",
    metadata,
    Column("channel_id", BigInteger, primary_key=True, autoincrement=False),
    Column("last_message_id", BigInteger, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# The outbox: what is to be done because of a verdict, written together with it and worked off in order of id, each
# route (lane and place) by itself.
actions = Table(
    "actions",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("verdict_id", _ROW_ID, ForeignKey("verdicts.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # bot.domain.actions.ActionKind
    Column("state", String(20), nullable=False),  # bot.domain.actions.ActionState
    Column("detail", Text),  # why it failed; for close_alert: why the alert is closed
    Column("alert_channel_id", BigInteger),  # where the alert was sent that this action sent or is to close
    Column("alert_message_id", BigInteger),
    Column("created_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("lane", String(20), nullable=False, server_default="marks"),  # bot.domain.actions.Lane
    Column("place", BigInteger, nullable=False, server_default="0"),  # the channel it is done in; of an alert the guild
    Column("due_at", UtcDateTime),  # when it is tried again; NULL: at once
    Column("n_tries", Integer, nullable=False, server_default="0"),  # that have failed so far
    Column("shown_verdict_id", _ROW_ID),  # of an alert that was begun: whose text it shows; NULL: that of verdict_id
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

# What the database knows of itself: the key of its content digests.
settings = Table(
    "settings",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

# What a guild has chosen (bot.domain.guilds.GuildSettings). A guild without a row, or with an empty field, takes what
# the operator has configured.
guilds = Table(
    "guilds",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("model_version_id", _ROW_ID, ForeignKey("model_versions.id")),  # which serves; NULL: the configured one
    Column("threshold", Float),  # P(negative) in (0, 1] from which a message is flagged
    Column("updated_by", BigInteger, nullable=False),  # 0: Jigi itself
    Column("updated_at", UtcDateTime, nullable=False),
    Column("thresholds", _JSON),  # {"id of a channel or category": threshold}
    Column("alerts_per_day", Float),
    Column("watched", _JSON),  # ids of channels and categories, or "all"
    Column("log_channel_id", BigInteger),
    Column("is_shadow", Boolean, nullable=False, server_default=false()),
    Column("exempts_moderators", Boolean, nullable=False, server_default=true()),
    Column("exempt_role_ids", _JSON),
    Column("exempt_user_ids", _JSON),
    Column("exempt_channel_ids", _JSON),
    Column("ping_role_id", BigInteger),
    Column("quiet_hours", String(11)),  # 22:00-08:00, by the guild's clock
    Column("time_zone", String(50)),
    Column("language", String(2)),
    Column("retention_days", Integer),
)

# Who has changed which setting of a guild, and when. The highest id is the number by which every process that shares
# the database sees that there is news.
setting_changes = Table(
    "setting_changes",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False, index=True),
    Column("name", String(30), nullable=False),  # a column of guilds
    Column("before", _JSON),  # as in that column
    Column("after", _JSON),
    Column("changed_by", BigInteger),  # NULL: Jigi itself
    Column("changed_at", UtcDateTime, nullable=False),
)

# The models of a guild, whole: a backup of the database has them, and every process that shares it sees the same.
model_versions = Table(
    "model_versions",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, … in each guild; verdicts call it v1, v2, …
    Column("parent_id", _ROW_ID),  # the version it was trained from; NULL: the configured one. May have been deleted
    Column("parent_name", String(100), nullable=False),
    Column("origin", String(20), nullable=False),  # bot.domain.versions.VersionOrigin
    Column("threshold", Float, nullable=False),
    Column("manifest", Text, nullable=False),  # JSON: metrics and provenance, as in the content
    Column("content", LargeBinary, nullable=False),  # the archive of model.versions.archive
    Column("is_forced", Boolean, nullable=False),  # published although a test of the gate had failed
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("guild_id", "number", name="uq_model_versions_guild_id_number"),
)

# Texts that moderators have labelled, for their guild's model alone. The newest label of a text holds.
examples = Table(
    "examples",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("text_digest", LargeBinary(16), nullable=False),  # of the cleaned text
    Column("label", String(10), nullable=False),  # model.examples.ExampleLabel
    Column("source", String(10), nullable=False),  # bot.domain.examples.Source
    Column("message_id", BigInteger, index=True),  # the channel message it is; goes when the message does
    Column("added_by", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("guild_id", "text_digest", name="uq_examples_guild_id_text_digest"),
)

# What a moderator has said of an alert. Holds no content.
decisions = Table(
    "decisions",
    metadata,
    Column("verdict_id", _ROW_ID, ForeignKey("verdicts.id"), primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger),
    Column("is_right", Boolean, nullable=False),  # else a false alarm
    Column("decided_by", BigInteger, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
)

# What moderators work on: one case for each flagged message, opened with its verdict. Holds no content. The author is
# kept until its time is over, so that it can be counted how often somebody was flagged.
cases = Table(
    "cases",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, … in each guild
    Column("message_id", BigInteger, nullable=False, unique=True),
    Column("channel_id", BigInteger, nullable=False),
    Column("author_id", BigInteger),
    Column("state", String(20), nullable=False),  # bot.domain.cases.CaseState
    Column("ended", String(20)),  # bot.domain.actions.CloseReason: why nothing can be done about it any more
    Column("folded_into", Integer),  # the number of the case in whose alert it is counted; NULL: it has its own
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("guild_id", "number", name="uq_cases_guild_id_number"),
)
Index("ix_cases_state", cases.c.guild_id, cases.c.state, cases.c.number)
Index("ix_cases_channel", cases.c.guild_id, cases.c.channel_id, cases.c.number)
Index("ix_cases_author", cases.c.guild_id, cases.c.author_id, cases.c.number)
Index("ix_cases_folded_into", cases.c.guild_id, cases.c.folded_into)
_HAS_AUTHOR = cases.c.author_id.is_not(None)
Index("ix_cases_with_author", cases.c.created_at, sqlite_where=_HAS_AUTHOR, postgresql_where=_HAS_AUTHOR)

# What was done about cases, by whom and when.
case_acts = Table(
    "case_acts",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("case_id", _ROW_ID, ForeignKey("cases.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # bot.domain.cases.ActKind
    Column("by", BigInteger),  # NULL: Jigi itself
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text),  # as moderators have written it; the text of a note or reply
    Column("minutes", Integer),  # of a timeout
    Column("is_done", Boolean, nullable=False),  # else begun: it may have been done on Discord
)
_IS_BEGUN = ~case_acts.c.is_done
Index("ix_case_acts_begun", case_acts.c.id, sqlite_where=_IS_BEGUN, postgresql_where=_IS_BEGUN)
Index("ix_case_acts_by", case_acts.c.by, case_acts.c.case_id)

# Trainings, running and past: who may not begin another, and what became of each.
trainings = Table(
    "trainings",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("mode", String(20), nullable=False),  # bot.domain.trainings.Mode
    Column("corpus", String(20)),
    Column("seed", Integer, nullable=False),
    Column("is_forced", Boolean, nullable=False),
    Column("state", String(20), nullable=False),  # bot.domain.trainings.TrainingState
    Column("detail", Text),  # why it failed
    Column("version_id", _ROW_ID),  # what it published; may have been deleted since
    Column("requested_by", BigInteger, nullable=False),
    Column("channel_id", BigInteger),  # where its progress is shown
    Column("message_id", BigInteger),
    Column("started_at", UtcDateTime, nullable=False),
    Column("alive_at", UtcDateTime, nullable=False),  # written while it runs; one that stops being written has died
    Column("ended_at", UtcDateTime),
)
_IS_RUNNING = trainings.c.state == "running"
Index("uq_trainings_running", trainings.c.guild_id, unique=True, sqlite_where=_IS_RUNNING, postgresql_where=_IS_RUNNING)
