"""Tell a guild something of itself, where its log channel does not do."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import aiohttp
import discord

from bot.cogs.shared.permissions import missing_permissions
from bot.cogs.shared.replies import QUIET
from bot.cogs.shared.types import Bot

_log = logging.getLogger(__name__)

FAILURES = (discord.HTTPException, aiohttp.ClientError, OSError)


def open_channel(guild: discord.Guild) -> discord.TextChannel | None:
    """Return the guild's system channel, or the first in which the bot may write; None if it may nowhere."""
    for channel in filter(None, (guild.system_channel, *guild.text_channels)):
        if not missing_permissions(channel, ("view_channel", "send_messages")):
            return channel
    return None


async def tell_moderators(guild: discord.Guild, user_ids: Iterable[int], sentence: str) -> bool:
    """Write to the first of some people who is in the guild and may set Jigi up; else to its owner, else in the open.

    Returns:
        Whether anybody was told.
    """
    for user_id in dict.fromkeys((*user_ids, guild.owner_id)):
        if user_id is not None and await _tell_member(guild, user_id, sentence):
            return True
    channel = open_channel(guild)
    if channel is None:
        return False
    try:
        await channel.send(sentence, allowed_mentions=QUIET)
    except FAILURES as error:
        _log.warning("Guild %d could not be told what is wrong: %s", guild.id, error)
        return False
    return True


async def _tell_member(guild: discord.Guild, user_id: int, sentence: str) -> bool:
    try:
        member = await guild.fetch_member(user_id)
        if not member.guild_permissions.manage_guild:
            return False
        await member.send(sentence)
    except FAILURES as error:
        _log.info("A moderator of guild %d could not be written to: %s", guild.id, error)
        return False
    return True


async def tell_person(bot: Bot, user_ids: Iterable[int], sentence: str) -> bool:
    """Write to the first of some people whom Discord lets the bot write to: it takes a server that both are in."""
    for user_id in dict.fromkeys(user_ids):
        try:
            await (await bot.fetch_user(user_id)).send(sentence)
        except FAILURES as error:
            _log.info("User %d could not be written to: %s", user_id, error)
        else:
            return True
    return False
