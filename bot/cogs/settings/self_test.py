"""Try what Jigi has to do in a guild, and name what keeps it from doing so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import discord

from bot.cogs.settings.arguments import require_writable
from bot.cogs.shared.channels import channels_of, find_place, look_up_place, parents_of
from bot.cogs.shared.permissions import (
    NEEDED_TO_ALERT,
    NEEDED_TO_READ,
    is_public,
    missing_permissions,
    named,
)
from bot.cogs.shared.replies import QUIET, RefusedError
from bot.domain.automatic import Automatic
from bot.domain.guilds import GuildSettings
from bot.localisation.texts import Texts
from bot.wording.automatic import rests
from bot.wording.settings import line

FLAG = "🚩"
_MOST_CHANNELS = 10  # named in one sentence
_NEEDED_IN_LOG = (*NEEDED_TO_ALERT, "read_message_history")  # to find an alert that was sent before a crash


async def run_self_test(guild: discord.Guild, settings: GuildSettings, public: Texts, texts: Texts) -> list[str]:
    """Flag a test message in the log channel; return what was done, and what is missing, one sentence a line.

    `settings` are those that hold, the operator's among them. `public` are the sentences for the channel.
    """
    troubles = [each async for each in _about_log_channel(guild, settings, texts)]
    troubles += [each async for each in _about_watched(guild, settings, texts)]
    troubles += [*_about_roles(guild, settings, texts), *_about_all_automatic(guild, settings, texts)]
    tried = await _try(guild, settings, public, texts)
    return [*tried, *troubles] if troubles else [*tried, texts("self_test.fine")]


async def _try(guild: discord.Guild, settings: GuildSettings, public: Texts, texts: Texts) -> list[str]:
    channel_id = settings.log_channel_id
    channel = None if channel_id is None else await look_up_place(guild, channel_id)
    if not isinstance(channel, discord.abc.Messageable):
        return []
    try:
        message = await channel.send(public("self_test.message"), allowed_mentions=QUIET)
        await message.add_reaction(FLAG)
    except discord.HTTPException as error:
        return [texts("self_test.failed", channel=channel.mention, reason=error.text or error)]
    return [texts("self_test.done", channel=channel.mention, url=message.jump_url)]


async def _about_log_channel(guild: discord.Guild, settings: GuildSettings, texts: Texts) -> AsyncIterator[str]:
    if settings.is_shadow:
        yield texts("self_test.shadow")
    if settings.log_channel_id is None:
        yield texts("self_test.no_log_channel")
        return
    try:
        channel = await find_place(guild, settings.log_channel_id)
        require_writable(channel)
    except RefusedError as refused:
        yield refused.sentence(texts)
        return
    if missing := missing_permissions(channel, (*_NEEDED_IN_LOG, "add_reactions")):
        yield texts("settings.unwritable", channel=channel.mention, names=named(missing, texts))
    if is_public(channel):
        yield texts("settings.public_log_channel", channel=channel.mention)


async def _about_watched(guild: discord.Guild, settings: GuildSettings, texts: Texts) -> AsyncIterator[str]:
    watched = settings.watched
    if not watched:
        yield texts("self_test.nothing_watched")
        return
    for channel in channels_of(guild):
        place_ids = (channel.id, *parents_of(channel))
        if settings.log_channel_id in place_ids or not settings.watches(watched, place_ids):
            continue
        if missing := missing_permissions(channel, NEEDED_TO_READ):
            yield texts("self_test.unreadable", channel=channel.mention, names=named(missing, texts))
    if gone := [each for each in sorted(watched.ids) if await look_up_place(guild, each) is None]:
        yield texts("self_test.gone_channels", ids=", ".join(map(str, gone)))


def _about_all_automatic(guild: discord.Guild, settings: GuildSettings, texts: Texts) -> Iterator[str]:
    for kind, _ in settings.automatic:
        if rests(f"{kind}_from", settings, texts):
            yield line(f"{kind}_from", settings, settings, texts)
        yield from about_automatic(guild, settings, texts, kind)


def about_automatic(guild: discord.Guild, settings: GuildSettings, texts: Texts, kind: Automatic) -> Iterator[str]:
    """Name what the bot lacks, and where, to do something by itself."""
    if kind is Automatic.TIMEOUT:
        if not guild.me.guild_permissions.moderate_members:
            yield texts("automatic.lacking_server", names=named(["moderate_members"], texts))
        return
    needed = "manage_messages" if kind is Automatic.DELETE else "send_messages"
    lacking: dict[str, list[str]] = {}
    for channel in channels_of(guild):
        place_ids = (channel.id, *parents_of(channel))
        if settings.watched and settings.watches(settings.watched, place_ids):
            for name in missing_permissions(channel, [needed]):
                lacking.setdefault(name, []).append(channel.mention)
    for name, channels in lacking.items():
        yield texts("automatic.lacking", names=named([name], texts), channels=" ".join(channels[:_MOST_CHANNELS]))


def _about_roles(guild: discord.Guild, settings: GuildSettings, texts: Texts) -> Iterator[str]:
    if gone := [each for each in sorted(settings.exempt_role_ids) if guild.get_role(each) is None]:
        yield texts("self_test.gone_roles", ids=", ".join(map(str, gone)))
    if settings.ping_role_id is None:
        return
    role = guild.get_role(settings.ping_role_id)
    if role is None:
        yield texts("self_test.gone_roles", ids=settings.ping_role_id)
    elif not role.mentionable and not guild.me.guild_permissions.mention_everyone:
        yield texts("self_test.silent_role", role=role.mention, names=named(["mention_everyone"], texts))
