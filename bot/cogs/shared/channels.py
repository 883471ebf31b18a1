"""Where a channel stands in its guild, and which one somebody means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.shared.replies import RefusedError, escape
from bot.cogs.shared.types import Context, Interaction
from bot.localisation.formats import cut

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.Thread
Place = discord.abc.GuildChannel | discord.Thread

MARK = re.compile(r"<(?P<kind>#|@&|@!?)(?P<id>[0-9]{1,19})>|(?P<bare>[0-9]{15,19})")


async def find_channel(guild: discord.Guild, channel_id: int) -> Place | None:
    """Return a channel, category or thread of a guild, also one that is archived; None if it has none of that id.

    Raises:
        discord.Forbidden: There is one, perhaps in another guild, and the bot may not look at it.
    """
    known = guild.get_channel_or_thread(channel_id)
    if known is not None:
        return known
    try:
        return await guild.fetch_channel(channel_id)
    except discord.InvalidData:  # another guild's
        return None
    except discord.HTTPException as error:
        if error.status in (400, 404):
            return None
        raise


def channels_of(guild: discord.Guild) -> list[Channel]:
    """Return what can hold messages, or posts that do."""
    return [*guild.threads, *guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.forums]


def parents_of(channel: Any) -> tuple[int, ...]:
    """Return the ids of a thread's channel, and of the category, as far as there are any, the nearest first."""
    is_thread = isinstance(channel, discord.Thread)
    category_id = getattr(channel.parent if is_thread else channel, "category_id", None)  # a partial channel has none
    parent_ids = (channel.parent_id,) if is_thread else ()
    return parent_ids if category_id is None else (*parent_ids, category_id)


async def find_place(guild: discord.Guild, channel_id: int) -> Place:
    """Return a channel, category or thread of a guild, also one that is archived.

    Raises:
        RefusedError: The guild has none of that id: it is another guild's, or gone.
    """
    place = await look_up_place(guild, channel_id)
    if place is None:
        raise RefusedError("settings.unknown_channel", received=channel_id)
    return place


async def look_up_place(guild: discord.Guild, channel_id: int) -> Place | None:
    """Return a channel, category or thread of a guild, None if it has none of that id."""
    try:
        return await find_channel(guild, channel_id)
    except discord.Forbidden:  # another guild's, or as good as none
        return None


class PlaceArgument(app_commands.Transformer, commands.Converter[Place]):
    """A channel, thread or category of the guild."""

    type = discord.AppCommandOptionType.channel

    async def find(self, guild: discord.Guild, channel_id: int) -> Place:
        """Return the place of an id.

        Raises:
            RefusedError: The guild has none, or it may not be had.
        """
        return await find_place(guild, channel_id)

    async def transform(self, interaction: Interaction, value: Any, /) -> Place:
        """Return the channel that was chosen from Discord's list."""
        assert interaction.guild is not None
        return await self.find(interaction.guild, value.id)

    async def convert(self, ctx: Context, argument: str) -> Place:
        """Return the channel that is mentioned, or bears a name or id."""
        assert ctx.guild is not None
        mark = MARK.fullmatch(argument)
        if mark is not None and mark["kind"] in (None, "#"):
            return await self.find(ctx.guild, int(mark["id"] or mark["bare"]))
        by_name = discord.utils.get(_places(ctx.guild), name=argument.lstrip("#"))
        if by_name is None:
            raise RefusedError("settings.unknown_channel", received=escape(cut(argument, 40)))
        return by_name


def _places(guild: discord.Guild) -> Iterable[Place]:
    return [*guild.channels, *guild.threads]
