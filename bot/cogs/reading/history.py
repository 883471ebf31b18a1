"""Read a channel's history onwards or backwards, also where discord.py cannot understand one of its messages."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

_log = logging.getLogger(__name__)

_N_AT_ONCE = 100  # messages, the most that Discord gives
_UNPARSABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)  # what discord.py's parsers stumble with


async def history(channel: Any, after: int) -> AsyncIterator[list[discord.Message]]:
    """Yield a channel's messages whose ids are above `after`, the oldest first, as many at once as Discord gives.

    `channel.history` would end at the first message that Discord sends in a form which discord.py does not know, and at
    every start anew. Here that message alone is left out.

    Raises:
        discord.HTTPException: Discord refuses, or is out of order.
    """
    while True:
        rows = await channel._state.http.logs_from(channel.id, _N_AT_ONCE, after=after)
        parsed = (_parsed(channel, row) for row in sorted(rows, key=_id))
        yield [message for message in parsed if message is not None]
        if len(rows) < _N_AT_ONCE:
            return
        after = max(map(_id, rows))


@dataclass(frozen=True, slots=True)
class Page:
    """Messages of a channel, the newest first, those left out that cannot be understood.

    `n_read` counts these, too. `oldest_id` is where to go on, None if nothing is left before it.
    """

    messages: list[discord.Message]
    n_read: int
    oldest_id: int | None


async def page_before(channel: Any, before: int, limit: int = _N_AT_ONCE) -> Page:
    """Return the newest messages of a channel whose ids are below `before`, `limit` of them (at most 100).

    Raises:
        discord.HTTPException: Discord refuses, or is out of order.
    """
    rows = await channel._state.http.logs_from(channel.id, limit, before=before)
    newest_first = sorted(rows, key=_id, reverse=True)
    parsed = (_parsed(channel, row) for row in newest_first)
    messages = [message for message in parsed if message is not None]
    return Page(messages, len(rows), _id(newest_first[-1]) if len(rows) == limit else None)


def _parsed(channel: Any, row: Mapping[str, Any]) -> discord.Message | None:
    try:
        message: discord.Message = channel._state.create_message(channel=channel, data=row)
    except _UNPARSABLE as error:
        ids = {"message_id": int(row["id"]), "channel_id": channel.id}
        _log.warning("Message %s of channel %s is left out, not understood: %r", *ids.values(), error, extra=ids)
        return None
    return message


def _id(row: Mapping[str, Any]) -> int:
    return int(row["id"])
