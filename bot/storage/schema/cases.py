"""What moderators have decided and done."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
)

from bot.storage.schema.columns import ROW_ID, UtcDateTime, metadata
from bot.storage.schema.personal import Holds, holds
from bot.storage.schema.sealed import Sealed

# What a moderator has said of an alert. Holds no content.
decisions = Table(
    "decisions",
    metadata,
    Column("verdict_id", ROW_ID, ForeignKey("verdicts.id"), primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger),
    Column("is_right", Boolean, nullable=False),  # else a false alarm
    Column("decided_by", BigInteger, nullable=False, info=holds(Holds.STAFF)),
    Column("decided_at", UtcDateTime, nullable=False),
)

# What moderators work on: one case for each flagged message, opened with its verdict. Holds no content. The author is
# kept until its time is over, so that it can be counted how often somebody was flagged.
cases = Table(
    "cases",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, … in each guild
    Column("message_id", BigInteger, nullable=False, unique=True),
    Column("channel_id", BigInteger, nullable=False),
    Column("author_id", BigInteger, info=holds(Holds.MEMBER)),
    Column("state", String(20), nullable=False),  # bot.domain.cases.CaseState
    Column("ended", String(20)),  # bot.domain.actions.CloseReason: why nothing can be done about it any more
    Column("folded_into", Integer),  # the number of the case in whose alert it is counted; NULL: it has its own
    Column("created_at", UtcDateTime, nullable=False),
    # its author has appealed, and nobody has decided of that
    Column("is_appealed", Boolean, nullable=False, server_default=false()),
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
    Column("id", ROW_ID, primary_key=True),
    Column("case_id", ROW_ID, ForeignKey("cases.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # bot.domain.cases.ActKind
    Column("by", BigInteger, info=holds(Holds.STAFF)),  # NULL: Jigi itself, or the author of the message
    Column("at", UtcDateTime, nullable=False),
    # as moderators have written it; the text of a note or reply
    Column("reason", Sealed, info=holds(Holds.ABOUT)),
    Column("minutes", Integer),  # of a timeout
    Column("is_done", Boolean, nullable=False),  # else begun: it may have been done on Discord
    Column("reply_id", BigInteger, info=holds(Holds.NOBODY)),  # the message of a reply that Jigi has sent by itself
    Column("refusal", String(40)),  # what Jigi would have done by itself, and bot.domain.automatic.Refusal: why not
)
_IS_BEGUN = ~case_acts.c.is_done
Index("ix_case_acts_begun", case_acts.c.id, sqlite_where=_IS_BEGUN, postgresql_where=_IS_BEGUN)
Index("ix_case_acts_by", case_acts.c.by, case_acts.c.case_id)
_IS_JIGIS = case_acts.c.by.is_(None)
Index("ix_case_acts_automatic", case_acts.c.kind, case_acts.c.at, sqlite_where=_IS_JIGIS, postgresql_where=_IS_JIGIS)
