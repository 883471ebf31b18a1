"""Read every message of the watched channels: new, edited, deleted, and those written while the bot was away.

What is to be judged goes to `bot.services.pipeline`; what becomes of it on Discord is in `bot.cogs.moderation.alerts`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

import discord
from discord.ext import commands, tasks

from bot.cogs.moderation.catch_up import CatchUp, Lag
from bot.cogs.moderation.plain import PlainReader
from bot.cogs.moderation.preflight import startup_warnings
from bot.cogs.moderation.revisit import revisit
from bot.cogs.reading.reader import Reader
from bot.cogs.shared.cog import JigiCog
from bot.cogs.shared.permissions import invitation
from bot.cogs.shared.types import Bot
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError

_log = logging.getLogger(__name__)

_ALL_GUILDS = -1  # in place of a shard's id, for a bot without shards


class Moderation(JigiCog):
    """Judges messages."""

    TITLE = "cog.moderation"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._reader = Reader(bot, jigi.settings)
        self._plain = PlainReader(bot, jigi.settings, self._reader)
        self._catch_ups: dict[int, CatchUp] = {}
        self._background: set[asyncio.Task[Any]] = set()
        self._is_started = False

    async def cog_load(self) -> None:
        """Begin at once in a bot that is online already; otherwise the events below do."""
        self.erase_expired.start()
        if hasattr(self.bot, "hear"):
            self.bot.hear = self.hear
        if self.bot.is_ready():
            for shard_id in {self._shard_id(guild) for guild in self.bot.guilds}:
                await self._begin_reading(shard_id)

    async def cog_unload(self) -> None:
        """Stop reading. What is parked is caught up with at the next start."""
        self.erase_expired.cancel()
        if hasattr(self.bot, "hear"):
            self.bot.hear = None
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        for catch_up in self._catch_ups.values():
            await catch_up.stop()

    def lag(self) -> Lag:
        """Return how far this bot is behind what was written."""
        return sum((each.lag for each in self._catch_ups.values()), Lag())

    def hear(self, payload: Mapping[str, Any]) -> bool:
        """Have a new message judged as the gateway sent it; return False if that takes more than its words."""
        channel = self._plain.channel_of(payload)
        if channel is None:
            return False
        incoming = self._plain.read(payload, channel)
        if incoming is not None:
            channel.last_message_id = incoming.message_id
            self.bot.loop.call_soon(self._session(channel.guild).submit, incoming, channel)  # as events come: in turn
        return True

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Judge a new message. Waits for nothing but a moderator's command, or a text in a file."""
        await self._take(message, is_live=True)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Judge an edited message again. Discord reports the preview of a link too, which nobody edited."""
        if payload.message.edited_at is not None:
            await self._take(payload.message, is_live=False)

    # Deletions. Of what stood in a deleted channel, or in a guild that the bot has left, Discord speaks no more.

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Erase what was kept of a deleted message."""
        await self.jigi.pipeline.erase([payload.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Erase what was kept of deleted messages."""
        await self.jigi.pipeline.erase(payload.message_ids)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Erase what was kept of a deleted channel's messages, and of its threads'."""
        threads = [thread.id for thread in getattr(channel, "threads", ())]
        await self._forget(channel.guild, channel.id, *threads)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Erase what was kept of a deleted thread's messages."""
        guild = self.bot.get_guild(payload.guild_id)
        if guild is not None:
            await self._forget(guild, payload.thread_id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Erase what was kept of the messages of a guild that the bot has left."""
        await self.jigi.pipeline.erase_guild(guild.id)

    # Permissions that were granted: what was refused for want of them is tried again.

    @commands.Cog.listener()
    async def on_guild_channel_update(self, _: discord.abc.GuildChannel, channel: discord.abc.GuildChannel) -> None:
        """Try again what a channel's permissions may allow now."""
        self._plain.forget_permissions()
        await self.jigi.pipeline.retry(channel.guild.id)

    @commands.Cog.listener()
    async def on_guild_role_update(self, _: discord.Role, role: discord.Role) -> None:
        """Try again what a role's permissions may allow now."""
        self._plain.forget_permissions()
        await self.jigi.pipeline.retry(role.guild.id)

    @commands.Cog.listener()
    async def on_guild_role_create(self, _: discord.Role) -> None:
        """Ask anew who moderates where."""
        self._plain.forget_permissions()

    # A new session begins with "connect" and has all its guilds with "ready". Messages can come in between; what was
    # written before cannot come any more. A bot with shards says so for each of them. A guild may come later still.

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        """Park what comes in a new session until it is ready."""
        if not isinstance(self.bot, discord.AutoShardedClient):
            self._catch_up(_ALL_GUILDS).begin_session()

    @commands.Cog.listener()
    async def on_shard_connect(self, shard_id: int) -> None:
        """Park what comes in a shard's new session until it is ready."""
        self._catch_up(shard_id).begin_session()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Catch up with what was missed; a shard without guilds does not say that it is ready."""
        if isinstance(self.bot, discord.AutoShardedClient):
            await self._start()
        else:
            await self._begin_reading(_ALL_GUILDS)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Catch up with what a shard missed."""
        await self._begin_reading(shard_id)

    @commands.Cog.listener()
    async def on_resumed(self) -> None:
        """Go on at once with what an outage has put off."""
        await self.jigi.pipeline.retry()

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        """Go on at once with what an outage of a shard has put off."""
        await self.on_resumed()

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Catch up with a guild that was out of reach when the session began."""
        if self._is_started:
            self._session(guild).read([guild])

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Begin to read a new guild."""
        await self.on_guild_available(guild)

    @tasks.loop(hours=24)
    async def erase_expired(self) -> None:
        """Erase the texts that are older than the retention period."""
        try:
            await self.jigi.database.verdicts.erase_older_than(*self.jigi.settings.retention)
        except DatabaseError as error:
            _log.warning("Texts past their retention period could not be erased; tomorrow again: %s", error)

    async def _take(self, message: discord.Message, *, is_live: bool) -> None:
        incoming = self._reader.read(message, is_live=is_live)
        if incoming is not None and self._reader.needs_a_look(message):
            incoming = await self._reader.look(message, incoming)
        if incoming is not None and message.guild is not None:
            self._session(message.guild).submit(incoming, message.channel)  # type: ignore[arg-type]

    def _shard_id(self, guild: discord.Guild) -> int:
        return guild.shard_id if isinstance(self.bot, discord.AutoShardedClient) else _ALL_GUILDS

    def _session(self, guild: discord.Guild) -> CatchUp:
        return self._catch_up(self._shard_id(guild))

    def _catch_up(self, shard_id: int) -> CatchUp:
        """Return a shard's. Never awaits: the first message of a session must find it."""
        if shard_id not in self._catch_ups:
            self._catch_ups[shard_id] = CatchUp(self.jigi, self._reader)
        return self._catch_ups[shard_id]

    async def _start(self) -> None:
        if not self._is_started:
            self._is_started = True
            await self.jigi.pipeline.start()
            self._say_what_is_watched()

    async def _begin_reading(self, shard_id: int) -> None:
        await self._start()
        guilds = {guild.id: guild for guild in self.bot.guilds if self._shard_id(guild) == shard_id}
        self._catch_up(shard_id).read(guilds.values())
        self._do(revisit(self.bot, self.jigi, self._reader, guilds.__contains__))
        await self.jigi.pipeline.retry()

    async def _forget(self, guild: discord.Guild, *channel_ids: int) -> None:
        for channel_id in channel_ids:
            self._session(guild).forget(channel_id)
        await self.jigi.pipeline.erase_channels(channel_ids)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _say_what_is_watched(self) -> None:
        _log.info(self.jigi.texts("start.ready", n_guilds=len(self.bot.guilds)))
        if not self.bot.guilds and self.bot.application_id is not None:
            own_id = self.bot.application_id
            links = {"link": invitation(own_id), "link_to_act": invitation(own_id, to_act=True)}
            _log.info(self.jigi.texts("start.invitation", **links))
        for warning in startup_warnings(self.bot, self.jigi.config, self.jigi.settings, self.jigi.texts):
            _log.warning(warning)
