"""Judge what was written while the bot was away, before what is written now.

`bot.cogs.moderation.cog` begins a `CatchUp` with every new session of the gateway. A resumed session needs none:
Discord sends again what was missed. The cursor of a channel must not pass over missed messages, so a channel's live
messages are parked until its history has been read. If the process dies meanwhile, the next start begins at the same
cursor.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import discord

from bot.cogs.moderation.reader import Reader
from bot.cogs.shared.replies import is_passing
from bot.domain.messages import IncomingMessage
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError

_log = logging.getLogger(__name__)

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.Thread
_LONGEST_PAUSE = 300.0  # seconds until the next try while Discord or the database is out of order


class CatchUp:
    """The messages of one gateway session: missed ones first, then those parked meanwhile, then live."""

    def __init__(self, jigi: Jigi, reader: Reader, earlier: CatchUp | None = None, *, first_pause: float = 1.0) -> None:
        self._first_pause = first_pause
        self._jigi = jigi
        self._reader = reader
        self._parked: dict[int, list[IncomingMessage]] = {}  # by channel
        self._passed: set[int] = set()  # channels whose history has been read
        self._starts: dict[int, int | None] = {}  # where each channel's gap begins, as long as it is not read
        self._is_over = jigi.config.catch_up_hours == 0
        self._task: asyncio.Task[None] | None = None
        if earlier is not None:
            earlier.cancel()
            self._parked = earlier._parked

    async def submit(self, message: IncomingMessage) -> None:
        """Judge a live message, or park it until its channel's history has been read."""
        if self._is_over or message.channel_id in self._passed:
            await self._jigi.pipeline.submit(message)
        else:
            self._parked.setdefault(message.channel_id, []).append(message)

    def start(self, guilds: Iterable[discord.Guild]) -> None:
        """Read the history of the guilds' watched channels in the background."""
        self._task = asyncio.create_task(self._run(guilds), name="catch up")
        self._task.add_done_callback(_log_crash)

    def cancel(self) -> None:
        """Stop reading history."""
        if self._task is not None:
            self._task.cancel()

    async def stop(self) -> None:
        """Stop reading history, and wait until it has stopped."""
        self.cancel()
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, guilds: Iterable[discord.Guild]) -> None:
        channels = [channel for guild in guilds for channel in _channels(guild) if self._reader.is_watched(channel)]
        pause = self._first_pause
        while channels := [channel for channel in channels if not await self._pass(channel)]:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        while self._parked:
            await self._release(next(iter(self._parked)))
        self._is_over = True

    async def _pass(self, channel: Channel) -> bool:
        """Read a channel's history and release what was parked; return False if it must be tried again."""
        try:
            await self._read_history(channel)
        except (discord.DiscordException, DatabaseError, OSError) as error:
            _log.warning("The history of channel %s could not be read: %s", channel.id, error)
            if is_passing(error) or isinstance(error, DatabaseError):
                return False
        await self._release(channel.id)
        return True

    async def _read_history(self, channel: Channel) -> None:
        if channel.id not in self._starts:  # asked once: when it is tried again, a parent's cursor may have moved on
            self._starts[channel.id] = await self._start_of_gap(channel)
        after = self._starts[channel.id]
        newest = channel.last_message_id
        if after is None:
            await self._jigi.database.cursors.advance({channel.id: newest or channel.id})
        elif not isinstance(channel, discord.ForumChannel) and (newest is None or after < newest):
            async for message in channel.history(limit=None, after=discord.Object(after), oldest_first=True):
                incoming = await self._reader.read(message)
                if incoming is not None:
                    await self._jigi.pipeline.submit(incoming)

    async def _start_of_gap(self, channel: Channel) -> int | None:
        """Return the id after which messages were missed, None for a channel that was not watched so far.

        A thread opened meanwhile, such as a new post in a forum, was missed since its parent was seen last.
        """
        cursor = await self._jigi.database.cursors.find(channel.id)
        if cursor is None and isinstance(channel, discord.Thread):
            cursor = await self._jigi.database.cursors.find(channel.parent_id)
        if cursor is None or self._is_over:
            return None
        oldest = datetime.now(UTC) - timedelta(hours=self._jigi.config.catch_up_hours)
        return max(cursor, discord.utils.time_snowflake(oldest))

    async def _release(self, channel_id: int) -> None:
        while parked := self._parked.pop(channel_id, None):
            for message in parked:
                await self._jigi.pipeline.submit(message)
        self._passed.add(channel_id)


def _channels(guild: discord.Guild) -> list[Channel]:
    """Return what can hold messages, threads before their parents: a new thread's gap begins at its parent's cursor."""
    return [*guild.threads, *guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.forums]


def _log_crash(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("Catching up failed; live messages wait for the next start", exc_info=task.exception())
