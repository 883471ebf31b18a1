"""Waiting between tries: each pause twice the last, up to a longest, and cut short when there is news."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.storage.connection.engine import DatabaseError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Backoff:
    """The pauses between the tries of one thing, in seconds."""

    def __init__(self, first: float = 0.1, longest: float = 30.0) -> None:
        self._first, self._longest = first, longest
        self._next = first
        self._news = asyncio.Event()

    @property
    def is_waiting(self) -> bool:
        """Whether the last try has failed."""
        return self._next > self._first

    async def wait(self) -> None:
        """Wait until the next try is due."""
        pause, self._next = self._next, min(2 * self._next, self._longest)
        self._news.clear()
        try:
            async with asyncio.timeout(pause):
                await self._news.wait()
        except TimeoutError:
            return

    def reset(self) -> None:
        """Begin again with the first pause: a try has succeeded."""
        self._next = self._first

    def wake(self) -> None:
        """End the pause now: what failed may work again."""
        self.reset()
        self._news.set()


async def until_stored(operation: Callable[[], Awaitable[_T]], first: float = 0.1, longest: float = 30.0) -> _T:
    """Try until the database takes it: locked, full or out of reach, it may be mended while the bot runs.

    Told to the log once, and once more when the database works again.
    """
    backoff = Backoff(first, longest)
    while True:
        try:
            result = await operation()
        except DatabaseError as error:
            if not backoff.is_waiting:
                _log.error("%s Trying again until it works; nothing is lost.", error)
            await backoff.wait()
        else:
            if backoff.is_waiting:
                _log.info("The database works again.")
            return result
