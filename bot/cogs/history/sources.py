"""Read a channel backwards, a page at a time, and go on anywhere: a forum as all of its posts, the newest first."""

from __future__ import annotations

from dataclasses import replace

import discord

from bot.cogs.reading.history import page_before
from bot.cogs.shared.channels import Channel
from bot.domain.history.scans import Position, places_left

_MOST_ARCHIVED = 1_000  # posts of a forum
_GONE_OR_CLOSED = (discord.Forbidden, discord.NotFound)


class Source:
    """The messages of a channel. `n_unreadable`: channels and posts of which (the rest) may not be read any more."""

    def __init__(self, places: dict[int, Channel]) -> None:
        self._places = places
        self.n_unreadable = 0

    @classmethod
    async def open(cls, channel: Channel) -> Source:
        """Find what is to be read.

        Raises:
            discord.HTTPException: Discord refuses to list a forum's posts, or is out of order.
        """
        if not isinstance(channel, discord.ForumChannel):
            return cls({channel.id: channel})
        posts: dict[int, Channel] = {thread.id: thread for thread in channel.threads}
        async for thread in channel.archived_threads(limit=_MOST_ARCHIVED):
            posts[thread.id] = thread
        return cls(posts)

    async def read(self, position: Position, limit: int) -> tuple[list[discord.Message], Position]:
        """Return at most `limit` messages (and that at most 100), and where to go on.

        Raises:
            discord.HTTPException: Discord is out of order.
        """
        start = next(places_left(list(self._places), position), None)
        if start is None:
            return [], replace(position, is_read=True)
        try:
            page = await page_before(self._places[start.place_id], start.before_id, limit)
        except _GONE_OR_CLOSED:
            self.n_unreadable += 1
            return [], self._behind(Position(start.place_id, 0, position.n_read))
        return page.messages, self._behind(Position(start.place_id, page.oldest_id or 0, position.n_read + page.n_read))

    def _behind(self, position: Position) -> Position:
        is_read = next(places_left(list(self._places), position), None) is None
        return replace(position, is_read=is_read)
