"""Say once, to a guild that the bot has joined or come back to, also while it was offline, what to know."""

from __future__ import annotations

import logging

import discord

from bot.cogs.guilds.telling import FAILURES, open_channel
from bot.cogs.shared.replies import QUIET
from bot.cogs.shared.sent_before import own_message
from bot.cogs.shared.types import Bot
from bot.domain.stays import KEPT_DAYS, Greeting, is_welcomed
from bot.localisation.texts import Language, Texts
from bot.runtime import Jigi

_log = logging.getLogger(__name__)


class Greetings:
    """Greets guilds."""

    def __init__(self, bot: Bot, jigi: Jigi, *, again_after: float = 60.0) -> None:
        self._bot, self._jigi = bot, jigi
        self._again_after = again_after  # seconds, for which another process may be at it

    async def see(self, guild: discord.Guild) -> None:
        """Note that the bot is in a guild, and what follows from that.

        Raises:
            DatabaseError: It cannot be written.
        """
        assert self._bot.user is not None
        stays = self._jigi.database.stays
        joined_at = guild.me.joined_at if guild.me is not None else None
        is_new = is_welcomed(joined_at, discord.utils.utcnow(), await stays.upgraded_at())
        await stays.see(guild.id, self._bot.user.id, is_welcomed=is_new)

    async def greet(self, guild: discord.Guild) -> None:
        """Say what is still to be said to a guild.

        Raises:
            DatabaseError: Nobody knows what that is.
        """
        stays = self._jigi.database.stays
        greeting = (await stays.greetings([guild.id])).get(guild.id)
        if greeting is None:
            return
        was_begun = await stays.begin_greeting(guild.id, again_after=self._again_after)
        if was_begun is not None:
            await stays.end_greeting(guild.id, is_said=await self._say(guild, greeting, was_begun=was_begun))

    async def _say(self, guild: discord.Guild, greeting: Greeting, *, was_begun: bool) -> bool:
        """Say a greeting; return False if it has to be tried again."""
        channel = open_channel(guild)
        if channel is None:
            return False
        try:
            if was_begun and await self._was_said(channel, greeting):
                return True
            sentence = self._sentence(greeting, self._jigi.settings.texts(guild.id))
            await channel.send(sentence, allowed_mentions=QUIET)
        except FAILURES as error:
            _log.warning("Guild %d could not be greeted: %s", guild.id, error)
            return False
        return True

    async def _was_said(self, channel: discord.TextChannel, greeting: Greeting) -> bool:
        """Tell whether a greeting stands in a channel; where nobody can know, rather not a second time."""
        if not channel.permissions_for(channel.guild.me).read_message_history:
            return True
        sentences = {self._sentence(greeting, Texts.load(language)) for language in Language}
        return await own_message(self._bot, channel, lambda message: message.content in sentences) is not None

    def _sentence(self, greeting: Greeting, texts: Texts) -> str:
        return texts(f"stay.{greeting}", prefix=self._jigi.config.command_prefix, days=KEPT_DAYS)
