"""Look through old messages, politely: a page at a time, with pauses, and behind every message that comes in.

What was found and how far a look is are stored together, so that a process can die anywhere: the next start goes on
there, and edits the same message.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import aiohttp
import discord

from bot.cogs.history.scan_message import ScanMessage
from bot.cogs.history.sources import Source
from bot.cogs.reading.reader import Reader
from bot.cogs.shared.channels import Channel
from bot.cogs.shared.replies import is_passing
from bot.cogs.shared.types import Bot
from bot.domain.history.scans import Scan, Scanned, ScanRequest, ScanState, minutes_left, scanned
from bot.runtime import Jigi
from bot.services.retrying.backoff import Backoff, until_stored
from bot.storage.connection.engine import DatabaseError

_log = logging.getLogger(__name__)

_FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError)
_CANCELLED_AGAIN = 0.5  # seconds
_LONGEST_PAUSE = 300.0  # seconds until the next try while Discord is out of order


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast old messages are read, in seconds and messages."""

    between_pages: float = 1.0
    between_edits: float = 5.0
    n_per_page: int = 50  # Discord would give 100: the loop is busy for twice as long with these
    first_pause: float = 1.0


@dataclass(slots=True)
class _Work:
    """A look that this process works on, and what it needs for that."""

    scan: Scan
    source: Source
    message: ScanMessage
    began_at: float = field(default_factory=monotonic)
    n_read_before: int = 0
    edited_at: float = 0.0
    members: dict[int, discord.Member | None] = field(default_factory=dict)


class Scanning:
    """The looks that this process works on, a task each."""

    def __init__(self, bot: Bot, jigi: Jigi, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self._bot, self._jigi = bot, jigi
        self._reader = Reader(bot, jigi.settings)
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def begin(self, request: ScanRequest) -> None:
        """Begin a look.

        Raises:
            ScanBusyError: Another is under way in the guild.
        """
        self._follow(await self._jigi.database.scans.begin(request), is_resumed=False)

    async def resume(self) -> None:
        """Go on with the looks that another run has begun."""
        guild_ids = [guild.id for guild in self._bot.guilds]
        for scan in await until_stored(lambda: self._jigi.database.scans.take_over(guild_ids, list(self._tasks))):
            self._follow(scan, is_resumed=True)

    async def cancel(self, scan: Scan) -> bool:
        """End a look; return False if it is over already."""
        is_ended = await self._jigi.database.scans.end(scan, ScanState.CANCELLED)
        await self._stop(scan.id)
        return is_ended

    async def expire(self) -> None:
        """End what was begun more than a day ago."""
        for scan in await self._jigi.database.scans.expire():
            await self._stop(scan.id)
            await self._say_ending(scan, ScanState.EXPIRED)

    async def close(self) -> None:
        """Stop working; the next start goes on."""
        for scan_id in list(self._tasks):
            await self._stop(scan_id)

    def _follow(self, scan: Scan, *, is_resumed: bool) -> None:
        task = asyncio.create_task(self._persist(scan, is_resumed=is_resumed), name=f"scan {scan.id}")
        self._tasks[scan.id] = task
        task.add_done_callback(lambda ended: self._log_end(scan.id, ended))

    async def _stop(self, scan_id: int) -> None:
        task = self._tasks.pop(scan_id, None)
        while task is not None and not task.done():
            task.cancel()  # again, if need be: `asyncio.wait_for` of Python 3.11 loses one that comes with an answer
            await asyncio.wait([task], timeout=_CANCELLED_AGAIN)

    async def _persist(self, scan: Scan, *, is_resumed: bool) -> None:
        """Work on a look, again and again while Discord or the database is out of order."""
        backoff, newest = Backoff(self.pace.first_pause, _LONGEST_PAUSE), scan
        while True:
            try:
                found = await self._jigi.database.scans.find(scan.request.guild_id, scan.id)
                if found is None or found.state is not ScanState.RUNNING:
                    return
                newest = found
                await self._work(newest, may_be_there=is_resumed or newest is not scan)
            except DatabaseError as error:
                _log.warning("A look through old messages has to wait: %s", error)
            except _FAILURES as error:
                if not is_passing(error):
                    await self._fail(newest, error)
                    return
                _log.info("A look through old messages has to wait: %s", error)
            else:
                return
            await backoff.wait()
            is_resumed = True

    async def _work(self, scan: Scan, *, may_be_there: bool) -> None:
        channel: Any = await self._channel(scan)
        work = _Work(scan, await Source.open(channel), ScanMessage(self._bot, self._jigi, scan))
        work.n_read_before, work.edited_at = scan.position.n_read, monotonic()
        await work.message.open(scan, may_be_there=may_be_there)
        while not work.scan.position.is_read:
            advanced = await self._read_page(work, channel)
            if advanced is None:  # it was cancelled, or another process has it
                return
            work.scan = advanced
            await self._show(work)
            if not advanced.position.is_read:
                await asyncio.sleep(self.pace.between_pages)
        found = await self._jigi.database.scans.found(work.scan)
        await work.message.report(work.scan, found, work.source.n_unreadable)
        await self._jigi.database.scans.end(work.scan, ScanState.DONE)

    async def _read_page(self, work: _Work, channel: Channel) -> Scan | None:
        """Read and judge a page, and store what came out; None if the look is over."""
        position, most = work.scan.position, work.scan.request.most
        limit = min(self.pace.n_per_page, most - position.n_read)
        messages, behind = await work.source.read(position, limit)
        found = await self._judge(work, messages, channel)
        behind = replace(behind, is_read=behind.is_read or behind.n_read >= most)
        return await self._jigi.database.scans.advance(work.scan, behind, found)

    async def _judge(self, work: _Work, messages: list[discord.Message], channel: Channel) -> list[Scanned]:
        """Judge messages as they would be live: of those of bots, of moderators and of commands nothing is known."""
        await self._reader.recognise(channel.guild, messages, work.members)
        incoming = []
        for message in messages:
            each = self._reader.read_anywhere(message)
            if each is not None and self._reader.needs_a_look(message):
                each = await self._reader.look(message, each)
            if each is not None and not self._jigi.database.verdicts.is_erased(each):
                incoming.append(each)
            await asyncio.sleep(0)  # whoever waits for the loop comes in between
        return [scanned(verdict) for verdict in await self._jigi.pipeline.judge_aside(incoming) if not verdict.is_empty]

    async def _show(self, work: _Work) -> None:
        if monotonic() < work.edited_at + self.pace.between_edits:
            return
        n_read_now = work.scan.position.n_read - work.n_read_before
        left = minutes_left(work.scan.position, work.scan.request.most, n_read_now, monotonic() - work.began_at)
        await work.message.show(work.scan, left)
        work.edited_at = monotonic()

    async def _channel(self, scan: Scan) -> Any:
        known = self._bot.get_channel(scan.request.channel_id)
        return known or await self._bot.fetch_channel(scan.request.channel_id)

    async def _fail(self, scan: Scan, error: Exception) -> None:
        """End a look of which nothing can be shown, or nothing read, any more."""
        _log.warning("A look through old messages in guild %d has ended: %s", scan.request.guild_id, error)
        await until_stored(lambda: self._jigi.database.scans.end(scan, ScanState.FAILED))
        await self._say_ending(scan, ScanState.FAILED)

    async def _say_ending(self, scan: Scan, state: ScanState) -> None:
        if scan.report_message_id is None:
            return
        try:
            await ScanMessage(self._bot, self._jigi, scan).end(scan, state)
        except _FAILURES as error:
            _log.info("Nobody could be told that a look through old messages has ended: %s", error)

    def _log_end(self, scan_id: int, task: asyncio.Task[None]) -> None:
        if self._tasks.get(scan_id) is task:
            del self._tasks[scan_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("A look through old messages failed; the next start goes on with it", exc_info=error)
