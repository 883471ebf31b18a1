"""Judge what was missed in a channel before what is written there now, each channel by itself.

The cursor of a channel must not pass over missed messages. So a channel's live messages are parked until its history
has been read from the cursor on; only then is it live. A channel in which more is written than can be parked, or for
which the pipeline has no room, falls behind: its messages are not kept but read from its history afterwards. If the
process dies meanwhile, the next start begins at the same cursor.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
import discord

from bot.cogs.reading.history import history
from bot.cogs.reading.reader import Reader
from bot.cogs.shared.channels import Channel, channels_of
from bot.cogs.shared.replies import is_passing
from bot.domain.messages import IncomingMessage
from bot.runtime import Jigi
from bot.services.retrying.backoff import Backoff, until_stored
from bot.storage.connection.engine import DatabaseError

_log = logging.getLogger(__name__)

_N_AT_ONCE = 8  # channels whose history is read at the same time
_N_ARCHIVED = 100  # threads of a channel that were archived meanwhile
_LONGEST_PAUSE = 300.0  # seconds until the next try while Discord is out of order
_FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError, DatabaseError)


@dataclass(slots=True)
class _Behind:
    """A channel that is not live yet.

    `must_read`: something was not parked, or may have been missed, so that its history has to be read (again).
    """

    channel: Channel
    parked: list[IncomingMessage] = field(default_factory=list)
    must_read: bool = False
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far catching up is: channels that are read, messages parked for them, and seconds, at most, to go."""

    n_channels: int = 0
    n_parked: int = 0
    seconds: float = 0.0

    def __add__(self, other: Lag) -> Lag:
        n_channels, n_parked = self.n_channels + other.n_channels, self.n_parked + other.n_parked
        return Lag(n_channels, n_parked, max(self.seconds, other.seconds))


class CatchUp:
    """The channels of one shard: those that are live, and those whose history has to be read first."""

    def __init__(self, jigi: Jigi, reader: Reader, *, first_pause: float = 1.0, n_parked: int = 200) -> None:
        self._jigi, self._reader = jigi, reader
        self._first_pause, self._n_parked = first_pause, n_parked
        self._live: set[int] = set()
        self._behind: dict[int, _Behind] = {}
        self._starts: dict[int, int | None] = {}  # where each channel's gap begins, as it was before any was read
        self._newest_offered: dict[int, int] = {}  # by channel: what the pipeline has, though not in its cursor yet
        self._places = asyncio.Semaphore(_N_AT_ONCE)
        self._reading: set[asyncio.Task[None]] = set()
        self._is_ready = False

    def begin_session(self) -> None:
        """Park what comes until its channel has been read: the gateway has begun anew, and something may be missed."""
        self._is_ready = False
        self._live.clear()
        for behind in self._behind.values():
            behind.must_read = True

    def read(self, guilds: Iterable[discord.Guild]) -> None:
        """Read the history of the guilds' watched channels, in the background: the session has them now."""
        self._is_ready = True
        channels = [channel for guild in guilds for channel in channels_of(guild) if self._reader.is_watched(channel)]
        task = asyncio.create_task(self._follow_all(channels), name="catch up")
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    def submit(self, message: IncomingMessage, channel: Channel) -> None:
        """Have a live message judged, at once or when its channel's history has been read. Never waits."""
        if channel.id in self._live and self._offer(message):
            return
        behind = self._behind.setdefault(channel.id, _Behind(channel))
        if message.revision or (not behind.must_read and len(behind.parked) < self._n_parked):
            behind.parked.append(message)
        else:
            behind.must_read = True
        if self._is_ready and not self._reading:
            self._follow(channel)

    @property
    def lag(self) -> Lag:
        """How far the channels are behind that are not live."""
        n_parked = sum(len(behind.parked) for behind in self._behind.values())
        return Lag(len(self._behind), n_parked, max(map(self._seconds_behind, self._behind), default=0.0))

    def _seconds_behind(self, channel_id: int) -> float:
        newest = getattr(self._behind[channel_id].channel, "last_message_id", None) or 0
        position = self._newest_offered.get(channel_id) or self._starts.get(channel_id)
        if position is None or position >= newest:
            return 0.0
        return (datetime.now(UTC) - discord.utils.snowflake_time(position)).total_seconds()

    def forget(self, channel_id: int) -> None:
        """Drop what waits for a channel that was deleted."""
        self._live.discard(channel_id)
        behind = self._behind.pop(channel_id, None)
        if behind is not None and behind.task is not None:
            behind.task.cancel()

    async def stop(self) -> None:
        """Stop reading history, and wait until it has stopped."""
        tasks = [*self._reading, *(behind.task for behind in self._behind.values() if behind.task is not None)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _offer(self, message: IncomingMessage) -> bool:
        if self._jigi.pipeline.offer(message):
            self._note(message)
            return True
        self._live.discard(message.channel_id)
        return False

    def _note(self, message: IncomingMessage) -> None:
        newest = self._newest_offered.get(message.channel_id, 0)
        self._newest_offered[message.channel_id] = max(newest, message.message_id)

    async def _follow_all(self, channels: Iterable[Channel]) -> None:
        """Note where every gap begins before any is read: a thread's may begin at the cursor of its parent."""
        following = list(channels)
        ids = {channel.id for channel in following} | {_parent_id(channel) for channel in following}
        cursors = await until_stored(partial(self._jigi.database.cursors.find_all, ids))
        for channel in following:
            cursor = cursors.get(channel.id, cursors.get(_parent_id(channel)))
            self._starts[channel.id] = self._start(cursor)
            self._follow(channel)
        for behind in list(self._behind.values()):  # in which something was written before they were listed
            self._follow(behind.channel)
        for channel in following:
            if isinstance(channel, discord.TextChannel | discord.ForumChannel) and self._starts[channel.id] is not None:
                await self._follow_archived(channel, self._starts[channel.id] or 0)

    async def _follow_archived(self, channel: discord.TextChannel | discord.ForumChannel, after: int) -> None:
        """Read the threads, too, in which something was written meanwhile, and which were archived since."""
        try:
            async for thread in channel.archived_threads(limit=_N_ARCHIVED):
                if thread.archive_timestamp < discord.utils.snowflake_time(after):
                    return
                cursor = await until_stored(partial(self._jigi.database.cursors.find, thread.id))
                self._starts[thread.id] = self._start(cursor or after)
                self._follow(thread)
        except _FAILURES as error:
            _log.warning(
                "The archived threads of channel %s could not be listed: %s",
                channel.id,
                error,
                extra={"channel_id": channel.id},
            )

    def _follow(self, channel: Channel) -> None:
        """Have a channel read until it is live."""
        self._live.discard(channel.id)
        behind = self._behind.setdefault(channel.id, _Behind(channel))
        if behind.task is None:
            behind.task = asyncio.create_task(self._bring_up(channel, behind), name=f"catch up {channel.id}")
            behind.task.add_done_callback(partial(self._log_end, channel.id))

    async def _bring_up(self, channel: Channel, behind: _Behind) -> None:
        """Read what was missed, then what was parked, until nothing is left between the two and now."""
        backoff = Backoff(self._first_pause, _LONGEST_PAUSE)
        while True:
            must_read, behind.must_read = behind.must_read, False
            async with self._places:
                is_read = await self._read(channel, must_read)
            if not is_read:
                behind.must_read |= must_read
                await backoff.wait()
                continue
            while behind.parked and not behind.must_read:
                message = behind.parked.pop(0)
                if message.revision or message.message_id > self._newest_offered.get(channel.id, 0):
                    await self._submit(message)
            if not behind.must_read:
                break
        self._live.add(channel.id)
        del self._behind[channel.id]

    async def _read(self, channel: Channel, must_read: bool) -> bool:
        """Read a channel's history from where its gap begins; return False if that must be tried again."""
        try:
            await self._read_history(channel, must_read)
        except _FAILURES as error:
            _log.warning(
                "The history of channel %s could not be read: %s", channel.id, error, extra={"channel_id": channel.id}
            )
            return not is_passing(error) and not isinstance(error, DatabaseError)
        return True

    async def _read_history(self, channel: Channel, must_read: bool) -> None:
        after = await self._start_of_gap(channel)
        newest = channel.last_message_id
        if after is None:
            await self._jigi.database.cursors.advance(
                {channel.id: newest or channel.id}, {channel.id: channel.guild.id}
            )
        elif not isinstance(channel, discord.ForumChannel) and (must_read or newest is None or after < newest):
            members: dict[int, discord.Member | None] = {}
            async for messages in history(channel, after):
                await self._reader.recognise(channel.guild, messages, members)
                for message in messages:
                    await self._read_message(message)

    async def _read_message(self, message: discord.Message) -> None:
        incoming = self._reader.read(message)
        if incoming is not None and self._reader.needs_a_look(message):
            incoming = await self._reader.look(message, incoming)
        if incoming is not None:
            await self._submit(incoming)

    async def _submit(self, message: IncomingMessage) -> None:
        await self._jigi.pipeline.submit(message)
        self._note(message)

    async def _start_of_gap(self, channel: Channel) -> int | None:
        """Return the id after which messages were missed, None for a channel that was not watched so far."""
        if channel.id in self._newest_offered:  # it fell behind in this process: what was offered before is not missing
            return self._newest_offered[channel.id]
        if channel.id not in self._starts:
            cursors = self._jigi.database.cursors
            cursor = await cursors.find(channel.id)
            if cursor is None and isinstance(channel, discord.Thread):  # opened since, or dug out again
                cursor = min(channel.id - 1, await cursors.find(channel.parent_id) or channel.id)
            self._starts[channel.id] = self._start(cursor)
        return self._starts[channel.id]

    def _start(self, cursor: int | None) -> int | None:
        hours = self._jigi.config.catch_up_hours
        if cursor is None or hours == 0:
            return None
        return max(cursor, discord.utils.time_snowflake(datetime.now(UTC) - timedelta(hours=hours)))

    def _log_end(self, channel_id: int, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            _log.error(
                "Catching up with channel %s failed",
                channel_id,
                exc_info=task.exception(),
                extra={"channel_id": channel_id},
            )
            if (behind := self._behind.get(channel_id)) is not None:  # its next message begins again
                behind.task, behind.must_read = None, True


def _parent_id(channel: Channel) -> int:
    return channel.parent_id if isinstance(channel, discord.Thread) else channel.id
