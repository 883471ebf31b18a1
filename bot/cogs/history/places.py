"""Which channels may be looked through, by whom, and where what comes of it may be shown."""

from __future__ import annotations

from typing import Any

import aiohttp
import discord

from bot.cogs.shared.channels import Channel, Place, PlaceArgument, find_channel, parents_of
from bot.cogs.shared.permissions import is_public, missing_permissions
from bot.cogs.shared.replies import RefusedError
from bot.cogs.shared.types import Context
from bot.services.settings import SettingsOfGuilds

_TO_READ = ("view_channel", "read_message_history")
_TO_SEE_RESULTS = ("view_channel", "read_message_history", "manage_messages")
_TO_SHOW = ("view_channel", "read_message_history", "send_messages", "embed_links", "attach_files")


class AnyPlaceArgument(PlaceArgument):
    """A channel of the guild; of one that the bot may not see it is said that it cannot be looked through."""

    async def find(self, guild: discord.Guild, channel_id: int) -> Place:
        """Return the place of an id."""
        try:
            place = await find_channel(guild, channel_id)
        except discord.Forbidden:
            raise RefusedError("scan.unseen") from None
        if place is None:
            raise RefusedError("settings.unknown_channel", received=channel_id)
        return place


async def require_scannable(place: Place, asking: discord.Member, settings: SettingsOfGuilds) -> Channel:
    """Return a place whose old messages may be read, by the bot and by who asks.

    Raises:
        RefusedError: It holds no messages, is the log channel, or somebody lacks a permission there.
    """
    if not isinstance(place, Channel):
        raise RefusedError("scan.no_messages", channel=place.mention)
    if settings.log_channel_id(place.guild.id) in (place.id, *parents_of(place)):
        raise RefusedError("scan.log_channel", channel=place.mention)
    if lacking := missing_permissions(place, _TO_READ):
        raise RefusedError("scan.bot_lacks", channel=place.mention, permissions=lacking)
    granted = place.permissions_for(asking)
    if lacking := [name for name in _TO_SEE_RESULTS if not getattr(granted, name)]:
        raise RefusedError("scan.you_lack", channel=place.mention, permissions=lacking)
    if isinstance(place, discord.Thread) and place.is_private():
        for member in (asking, place.guild.me):
            if not place.permissions_for(member).manage_threads and not await _is_in(place, member):
                raise RefusedError("scan.unseen" if member == place.guild.me else "scan.not_in_thread")
    return place


async def _is_in(thread: discord.Thread, member: discord.Member) -> bool:
    try:
        await thread.fetch_member(member.id)
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        return False
    return True


def place_of_report(ctx: Context, settings: SettingsOfGuilds) -> Any:
    """Return where what was found is shown: here, unless everybody reads here; then in the log channel.

    Raises:
        RefusedError: Neither will do.
    """
    assert ctx.guild is not None
    here: Any = ctx.channel
    if not is_public(here):
        return _writable(here)
    log: Any = ctx.guild.get_channel_or_thread(settings.log_channel_id(ctx.guild.id) or 0)
    if log is None or is_public(log) or not log.permissions_for(ctx.author).view_channel:
        raise RefusedError("scan.public")
    return _writable(log)


def _writable(channel: Any) -> Any:
    if lacking := missing_permissions(channel, _TO_SHOW):
        raise RefusedError("scan.cannot_show", channel=channel.mention, permissions=lacking)
    return channel
