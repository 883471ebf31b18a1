"""What can be looked at on Discord, over REST alone: a bot that is running keeps its session.

Token, message content intent, clock, and in each server the permissions that Jigi needs there.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord

from bot.cogs.shared.channels import parents_of
from bot.cogs.shared.permissions import NEEDED_TO_ALERT, NEEDED_TO_READ, is_public, missing_permissions, named
from bot.config import Config
from bot.doctor.findings import Finding, Mark
from bot.localisation.texts import Texts
from bot.services.settings import SettingsOfGuilds

_TOKEN = re.compile(r"[\w-]{18,}\.[\w-]{6,}\.[\w-]{25,}")  # id, time and signature
_MOST_SECONDS = 5.0  # that this computer's clock may differ: Discord's own header tells whole seconds
_MOST_GUILDS = 100  # that are looked at: three requests each
_FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError)
_MISSING = (discord.NotFound, discord.Forbidden)


class Clock:
    """Learns from Discord's answers what time it is there. `trace` is discord.py's option `http_trace`."""

    def __init__(self) -> None:
        self.ahead: timedelta | None = None  # of this computer's clock
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._read)

    async def _read(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        try:
            there = parsedate_to_datetime(ended.response.headers["Date"])
        except (KeyError, ValueError):
            return
        self.ahead = datetime.now(UTC) - there


async def look_at_discord(config: Config, settings: SettingsOfGuilds, texts: Texts) -> AsyncIterator[Finding]:
    """Log in, and say what Discord makes of this bot."""
    if config.discord_token is None:
        yield Finding("token", Mark.WRONG, texts("start.no_token"))
        return
    clock = Clock()
    async with discord.Client(intents=discord.Intents.none(), http_trace=clock.trace) as client:
        try:
            await client.login(config.discord_token)
            yield Finding("token", Mark.WELL, texts("doctor.token_accepted", name=client.user))
            yield await _about_intents(client, texts)
            async for finding in _about_guilds(client, config, settings, texts):
                yield finding
        except discord.LoginFailure:
            is_like_one = _TOKEN.fullmatch(config.discord_token)
            yield Finding("token", Mark.WRONG, texts("start.wrong_token" if is_like_one else "doctor.no_token_at_all"))
        except _FAILURES as error:
            what = "token" if client.user is None else "permissions"
            yield Finding(what, Mark.WRONG, texts("start.no_network", reason=str(error) or type(error).__name__))
        if clock.ahead is not None:
            yield _about_clock(clock.ahead, texts)


async def _about_intents(client: discord.Client, texts: Texts) -> Finding:
    flags = (await client.application_info()).flags
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return Finding("intents", Mark.WELL, texts("doctor.intents_on"))
    return Finding("intents", Mark.WRONG, texts("start.missing_intent"))


def _about_clock(ahead: timedelta, texts: Texts) -> Finding:
    seconds = ahead.total_seconds()
    if abs(seconds) <= _MOST_SECONDS:
        return Finding("clock", Mark.WELL, texts("doctor.clock_right"))
    which = "fast" if seconds > 0 else "slow"
    return Finding("clock", Mark.WRONG, texts(f"doctor.clock_{which}", n=f"{abs(seconds):,.0f}"))


async def _about_guilds(
    client: discord.Client, config: Config, settings: SettingsOfGuilds, texts: Texts
) -> AsyncIterator[Finding]:
    assert client.user is not None
    known: set[int] = set()
    n_guilds = 0
    async for each in client.fetch_guilds(limit=None, with_counts=False):
        n_guilds += 1
        if n_guilds > _MOST_GUILDS:
            continue
        guild = await client.fetch_guild(each.id, with_counts=False)
        channels = await guild.fetch_channels()
        known |= {channel.id for channel in channels}
        me = await guild.fetch_member(client.user.id)
        yield _about_guild(guild, channels, me, settings, texts)
    if n_guilds == 0:
        yield Finding("permissions", Mark.WRONG, texts("doctor.no_guild"))
    if n_guilds > _MOST_GUILDS:
        yield Finding("permissions", Mark.NOT_CHECKED, texts("doctor.more_guilds", n=n_guilds - _MOST_GUILDS))
        return
    for channel_id in sorted({*config.watched.ids, *filter(None, [config.log_channel_id])} - known):
        if not await _exists(client, channel_id):
            yield Finding("permissions", Mark.WRONG, texts("start.unknown_channel", channel_id=channel_id))


async def _exists(client: discord.Client, channel_id: int) -> bool:
    """Tell whether a channel is there that no list has: a thread."""
    try:
        await client.fetch_channel(channel_id)
    except _MISSING:
        return False
    return True


def _about_guild(
    guild: discord.Guild, channels: Sequence[Any], me: discord.Member, settings: SettingsOfGuilds, texts: Texts
) -> Finding:
    watched = [
        each for each in channels if _is_for_messages(each) and settings.watches(guild.id, each.id, *parents_of(each))
    ]
    log_id = settings.log_channel_id(guild.id)
    log = next((each for each in channels if each.id == log_id), None)
    if not watched:
        return Finding("permissions", Mark.NOT_CHECKED, texts("doctor.nothing_watched", guild=guild.name))
    wrong = [*_missing(watched, NEEDED_TO_READ, me, texts), *_missing([log] if log else [], NEEDED_TO_ALERT, me, texts)]
    if wrong:
        fields = {"guild": guild.name, "channels": " · ".join(wrong)}
        return Finding("permissions", Mark.WRONG, texts("doctor.missing_permissions", **fields))
    if is_public(log):
        return Finding("permissions", Mark.WRONG, texts("start.public_log_channel", channel_id=log_id))
    how = "doctor.permissions_all" if log else "doctor.permissions_without_log"
    return Finding("permissions", Mark.WELL, texts(how, guild=guild.name, n=len(watched)))


def _missing(channels: Sequence[Any], needed: tuple[str, ...], me: discord.Member, texts: Texts) -> Iterator[str]:
    for channel in channels:
        if names := missing_permissions(channel, needed, me):
            yield f"#{channel.name}: {named(names, texts)}"


def _is_for_messages(channel: Any) -> bool:
    return not isinstance(channel, discord.CategoryChannel)
