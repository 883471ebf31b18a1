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
from bot.domain.messages import IncomingMessage, is_judgeable
from bot.services.settings import SettingsOfGuilds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TALK = {discord.MessageType.default, discord.MessageType.reply}


class Reader:
    """Says of each message whether and how it is to be judged, for one bot and the settings of its guilds."""

    def __init__(self, bot: Bot, settings: SettingsOfGuilds) -> None:
        self._bot: Any = bot
        self._settings = settings

    def is_watched(self, channel: Any) -> bool:
        """Tell whether a channel's messages are judged. Threads and posts of a forum count as their parent."""
        return self._settings.watches(channel.guild.id, channel.id, *parents_of(channel))

    def read(self, message: discord.Message) -> IncomingMessage | None:
        """Return the message to judge, None if it is a bot's, a system notice, or from elsewhere.

        Never waits: in a raid it is asked thousands of times a second. `needs_a_look` says whether more is to be asked.
        """
        if message.guild is None or message.author.bot or message.webhook_id is not None or message.type not in _TALK:
            return None
        if not self.is_watched(message.channel) or self._is_exempt(message):
            return None
        content = content_of(message)
        if not message.edited_at and not is_judgeable(content) and text_file_of(message) is None:
            return None
        return _incoming(message, content)

    def _is_exempt(self, message: discord.Message) -> bool:
        """Tell whether the guild wants nothing of an author's judged. History does not say who may do what."""
        assert message.guild is not None
        settings, author = self._settings.of(message.guild.id), message.author
        if not isinstance(author, discord.Member):
            return settings.exempts(author.id, ())
        if settings.exempts(author.id, author._roles):  # `roles` would make a sorted list of each message's
            return True
        return settings.exempts_moderators and _moderates(author, message)

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
        content = f"{incoming.content}\n{await file.read()}".strip()
        return _incoming(message, content) if is_judgeable(content) or message.edited_at else None

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


def parents_of(channel: Any) -> tuple[int, ...]:
    """Return the channel of a thread, and the category, as far as there are any, the nearest first."""
    is_thread = isinstance(channel, discord.Thread)
    category_id = getattr(channel.parent if is_thread else channel, "category_id", None)  # a partial channel has none
    parent_ids = (channel.parent_id,) if is_thread else ()
    return parent_ids if category_id is None else (*parent_ids, category_id)


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
        parent_ids=parents_of(message.channel),
    )
