"""From a message to its verdict, and from a verdict to what is done about it.

    submit → `bot.services.judge` → verdicts and outbox, in one transaction → `bot.services.delivery` → `Handler`

Store first, then act, then record what was done: whatever the process dies in, the next start goes on behind it.
Front ends are `bot.cogs.moderation.alerts` (Discord) and `bot.console.app` (terminal).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import partial

from bot.domain.messages import IncomingMessage
from bot.domain.verdicts import Verdict
from bot.services.delivery import Delivery
from bot.services.judge import Judge
from bot.services.retrying.backoff import until_stored
from bot.storage.database import Database

_log = logging.getLogger(__name__)


class Pipeline:
    """Judges what is submitted, and has done what follows from it.

    Without a `delivery` messages are judged and stored, and nothing is done. `close_limit` is in seconds.
    """

    def __init__(
        self, database: Database, judge: Judge, delivery: Delivery | None, *, close_limit: float = 10.0
    ) -> None:
        self._database = database
        self._judge = judge
        self._delivery = delivery
        self._close_limit = close_limit
        self._is_started = False

    @property
    def judge(self) -> Judge:
        """Who judges, for whoever watches."""
        return self._judge

    async def start(self) -> None:
        """Begin to judge, and to do what an earlier run has left in the outbox."""
        self._is_started = True
        self._judge.start()
        if self._delivery is not None:
            self._delivery.start()

    def offer(self, message: IncomingMessage) -> bool:
        """Have a message judged, or return False if too many wait already. Never waits itself."""
        return self._judge.offer(message)

    async def submit(self, message: IncomingMessage) -> None:
        """Have a message judged. Waits while too many do; nothing is dropped."""
        await self._judge.submit(message)

    async def judge_aside(self, messages: Sequence[IncomingMessage]) -> list[Verdict]:
        """Judge messages for a report: nothing is stored or done about them, and whatever is submitted goes first."""
        return await self._judge.judge_aside(messages)

    async def erase(self, message_ids: Iterable[int]) -> None:
        """Forget deleted messages, judged or not. Waits, like a message, while the database refuses."""
        ids = list(message_ids)
        await until_stored(partial(self._database.verdicts.erase, ids))
        await until_stored(partial(self._database.scans.erase, ids))

    async def erase_channels(self, channel_ids: Iterable[int]) -> None:
        """Forget the messages of deleted channels and threads, judged or not."""
        ids = list(channel_ids)
        await until_stored(partial(self._database.verdicts.erase_channels, ids))
        await until_stored(partial(self._database.scans.erase_channels, ids))

    async def erase_guild(self, guild_id: int) -> None:
        """Forget the messages of a guild that the bot has left, judged or not."""
        await until_stored(partial(self._database.verdicts.erase_guild, guild_id))
        await until_stored(partial(self._database.scans.erase_guild, guild_id))

    async def drain(self) -> None:
        """Wait until everything submitted is judged and stored, and everything due is done or recorded as failed."""
        await self._judge.drain()
        if self._delivery is not None:
            await self._delivery.drain()

    async def retry(self, guild_id: int | None = None) -> None:
        """Try at once what was put off: Discord is back, or permissions of a guild may have changed."""
        if self._delivery is not None:
            await self._delivery.retry(guild_id)

    async def close(self) -> None:
        """Drain for a while, and stop.

        Actions that are left stay in the outbox for the next start. Messages that the database would not take are
        behind no cursor, so that the next start finds them again.
        """
        if not self._is_started:
            return
        try:
            async with asyncio.timeout(self._close_limit):
                await self.drain()
        except TimeoutError:
            _log.warning("Closing with work left for the next start: %d messages are not judged", self._judge.n_waiting)
        finally:
            self._is_started = False
            await self._judge.close()
            if self._delivery is not None:
                await self._delivery.close()
