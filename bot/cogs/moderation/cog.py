"""Read every message of the watched channels: new, edited, deleted, and those written while the bot was away.

What is to be judged goes to `bot.services.pipeline`; what becomes of it on Discord is in `bot.cogs.moderation.alerts`.
"""

from __future__ import annotations

import logging

import discord
from discord.ext import commands, tasks

from bot.cogs.moderation.catch_up import CatchUp
from bot.cogs.moderation.preflight import startup_warnings
from bot.cogs.moderation.reader import Reader
from bot.cogs.shared.cog import JigiCog
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
        self._reader = Reader(bot, jigi.config)
        self._catch_ups: dict[int, CatchUp] = {}
        self._is_started = False

    async def cog_load(self) -> None:
        """Begin at once in a bot that is online already; otherwise the events below do."""
        self.erase_expired.start()
        if self.bot.is_ready():
            for shard_id in {self._shard_id(guild) for guild in self.bot.guilds}:
                await self._catch_up(shard_id)

    async def cog_unload(self) -> None:
        """Stop reading. What is parked is caught up with at the next start."""
        self.erase_expired.cancel()
        for catch_up in self._catch_ups.values():
            await catch_up.stop()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Judge a new message."""
        incoming = await self._reader.read(message)
        if incoming is not None and message.guild is not None:
            await self._session(self._shard_id(message.guild)).submit(incoming)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Judge an edited message again. Discord reports the preview of a link too, which nobody edited."""
        if payload.message.edited_at is not None:
            await self.on_message(payload.message)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """Erase what was kept of a deleted message."""
        await self.jigi.pipeline.erase([payload.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Erase what was kept of deleted messages."""
        await self.jigi.pipeline.erase(payload.message_ids)

    # A new session begins with "connect" and has all its guilds with "ready". Messages can come in between; what was
    # written before cannot come any more. A bot with shards says so for each of them.

    @commands.Cog.listener()
    async def on_connect(self) -> None:
        """Park what comes in a new session until it is ready."""
        if not isinstance(self.bot, discord.AutoShardedClient):
            self._begin_session(_ALL_GUILDS)

    @commands.Cog.listener()
    async def on_shard_connect(self, shard_id: int) -> None:
        """Park what comes in a shard's new session until it is ready."""
        self._begin_session(shard_id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Catch up with what was missed."""
        if not isinstance(self.bot, discord.AutoShardedClient):
            await self._catch_up(_ALL_GUILDS)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Catch up with what a shard missed."""
        await self._catch_up(shard_id)

    @tasks.loop(hours=24)
    async def erase_expired(self) -> None:
        """Erase the texts that are older than the retention period."""
        try:
            await self.jigi.database.verdicts.erase_older_than(self.jigi.config.retention_days)
        except DatabaseError as error:
            _log.warning("Texts past their retention period could not be erased; tomorrow again: %s", error)

    def _shard_id(self, guild: discord.Guild) -> int:
        return guild.shard_id if isinstance(self.bot, discord.AutoShardedClient) else _ALL_GUILDS

    def _session(self, shard_id: int) -> CatchUp:
        return self._catch_ups.get(shard_id) or self._begin_session(shard_id)

    def _begin_session(self, shard_id: int) -> CatchUp:
        """Replace a shard's session. Never awaits: the first message of the session must find it."""
        self._catch_ups[shard_id] = CatchUp(self.jigi, self._reader, earlier=self._catch_ups.get(shard_id))
        return self._catch_ups[shard_id]

    async def _catch_up(self, shard_id: int) -> None:
        if not self._is_started:
            self._is_started = True
            await self.jigi.pipeline.start()
            self._say_what_is_watched()
        guilds = [guild for guild in self.bot.guilds if self._shard_id(guild) == shard_id]
        self._session(shard_id).start(guilds)

    def _say_what_is_watched(self) -> None:
        _log.info(self.jigi.texts("start.ready", n_guilds=len(self.bot.guilds)))
        for warning in startup_warnings(self.bot, self.jigi.config, self.jigi.texts):
            _log.warning(warning)
