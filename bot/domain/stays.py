"""In which guilds the bot is, what it says on coming, and for how long it keeps what is theirs when it has left. Pure.

`bot.storage.stays` keeps it, `bot.cogs.guilds` acts by it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

KEPT_DAYS = 30  # that everything of a guild is kept when the bot has left it
WELCOMED_FOR = timedelta(days=7)  # after joining: to come with an introduction later than that would be odd


class Greeting(StrEnum):
    """What is said to a guild, once."""

    WELCOME = "welcome"  # how to begin
    BACK = "back"  # the bot has been here before, and what it had kept is still there


class LogTroubleKind(StrEnum):
    """What keeps alerts from a guild's log channel."""

    GONE = "gone"  # there is no such channel any more
    UNWRITABLE = "unwritable"  # for want of permissions


@dataclass(frozen=True, slots=True)
class LogTrouble:
    """What is wrong with a guild's log channel, or was; `told_at` is when the guild was told last, of any trouble."""

    guild_id: int
    kind: LogTroubleKind
    channel_id: int
    noticed_at: datetime | None = None
    tried_at: datetime | None = None  # nobody could be told
    told_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_told(self) -> bool:
        """Whether the guild has heard of this trouble, and not just of an earlier one."""
        return self.told_at is not None and self.noticed_at is not None and self.told_at >= self.noticed_at

    def is_same(self, found: LogTrouble) -> bool:
        """Tell whether what is found wrong now is this trouble."""
        return self.ended_at is None and (self.kind, self.channel_id) == (found.kind, found.channel_id)


@dataclass(frozen=True, slots=True)
class Stay:
    """A guild that the bot has left."""

    guild_id: int
    left_at: datetime
    is_told: bool  # somebody was told, or nobody could be


def is_welcomed(joined_at: datetime | None, now: datetime, upgraded_at: datetime | None) -> bool:
    """Tell whether a guild that was not known is told how to begin.

    It is not if the bot has been there for long, or since before an upgrade from a version that remembered nobody.
    """
    if joined_at is None or now - joined_at > WELCOMED_FOR:
        return False
    return upgraded_at is None or joined_at > upgraded_at


def is_covered(guild_id: int, n_shards: int | None, shard_ids: Collection[int]) -> bool:
    """Tell whether some shards of `n_shards` hear of a guild: of any other they do not know whether the bot left it."""
    return n_shards is None or (guild_id >> 22) % n_shards in shard_ids
