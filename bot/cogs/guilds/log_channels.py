"""Look whether alerts reach the guilds' log channels; tell a guild once when they do not, and when they do again."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import discord

from bot.cogs.guilds.telling import FAILURES, tell_moderators
from bot.cogs.shared.channels import find_channel
from bot.cogs.shared.permissions import NEEDED_TO_ALERT, missing_permissions, named
from bot.cogs.shared.replies import QUIET, escape
from bot.domain.stays import LogTrouble, LogTroubleKind
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError

_log = logging.getLogger(__name__)


class LogChannels:
    """The log channels of all guilds.

    A change is looked at a moment later, when it may be over. Whoever was told of a trouble hears of the next one
    `told_again_after` that at the earliest; where nobody could be told it is tried anew `tried_again_after` that.
    """

    def __init__(
        self,
        jigi: Jigi,
        *,
        told_again_after: timedelta = timedelta(hours=1),
        tried_again_after: timedelta = timedelta(days=1),
    ) -> None:
        self._jigi = jigi
        self._told_again_after, self._tried_again_after = told_again_after, tried_again_after
        self._soon: dict[int, asyncio.Task[None]] = {}
        self._checked_now: set[int] = set()  # of two looks at the same time both would tell

    def check_soon(self, guild: discord.Guild) -> None:
        """Look at a guild's log channel in a moment: many changes share one look."""
        if guild.id not in self._soon:
            self._soon[guild.id] = asyncio.create_task(self._check_later(guild))

    async def close(self) -> None:
        """Look at nothing more."""
        for task in self._soon.values():
            task.cancel()
        await asyncio.gather(*self._soon.values(), return_exceptions=True)

    async def _check_later(self, guild: discord.Guild) -> None:
        await asyncio.sleep(self._jigi.config.patience.settling_pause)
        del self._soon[guild.id]
        await self.check(guild)

    async def check(self, guild: discord.Guild) -> None:
        """Look at a guild's log channel, and say what is to be said."""
        if guild.unavailable or guild.id in self._checked_now:
            return
        self._checked_now.add(guild.id)
        try:
            known = await self._jigi.database.log_troubles.find(guild.id)
            found, missing = await self._look(guild)
            if found is not None:
                await self._suffer(guild, found, missing, known)
            elif known is not None and known.ended_at is None:
                await self._recover(guild, known)
        except (DatabaseError, *FAILURES) as error:
            _log.warning("The log channel of guild %d could not be looked at: %s", guild.id, error)
        finally:
            self._checked_now.discard(guild.id)

    async def _look(self, guild: discord.Guild) -> tuple[LogTrouble | None, list[str]]:
        """Return what is wrong, None if nothing is, and which permissions are missing."""
        settings = self._jigi.settings
        channel_id = settings.known_log_channel_id(guild.id)
        if channel_id is None or settings.of(guild.id).is_shadow:
            return None, []
        try:
            channel = await find_channel(guild, channel_id)
        except discord.Forbidden:
            return LogTrouble(guild.id, LogTroubleKind.UNWRITABLE, channel_id), ["view_channel"]
        if channel is None:
            return LogTrouble(guild.id, LogTroubleKind.GONE, channel_id), []
        missing = missing_permissions(channel, NEEDED_TO_ALERT)
        return (LogTrouble(guild.id, LogTroubleKind.UNWRITABLE, channel_id) if missing else None), missing

    async def _suffer(
        self, guild: discord.Guild, found: LogTrouble, missing: list[str], known: LogTrouble | None
    ) -> None:
        now = discord.utils.utcnow()
        if known is None or not known.is_same(found):
            known = replace(found, noticed_at=now, told_at=known.told_at if known else None)
            await self._jigi.database.log_troubles.notice(known)
        if known.is_told or _is_within(now, known.told_at, self._told_again_after):
            return
        if _is_within(now, known.tried_at, self._tried_again_after):
            return
        # Noted before: whoever dies in between has rather said nothing than the same twice. The log says it, too.
        await self._jigi.database.log_troubles.note(guild.id, told_at=now)
        _log.warning(self._jigi.texts(f"log_channel.log_{known.kind}", guild_id=guild.id, channel_id=known.channel_id))
        keepers = await self._jigi.database.log_troubles.keepers(guild.id, ["log_channel_id"])
        if not await tell_moderators(guild, keepers[:1], self._sentence(guild, known, missing)):
            await self._jigi.database.log_troubles.note(guild.id, told_at=None, tried_at=now)

    def _sentence(self, guild: discord.Guild, trouble: LogTrouble, missing: list[str]) -> str:
        texts = self._texts(guild)
        fields = {"channel": f"<#{trouble.channel_id}>", "names": named(missing, texts)}
        return texts(f"log_channel.{trouble.kind}", server=escape(guild.name), **fields)

    async def _recover(self, guild: discord.Guild, known: LogTrouble) -> None:
        await self._jigi.database.log_troubles.note(guild.id, ended_at=discord.utils.utcnow())
        await self._jigi.pipeline.retry(guild.id)
        channel_id = self._jigi.settings.known_log_channel_id(guild.id)
        channel = None if channel_id is None else await find_channel(guild, channel_id)
        if not known.is_told or not isinstance(channel, discord.abc.Messageable):
            return
        n_open = await self._jigi.database.log_troubles.n_open_cases(guild.id)
        key = "log_channel.mended_with_cases" if n_open else "log_channel.mended"
        await channel.send(self._texts(guild)(key, n=n_open), allowed_mentions=QUIET)

    def _texts(self, guild: discord.Guild) -> Texts:
        return self._jigi.settings.texts(guild.id)


def _is_within(now: datetime, moment: datetime | None, span: timedelta) -> bool:
    return moment is not None and now - moment < span
