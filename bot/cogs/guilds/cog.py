"""Follow the guilds themselves: what they are told once, and what becomes of what is kept when the bot has left.

`bot.domain.stays` has the rules, `bot.storage.stays` remembers. What stands in a guild's channels is
`bot.cogs.moderation`'s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from functools import partial
from typing import Any

import discord
from discord.ext import commands, tasks

from bot.cogs.guilds.departures import Departures
from bot.cogs.guilds.greetings import Greetings
from bot.cogs.guilds.log_channels import LogChannels
from bot.cogs.shared.cog import JigiCog
from bot.cogs.shared.types import Bot
from bot.runtime import Jigi
from bot.services.retrying.backoff import until_stored
from bot.storage.connection.engine import DatabaseError

_log = logging.getLogger(__name__)

_ONLY = 0  # the shard of a bot without shards


class Guilds(JigiCog):
    """Greets guilds, tells them what is wrong with their log channel, and forgets those that the bot has left."""

    TITLE = "cog.guilds"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self.greetings, self.departures, self.log_channels = (
            Greetings(bot, jigi),
            Departures(bot, jigi),
            LogChannels(jigi),
        )
        self._background: set[asyncio.Task[Any]] = set()

    async def cog_load(self) -> None:
        """Begin at once in a bot that is online already; otherwise the events below do."""
        self.look_daily.start()
        self.check_troubles.start()
        self.check_all.start()
        if self.bot.is_ready():
            self._begin(self._shard_ids())

    async def cog_unload(self) -> None:
        """Stop. What is still to be said is in the database."""
        for loop in (self.look_daily, self.check_troubles, self.check_all):
            loop.cancel()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.log_channels.close()

    # Where the bot is: a session has named all guilds of its shard, also those in an outage, when it is ready.

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Greet who is new, and look who is gone: all shards have named their guilds, also those that have none."""
        self._begin(self._shard_ids())

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Do the same when a shard begins a new session later on."""
        if self.bot.is_ready():
            self._begin([shard_id])

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Greet a guild, or say that what was kept is still there."""
        self._do(self._welcome([guild]))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Greet a guild that was out of reach when the session began."""
        if self.bot.is_ready():
            self._do(self._welcome([guild]))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Note that the bot has left a guild; an outage is none of that."""
        self._do(until_stored(partial(self.departures.leave, guild)))

    @tasks.loop(hours=24)
    async def look_daily(self) -> None:
        """Purge what was left long ago, and say what could not be said yet."""
        if self.bot.is_ready():
            await self._look()

    # Whether alerts arrive.

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Look whether it was the log channel."""
        self.log_channels.check_soon(channel.guild)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Look whether it was the log channel."""
        self._check_soon(payload.guild_id)

    @commands.Cog.listener()
    async def on_guild_channel_update(self, _: discord.abc.GuildChannel, channel: discord.abc.GuildChannel) -> None:
        """Look whether alerts still, or again, arrive."""
        self.log_channels.check_soon(channel.guild)

    @commands.Cog.listener()
    async def on_guild_role_update(self, _: discord.Role, role: discord.Role) -> None:
        """Look whether alerts still, or again, arrive."""
        self.log_channels.check_soon(role.guild)

    @commands.Cog.listener()
    async def on_member_update(self, _: discord.Member, member: discord.Member) -> None:
        """Look whether alerts still, or again, arrive when the bot's own roles have changed."""
        if self.bot.user is not None and member.id == self.bot.user.id:
            self.log_channels.check_soon(member.guild)

    @commands.Cog.listener()
    async def on_jigi_alert_refused(self, guild_id: int) -> None:
        """Look why Discord has refused an alert."""
        self._check_soon(guild_id)

    @tasks.loop(minutes=1)
    async def check_troubles(self) -> None:
        """Look whether what was wrong is mended, for instance by another log channel."""
        if self.bot.is_ready():
            for guild_id, trouble in (await until_stored(self.jigi.database.log_troubles.all)).items():
                guild = self.bot.get_guild(guild_id)
                if guild is not None and trouble.ended_at is None:
                    await self.log_channels.check(guild)

    @tasks.loop(hours=1)
    async def check_all(self) -> None:
        """Look at every log channel."""
        if self.bot.is_ready():
            for guild in list(self.bot.guilds):
                await self.log_channels.check(guild)

    def _begin(self, shard_ids: Iterable[int]) -> None:
        self.departures.begin(shard_ids)
        self._do(self._start())

    async def _start(self) -> None:
        await self._find_homes()
        await self._look()
        for guild in list(self.bot.guilds):
            await self.log_channels.check(guild)

    async def _look(self) -> None:
        await self._welcome([guild for guild in self.bot.guilds if not guild.unavailable])
        try:
            await self.departures.look()
        except DatabaseError as error:
            _log.warning("Guilds that were left could not be looked for; tomorrow again: %s", error)

    async def _welcome(self, guilds: list[discord.Guild]) -> None:
        assert self.bot.user is not None
        stays, by_id = self.jigi.database.stays, {guild.id: guild for guild in guilds}
        for guild_id in await until_stored(partial(stays.unknown, by_id, self.bot.user.id)):
            await until_stored(partial(self.jigi.settings.reload, guild_id))
            await until_stored(partial(self.greetings.see, by_id[guild_id]))
        for guild_id in await until_stored(partial(stays.greetings, by_id)):
            await until_stored(partial(self.greetings.greet, by_id[guild_id]))

    async def _find_homes(self) -> None:
        """Note whose the channels are that an earlier version has read."""
        cursors, get = self.jigi.database.cursors, self.bot.get_channel
        homes = {each: getattr(get(each), "guild", None) for each in await until_stored(cursors.homeless)}
        known = {channel_id: guild.id for channel_id, guild in homes.items() if guild is not None}
        if known:
            await until_stored(partial(cursors.find_homes, known))

    def _shard_ids(self) -> list[int]:
        if isinstance(self.bot, discord.AutoShardedClient):
            return list(self.bot.shards)
        return [self.bot.shard_id or _ONLY]

    def _check_soon(self, guild_id: int) -> None:
        guild = self.bot.get_guild(guild_id)
        if guild is not None:
            self.log_channels.check_soon(guild)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
