"""Send each guild that wants it its weekly digest, once: whatever dies on the way, however many processes there are.

`bot.domain.digests` says when one is due; `bot.storage.digests` lets one process begin it and notes what became of it.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from typing import Any

import aiohttp
import discord
from discord.utils import MISSING

from bot.cogs.shared.buttons import plain_button, view_of
from bot.cogs.shared.permissions import missing_permissions, named
from bot.cogs.shared.replies import MOST_CHARACTERS, QUIET
from bot.cogs.shared.sent_before import own_message
from bot.cogs.shared.types import Bot
from bot.cogs.stats.pictures import draw
from bot.cogs.stats.places import places_for
from bot.domain.digests import N_TRIES, DigestState, day_of, due_at
from bot.domain.statistics import Span, Statistics
from bot.localisation.formats import fit
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError
from bot.wording.statistics import bold, channels, comparison, dates, elsewhere, summary

_log = logging.getLogger(__name__)

_UNREACHABLE = (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError)
_NEEDED = ("view_channel", "send_messages")


class DigestSender:
    """Sends the digests of the guilds that a bot is in."""

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        self._bot, self._jigi = bot, jigi
        self._settled: dict[int, datetime] = {}  # of each guild the newest due time that needs no look any more

    async def send_due(self, now: datetime) -> None:
        """Send what is due; what cannot be sent is tried again later."""
        for guild in self._bot.guilds:
            due = due_at(self._jigi.settings.of(guild.id), now)
            if due is None or self._settled.get(guild.id) == due:
                continue
            try:
                await self._try(guild, due, now)
            except DatabaseError as error:
                _log.warning("The digest of guild %d could not be begun; in a minute again: %s", guild.id, error)

    async def _try(self, guild: discord.Guild, due: datetime, now: datetime) -> None:
        digests = self._jigi.database.digests
        n_tries = await digests.begin(guild.id, due, now)
        if n_tries is None:
            newest = await digests.newest(guild.id)
            if newest is None or newest.due_at != due or newest.state not in (DigestState.BEGUN, DigestState.REFUSED):
                self._settled[guild.id] = due
            return
        channel_id = self._jigi.settings.log_channel_id(guild.id)
        try:
            state, message_id = await self._send(guild, channel_id, due, is_first_try=n_tries == 1)
        except _UNREACHABLE as error:
            state, message_id = DigestState.REFUSED if n_tries < N_TRIES else DigestState.FAILED, None
            _log.warning(
                "The digest of guild %d cannot be sent (try %d): %s %s",
                guild.id, n_tries, error, self._missing(guild, channel_id),
            )  # fmt: skip
        await digests.finish(guild.id, due, state, channel_id, message_id)
        if state is not DigestState.REFUSED:
            self._settled[guild.id] = due

    async def _send(
        self, guild: discord.Guild, channel_id: int | None, due: datetime, *, is_first_try: bool
    ) -> tuple[DigestState, int | None]:
        if channel_id is None:
            return DigestState.REFUSED, None
        channel: Any = guild.get_channel_or_thread(channel_id) or await guild.fetch_channel(channel_id)
        settings, texts = self._jigi.settings.of(guild.id), self._jigi.settings.texts(guild.id)
        span = Span.week_before(day_of(settings, due), settings.time_zone, n_weeks=2)
        counted = await self._jigi.database.statistics.count(guild.id, span)
        n_open = await self._jigi.database.cases.n_open(guild.id)
        if not counted.total.n_judged and not n_open:
            return DigestState.NOTHING, None
        title = texts("stats.digest_title", dates=dates(span.first_days[7], texts))
        if not is_first_try and (sent := await self._sent_before(channel, bold(title))) is not None:
            return DigestState.SENT, sent
        content, files = await self._written(guild, channel, title, counted, n_open, texts)
        button = plain_button(texts("case_act.open_queue"), f"jigi:queue:{guild.id}:0:open")
        view = view_of([button]) if n_open else None
        message = await channel.send(
            content, files=files, view=view or MISSING, nonce=_nonce(guild.id, due), allowed_mentions=QUIET
        )
        return DigestState.SENT, message.id

    async def _written(
        self, guild: discord.Guild, channel: Any, title: str, counted: Statistics, n_open: int, texts: Texts
    ) -> tuple[str, list[discord.File]]:
        """Return what a digest says, and its picture if there may be one."""
        week, (before, after) = counted.second_half(), counted.halves()
        by_place = week.by_place(places_for(guild, None, is_overheard=False))
        lines = [bold(title), *summary(week, texts), *comparison(before, after, texts)]
        beside = elsewhere(week, by_place, texts)
        if len(by_place) > 1 or beside:
            lines += [bold(texts("stats.by_channel")), *channels(by_place, texts), *beside]
        lines += [texts("stats.open", n=f"{n_open:,}")] if n_open else []
        if missing_permissions(channel, ("attach_files",)):
            return fit([*lines, f"-# {texts('words.no_picture')}"], texts, MOST_CHARACTERS)[0], []
        files, problem = await draw(self._jigi, guild, title, week, by_place, texts)
        return fit([*lines, *([f"-# {problem}"] if problem else [])], texts, MOST_CHARACTERS)[0], files

    async def _sent_before(self, channel: Any, title: str) -> int | None:
        """Return the digest that an earlier try or process has sent and could not write down."""
        try:
            return await own_message(self._bot, channel, lambda message: message.content.startswith(title))
        except discord.Forbidden:
            _log.debug("Channel %s may not be read: a digest could come twice", channel.id)
            return None

    def _missing(self, guild: discord.Guild, channel_id: int | None) -> str:
        channel = guild.get_channel_or_thread(channel_id or 0)
        return "" if channel is None else named(missing_permissions(channel, _NEEDED), self._jigi.texts)


def _nonce(guild_id: int, due: datetime) -> str:
    """Return a mark by which Discord knows a digest that it has already (for a few minutes)."""
    identity = f"digest:{guild_id}:{due.timestamp():.0f}".encode()
    return hashlib.blake2b(identity, digest_size=12).hexdigest()
