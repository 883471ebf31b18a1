"""Note which guilds the bot has left, say what becomes of what is kept of them, and purge them when their time is over.

Nothing is taken for left that this process cannot know of: the guilds of other shards, those in an outage, and those of
which Discord itself says that the bot is in them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta

import discord

from bot.cogs.guilds.telling import FAILURES, tell_person
from bot.cogs.shared.types import Bot
from bot.domain.guilds import GuildSettings
from bot.domain.stays import KEPT_DAYS, Stay, is_covered
from bot.runtime import Jigi

_log = logging.getLogger(__name__)

_NOT_IN_IT = {10004, 50001}  # Discord's codes for an unknown guild, and for missing access
_CHOICES = tuple(GuildSettings.__dataclass_fields__)


class Departures:
    """The guilds that the bot has left. `kept_for` is for how long everything of them stays."""

    def __init__(self, bot: Bot, jigi: Jigi, *, kept_for: timedelta = timedelta(days=KEPT_DAYS)) -> None:
        self._bot, self._jigi, self._kept_for = bot, jigi, kept_for
        self._ready: set[int] = set()  # shards whose guilds are all known
        self._looking = asyncio.Lock()

    def begin(self, shard_ids: Iterable[int]) -> None:
        """Note that all guilds of some shards are known."""
        self._ready.update(shard_ids)

    async def leave(self, guild: discord.Guild) -> None:
        """Note that the bot has left a guild, and tell its owner what becomes of what is kept.

        Raises:
            DatabaseError: It cannot be written.
        """
        await self._note(guild.id)
        await self._give_notice(guild.id, discord.utils.escape_markdown(guild.name), [guild.owner_id or 0])

    async def look(self) -> None:
        """Look for guilds that the bot has left unnoticed, and purge those that it left long ago.

        Raises:
            DatabaseError: Nobody knows which those are.
        """
        assert self._bot.user is not None
        stays = self._jigi.database.stays
        async with self._looking:
            present = {guild.id for guild in self._bot.guilds}
            for guild_id, was_seen in await stays.absent(present, self._bot.user.id):
                if self._covers(guild_id) and await self._is_gone(guild_id):
                    if was_seen:  # else another bot's, which shares the database, and may still see it
                        await self._jigi.pipeline.erase_guild(guild_id)
                    await self._note(guild_id)
            for stay in await stays.left(self._bot.user.id):
                if self._covers(stay.guild_id):
                    await self._follow(stay)

    async def _follow(self, stay: Stay) -> None:
        if not stay.is_told:
            await self._give_notice(stay.guild_id, str(stay.guild_id), [])
        left_before = discord.utils.utcnow() - self._kept_for
        if stay.left_at > left_before or not await self._is_gone(stay.guild_id):
            return
        if await self._jigi.database.purging.purge(stay.guild_id, left_before):
            self._jigi.settings.forget(stay.guild_id)
            _log.warning(self._jigi.texts("stay.log_purged", guild_id=stay.guild_id, days=KEPT_DAYS))

    async def _note(self, guild_id: int) -> None:
        assert self._bot.user is not None
        if await self._jigi.database.stays.leave(guild_id, self._bot.user.id):
            _log.warning(self._jigi.texts("stay.log_left", guild_id=guild_id, days=KEPT_DAYS))

    async def _give_notice(self, guild_id: int, name: str, owner_ids: list[int]) -> None:
        """Tell somebody, once. Discord lets a bot write only to people with whom it still has a server in common."""
        stays = self._jigi.database.stays
        if not await stays.note_notice(guild_id):
            return
        keepers = await self._jigi.database.log_troubles.keepers(guild_id, _CHOICES)
        when = discord.utils.format_dt(discord.utils.utcnow() + self._kept_for, "D")
        sentence = self._jigi.settings.texts(guild_id)("stay.notice", server=name, when=when)
        await tell_person(self._bot, [*filter(None, owner_ids), *keepers[:1]], sentence)

    def _covers(self, guild_id: int) -> bool:
        """Tell whether this process would know of a guild if the bot were in it."""
        return bool(self._ready) and is_covered(guild_id, self._bot.shard_count, self._ready)

    async def _is_gone(self, guild_id: int) -> bool:
        """Ask Discord itself: a list of guilds may be wrong, and what is purged is gone."""
        if self._bot.get_guild(guild_id) is not None:
            return False
        try:
            await self._bot.fetch_guild(guild_id, with_counts=False)
        except discord.HTTPException as error:
            return error.code in _NOT_IN_IT
        except FAILURES:
            return False
        return False
