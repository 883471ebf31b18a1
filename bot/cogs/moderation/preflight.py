"""What an operator should know when the bot starts: channels that are not there, permissions that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord

from bot.cogs.shared.types import Bot
from bot.config import Config
from bot.localisation.texts import Texts

NEEDED_TO_READ = ("view_channel", "read_message_history", "add_reactions")
NEEDED_TO_ALERT = ("view_channel", "send_messages", "embed_links")


def startup_warnings(bot: Bot, config: Config, texts: Texts) -> Iterator[str]:
    """Say, in whole sentences, what will keep Jigi from doing its work."""
    if not config.watched:
        yield texts("start.nothing_watched")
    for channel_id in sorted(config.watched.ids):
        yield from _about_channel(bot, channel_id, NEEDED_TO_READ, texts)
    if config.log_channel_id is not None:
        yield from _about_channel(bot, config.log_channel_id, NEEDED_TO_ALERT, texts)
        if _is_public(bot.get_channel(config.log_channel_id)):
            yield texts("start.public_log_channel", channel_id=config.log_channel_id)


def missing_permissions(channel: Any, needed: tuple[str, ...]) -> list[str]:
    """Return the names of the permissions that the bot lacks in a channel of a guild."""
    granted = channel.permissions_for(channel.guild.me)
    return [_title(name) for name in needed if not getattr(granted, name)]


def _about_channel(bot: Bot, channel_id: int, needed: tuple[str, ...], texts: Texts) -> Iterator[str]:
    channel = bot.get_channel(channel_id)
    if not isinstance(channel, (discord.abc.GuildChannel, discord.Thread)):
        yield texts("start.unknown_channel", channel_id=channel_id)
    elif names := missing_permissions(channel, needed):
        yield texts("start.missing_permissions", channel=f"#{channel.name}", names=", ".join(names))


def _is_public(channel: Any) -> bool:
    """Tell whether everybody in the guild can read a channel."""
    if not isinstance(channel, (discord.abc.GuildChannel, discord.Thread)):
        return False
    return channel.permissions_for(channel.guild.default_role).view_channel


def _title(permission: str) -> str:
    """Write a permission as Discord's settings do: "add_reactions" is "Add Reactions"."""
    return permission.replace("_", " ").title()
