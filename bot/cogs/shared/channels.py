"""Where a channel stands in its guild."""

from __future__ import annotations

from typing import Any

import discord

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.Thread


async def find_channel(guild: discord.Guild, channel_id: int) -> discord.abc.GuildChannel | discord.Thread | None:
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
