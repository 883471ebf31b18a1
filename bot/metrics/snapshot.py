"""What is asked of a working Jigi when somebody looks: the database is read, the rest is at hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import discord

from bot.cogs.moderation.cog import Moderation
from bot.cogs.shared.types import Bot
from bot.domain.actions import Backlog
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError

_DATABASE_LIMIT = 3.0  # seconds after which a database counts as out of reach


@dataclass(frozen=True, slots=True)
class Watched:
    """A bot with Jigi in it."""

    bot: Bot
    jigi: Jigi
    moderation: Moderation


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a bot is now. `backlog` is None while the database does not answer."""

    watched: Watched
    backlog: list[Backlog] | None

    @property
    def parts(self) -> dict[str, bool]:
        """Say of each part that Jigi needs whether it works."""
        return {
            "database": self.backlog is not None,
            "gateway": is_connected(self.watched.bot),
            "model": self.watched.jigi.pipeline.judge.is_working,
        }


async def look(watched: Watched) -> Snapshot:
    """Return how a bot is now; waits for a database at most some seconds."""
    try:
        async with asyncio.timeout(_DATABASE_LIMIT):
            backlog = await watched.jigi.database.outbox.backlog()
    except (DatabaseError, TimeoutError):
        return Snapshot(watched, None)
    return Snapshot(watched, backlog)


def is_connected(bot: Bot) -> bool:
    """Tell whether a bot's session has begun and every connection to the gateway is open."""
    if not bot.is_ready():
        return False
    if isinstance(bot, discord.AutoShardedClient):
        return not any(shard.is_closed() for shard in bot.shards.values())
    return bool(bot.ws is not None and bot.ws.open)
