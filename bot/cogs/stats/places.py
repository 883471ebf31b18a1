"""Which channels somebody may be told of, and which of them a message's channel belongs to."""

from __future__ import annotations

from typing import Any

import discord

from bot.cogs.shared.channels import channels_of, parents_of
from bot.cogs.shared.permissions import is_public

Place = discord.abc.GuildChannel | discord.Thread


def places_for(guild: discord.Guild, member: discord.Member | None, *, is_overheard: bool) -> dict[int, int]:
    """Return of each channel that a member may see (None: of all) the channel that it counts for, by their ids.

    Threads and posts count for their channel. `is_overheard`: everybody reads the answer, and is told of public ones.
    """
    found = {}
    for channel in channels_of(guild):
        shown = channel.parent if isinstance(channel, discord.Thread) else channel
        if shown is not None and _may_hear(channel, member) and (is_public(channel) or not is_overheard):
            found[channel.id] = shown.id
    return found


def within(guild: discord.Guild, wanted: Place, places: dict[int, int]) -> dict[int, int]:
    """Return those of the places that are a channel, or in it: its threads, a category's channels."""
    return {each: place for each, place in places.items() if wanted.id in (each, *_parents(guild, each))}


def _parents(guild: discord.Guild, channel_id: int) -> tuple[int, ...]:
    return parents_of(guild.get_channel_or_thread(channel_id))


def _may_hear(channel: Any, member: discord.Member | None) -> bool:
    if member is None:
        return True
    granted = channel.permissions_for(member)
    is_closed = isinstance(channel, discord.Thread) and channel.is_private() and not granted.manage_threads
    return granted.view_channel and not is_closed
