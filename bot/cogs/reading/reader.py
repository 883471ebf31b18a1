"""From Discord's messages to Jigi's: which are to be judged, and as what.

`bot.cogs.moderation.cog` (live), `bot.cogs.moderation.catch_up` (what was missed) and `bot.cogs.history.scanning` (what
is long past) read messages through here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import msgspec
from discord.ext import commands

from bot.cogs.reading.contents import content_of, text_file_of
from bot.cogs.shared.channels import parents_of
from bot.cogs.shared.types import Bot
from bot.domain.messages import IncomingMessage
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

    def read(self, message: discord.Message, *, is_live: bool = False) -> IncomingMessage | None:
        """Return the message to judge, None if it is a bot's, a system notice, or from elsewhere.

        Never waits: in a raid it is asked thousands of times a second. `needs_a_look` says whether more is to be asked.
        """
        if message.guild is None or not self.is_watched(message.channel):
            return None
        return self.read_anywhere(message, is_live=is_live)

    def read_anywhere(self, message: discord.Message, *, is_live: bool = False) -> IncomingMessage | None:
        """Do the same with a message of a guild's channel that need not be watched."""
        if message.guild is None or message.author.bot or message.webhook_id is not None or message.type not in _TALK:
            return None
        if self._is_exempt(message):
            return None
        content = content_of(message)
        if not content and not message.edited_at and not message.attachments:
            return None
        return _incoming(message, content, is_live=is_live)

    async def recognise(
        self, guild: discord.Guild, messages: Sequence[discord.Message], known: dict[int, discord.Member | None]
    ) -> None:
        """Ask who the authors of messages from the history are in the guild, if that says who is exempt.

        `known` keeps the answers; who has left is None.

        Raises:
            TimeoutError: Discord does not answer.
        """
        settings = self._settings.of(guild.id)
        if not settings.exempts_moderators and not settings.exempt_role_ids:
            return
        strangers = {each.author.id for each in messages if _may_be_member(each.author)} - known.keys()
        if strangers:
            found = await guild.query_members(user_ids=list(strangers), limit=len(strangers), cache=False)
            known |= dict.fromkeys(strangers) | {member.id: member for member in found}
        for message in messages:
            if _may_be_member(message.author):
                message.author = known[message.author.id] or message.author

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
        return msgspec.structs.replace(incoming, content=content)

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


def _may_be_member(author: discord.User | discord.Member) -> bool:
    return not isinstance(author, discord.Member) and not author.bot


def _moderates(member: discord.Member, message: discord.Message) -> bool:
    channel: Any = message.channel
    return bool(channel.permissions_for(member).manage_messages)


def _incoming(message: discord.Message, content: str, *, is_live: bool) -> IncomingMessage:
    edited_at = message.edited_at
    return IncomingMessage(
        message_id=message.id,
        channel_id=message.channel.id,
        guild_id=message.guild.id if message.guild else None,
        author_id=message.author.id,
        content=content,
        revision=(edited_at - _EPOCH) // timedelta(milliseconds=1) if edited_at else 0,
        parent_ids=parents_of(message.channel),
        is_live=is_live and edited_at is None,
    )
