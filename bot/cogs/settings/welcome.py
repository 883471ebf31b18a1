"""Say once, in a guild that the bot has joined, how to begin."""

from __future__ import annotations

import logging

import discord

from bot.cogs.shared.permissions import missing_permissions
from bot.cogs.shared.replies import QUIET
from bot.localisation.texts import Texts

_log = logging.getLogger(__name__)


async def welcome(guild: discord.Guild, texts: Texts, prefix: str) -> None:
    """Say how to begin in the guild's system channel, or in the first channel in which the bot may write."""
    for channel in filter(None, (guild.system_channel, *guild.text_channels)):
        if missing_permissions(channel, ("view_channel", "send_messages")):
            continue
        try:
            await channel.send(texts("setup.welcome", prefix=prefix), allowed_mentions=QUIET)
        except discord.HTTPException as error:
            _log.warning("Guild %d could not be told how to begin: %s", guild.id, error)
        return
