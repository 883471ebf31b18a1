"""From Discord's messages to Jigi's: which are to be judged, and as what.

`bot.cogs.moderation.cog` (live) and `bot.cogs.moderation.catch_up` (history) both read messages through here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from bot.cogs.shared.types import Bot
from bot.config import Config
from bot.domain.messages import IncomingMessage, is_judgeable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reader:
    """Says of each message whether and how it is to be judged, for one bot and its configuration."""

    def __init__(self, bot: Bot, config: Config) -> None:
        self._bot: Any = bot
        self._config = config

    def is_watched(self, channel: Any) -> bool:
        """Tell whether a channel's messages are judged. Threads and posts of a forum count as their parent.

        The log channel is never watched: moderators quote there what was flagged.
        """
        parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
        if self._config.log_channel_id in (channel.id, parent_id) and self._config.log_channel_id is not None:
            return False
        return self._config.watched.includes(channel.id, parent_id)

    async def read(self, message: discord.Message) -> IncomingMessage | None:
        """Return the message to judge, None if it is a bot's, a system notice, a command, or from elsewhere."""
        if message.guild is None or message.author.bot or message.webhook_id is not None or message.is_system():
            return None
        if not self.is_watched(message.channel):
            return None
        if not message.edited_at and not is_judgeable(message.content):
            return None
        if (await self._bot.get_context(message)).valid:
            return None
        return _incoming(message)


def _incoming(message: discord.Message) -> IncomingMessage:
    edited_at = message.edited_at
    return IncomingMessage(
        message_id=message.id,
        channel_id=message.channel.id,
        guild_id=message.guild.id if message.guild else None,
        author_id=message.author.id,
        content=message.content,
        revision=(edited_at - _EPOCH) // timedelta(milliseconds=1) if edited_at else 0,
    )
