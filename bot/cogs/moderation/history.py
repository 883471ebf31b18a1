"""Read a channel's history from a message on, also where discord.py cannot understand one of its messages."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
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


def _parsed(channel: Any, row: Mapping[str, Any]) -> discord.Message | None:
    try:
        message: discord.Message = channel._state.create_message(channel=channel, data=row)
    except _UNPARSABLE as error:
        _log.warning("Message %s of channel %s cannot be understood and is left out: %r", row["id"], channel.id, error)
        return None
    return message


def _id(row: Mapping[str, Any]) -> int:
    return int(row["id"])
