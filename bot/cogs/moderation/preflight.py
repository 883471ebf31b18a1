"""What an operator should know when the bot starts: channels that are not there, permissions that are missing."""

from __future__ import annotations

from collections.abc import Iterator

import discord

from bot.cogs.shared.permissions import NEEDED_TO_ALERT, NEEDED_TO_READ, is_public, missing_permissions, named
from bot.cogs.shared.types import Bot
from bot.config import Config
from bot.localisation.texts import Texts
from bot.services.settings import SettingsOfGuilds


def startup_warnings(bot: Bot, config: Config, settings: SettingsOfGuilds, texts: Texts) -> Iterator[str]:
    """Say, in whole sentences, what will keep Jigi from doing its work."""
    if not config.watched and not any(settings.of(guild.id).watched for guild in bot.guilds):
        yield texts("start.nothing_watched")
    for channel_id in sorted(config.watched.ids):
        yield from _about_channel(bot, channel_id, NEEDED_TO_READ, texts)
    if config.log_channel_id is not None:
        yield from _about_channel(bot, config.log_channel_id, NEEDED_TO_ALERT, texts)
        if is_public(bot.get_channel(config.log_channel_id)):
            yield texts("start.public_log_channel", channel_id=config.log_channel_id)


def _about_channel(bot: Bot, channel_id: int, needed: tuple[str, ...], texts: Texts) -> Iterator[str]:
    channel = bot.get_channel(channel_id)
    if not isinstance(channel, (discord.abc.GuildChannel, discord.Thread)):
        yield texts("start.unknown_channel", channel_id=channel_id)
    elif names := missing_permissions(channel, needed):
        yield texts("start.missing_permissions", channel=f"#{channel.name}", names=named(names, texts))
