"""From Discord's messages to Jigi's: which are to be judged, and as what.

`bot.cogs.moderation.cog` (live) and `bot.cogs.moderation.catch_up` (history) both read messages through here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from discord.ext import commands

from bot.cogs.moderation.contents import content_of, text_file_of
from bot.cogs.shared.types import Bot
from bot.config import Config
from bot.domain.messages import IncomingMessage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TALK = {discord.MessageType.default, discord.MessageType.reply}


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

    def read(self, message: discord.Message) -> IncomingMessage | None:
        """Return the message to judge, None if it is a bot's, a system notice, or from elsewhere.

        Never waits: in a raid it is asked thousands of times a second. `needs_a_look` says whether more is to be asked.
        """
        if message.guild is None or message.author.bot or message.webhook_id is not None or message.type not in _TALK:
            return None
        if not self.is_watched(message.channel):
            return None
        content = content_of(message)
        if not content and not message.edited_at and not message.attachments:
            return None
        return _incoming(message, content)

    def needs_a_look(self, message: discord.Message) -> bool:
        """Tell whether `look` must be asked before a message is judged: a file to read, perhaps a command."""
        return text_file_of(message) is not None or self._may_be_command(message)

    async def look(self, message: discord.Message, incoming: IncomingMessage) -> IncomingMessage | None:
        """Return the message with the text that was attached to it, None if it is a command of a moderator's.

        What members write is judged whatever it begins with: a complaint must not hide behind `!help`.
        """
        if self._may_be_command(message) and await self._is_command(message):
            return None
        file = text_file_of(message)
        if file is None:
            return incoming
        return _incoming(message, f"{incoming.content}\n{await file.read()}".strip())

    def _may_be_command(self, message: discord.Message) -> bool:
        """Tell whether a message begins like a command, and may be of somebody whose commands are not judged."""
        prefixes = self._prefixes()
        if not message.content or (prefixes is not None and not message.content.startswith(prefixes)):
            return False
        return not isinstance(message.author, discord.Member) or _moderates(message.author, message)

    async def _is_command(self, message: discord.Message) -> bool:
        if not isinstance(message.author, discord.Member):  # history does not say who may do what
            try:
                assert message.guild is not None
                message.author = await message.guild.fetch_member(message.author.id)
            except discord.HTTPException:
                return False
        context = await self._bot.get_context(message)
        if context.command is None or not context.valid or not _moderates(message.author, message):
            return False
        try:
            return bool(await context.command.can_run(context))
        except commands.CommandError:
            return False

    def _prefixes(self) -> tuple[str, ...] | None:
        """Return what commands begin with; None where only the bot itself can say."""
        prefix = self._bot.command_prefix
        if isinstance(prefix, str):
            return (prefix,)
        own: tuple[str, ...] | None = getattr(self._bot, "jigi_prefixes", None)
        return own


def _moderates(member: discord.Member, message: discord.Message) -> bool:
    channel: Any = message.channel
    return bool(channel.permissions_for(member).manage_messages)


def _incoming(message: discord.Message, content: str) -> IncomingMessage:
    edited_at = message.edited_at
    return IncomingMessage(
        message_id=message.id,
        channel_id=message.channel.id,
        guild_id=message.guild.id if message.guild else None,
        author_id=message.author.id,
        content=content,
        revision=(edited_at - _EPOCH) // timedelta(milliseconds=1) if edited_at else 0,
    )
