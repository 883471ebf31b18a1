"""What members have said for themselves."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from bot.storage.schema.columns import ROW_ID, UtcDateTime, metadata
from bot.storage.schema.personal import Holds, holds
from bot.storage.schema.sealed import Sealed

# The appeal of a case's author, one for each case. The words are kept until it has ended, the author until their time
# is over.
appeals = Table(
    "appeals",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("case_id", ROW_ID, ForeignKey("cases.id"), nullable=False, unique=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("author_id", BigInteger, info=holds(Holds.MEMBER)),
    Column("words", Sealed, info=holds(Holds.WORDS)),
    Column("language", String(2), nullable=False),  # in which it was made: that of the notice
    Column("state", String(20), nullable=False),  # bot.domain.members.appeals.AppealState
    Column("outcome", String(20)),  # bot.domain.cases.ActKind: what moderators have said
    Column("notice", String(20)),  # bot.domain.members.appeals.NoticeState; NULL: there is nothing to tell yet
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
)
Index("ix_appeals_author", appeals.c.guild_id, appeals.c.author_id, appeals.c.created_at)
_HAS_AUTHOR = appeals.c.author_id.is_not(None)
Index("ix_appeals_with_author", appeals.c.created_at, sqlite_where=_HAS_AUTHOR, postgresql_where=_HAS_AUTHOR)
