"""Where a channel stands in its guild."""

from __future__ import annotations

from typing import Any

import discord

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.Thread


def channels_of(guild: discord.Guild) -> list[Channel]:
    """Return what can hold messages, or posts that do."""
    return [*guild.threads, *guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.forums]


def parents_of(channel: Any) -> tuple[int, ...]:
    """Return the ids of a thread's channel, and of the category, as far as there are any, the nearest first."""
    is_thread = isinstance(channel, discord.Thread)
    category_id = getattr(channel.parent if is_thread else channel, "category_id", None)  # a partial channel has none
    parent_ids = (channel.parent_id,) if is_thread else ()
    return parent_ids if category_id is None else (*parent_ids, category_id)
