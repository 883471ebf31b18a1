"""Do on Discord what moderators ask for: delete a message, time its author out, reply.

It is begun in the database, done, and noted as done, so that the next start goes on behind whatever a process dies in.
What Discord would refuse is found out before, and told with the mend: a moderator gets no power that they lack.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import discord

from bot.cogs.shared.permissions import missing_permissions, named
from bot.cogs.shared.replies import is_passing
from bot.cogs.shared.sent_before import own_reply
from bot.cogs.shared.types import Bot
from bot.domain.cases import MAX_REASON, MAX_REPLY, TIMEOUTS, ActKind, Case, CaseAct, ObstacleError
from bot.domain.messages import UNREADABLE
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.services.retrying.backoff import until_stored
from bot.wording.cases import duration

_log = logging.getLogger(__name__)

_DEADLINE = 20.0  # seconds
_GONE = {10003: "channel_gone", 10007: "member_gone", 10008: "message_gone", 10013: "member_gone"}
_REFUSED = {50001, 50013}
_NEEDED = {
    ActKind.DELETE: ("view_channel", "manage_messages"),
    ActKind.REPLY: ("view_channel", "read_message_history", "send_messages"),
    ActKind.TIMEOUT: ("moderate_members",),
}
_FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
_NOBODY_ELSE = discord.AllowedMentions(everyone=False, users=False, roles=False, replied_user=True)


class DiscordActs:
    """Acts in the name of moderators."""

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        self._bot, self._jigi = bot, jigi

    async def perform(
        self, number: int, kind: ActKind, moderator: discord.Member, reason: str, minutes: int | None, texts: Texts
    ) -> str:
        """Do something about a case, and return what to answer.

        Raises:
            CaseError: It cannot be done; `bot.wording.cases` says why.
            DatabaseError: The database cannot be used.
        """
        guild, cases = moderator.guild, self._jigi.database.cases
        _refuse_bad_input(kind, reason, minutes)
        case = (await cases.file(guild.id, number)).case
        await self._refuse_unfit(case, kind, moderator, texts)
        case, act = await cases.begin(guild.id, number, kind, moderator.id, reason, minutes)
        try:
            await self._do(guild, case, act, moderator.name)
        except _FAILURES as error:
            await cases.withdraw(act)
            raise _obstacle(error, case, kind, texts) from error
        await self._finish(case, act)
        length = duration(minutes, texts) if minutes else ""
        return texts(f"case_answer.{kind}", who=f"<@{case.author_id}>", duration=length)

    async def resume(self, is_here: Callable[[discord.Guild], bool]) -> None:
        """Go on with what an earlier run has begun in some guilds: it may have been done, or not."""
        for case, act in await until_stored(self._jigi.database.cases.begun):
            guild = self._bot.get_guild(case.guild_id)
            if guild is not None and is_here(guild):  # else another process, or shard, looks after it
                await self._resume(guild, case, act)

    async def _resume(self, guild: discord.Guild, case: Case, act: CaseAct) -> None:
        withdraw = partial(self._jigi.database.cases.withdraw, act)
        if act.kind is ActKind.REPLY and act.reason == UNREADABLE:  # its key is gone: nobody can say it any more
            await until_stored(withdraw)
            return
        try:
            if act.kind is not ActKind.REPLY or await own_reply(self._bot, case, act) is None:
                await self._do(guild, case, act, str(act.by))
        except discord.NotFound:
            is_deleted = act.kind is ActKind.DELETE
            await until_stored(partial(self._finish, case, act) if is_deleted else withdraw)
        except _FAILURES as error:
            if not is_passing(error):
                await until_stored(withdraw)
            ids = {"guild_id": case.guild_id, "case_number": case.number}
            _log.warning("What was begun about case %d could not be done: %s", case.number, error, extra=ids)
        else:
            await until_stored(partial(self._finish, case, act))

    async def _finish(self, case: Case, act: CaseAct) -> None:
        await self._jigi.database.cases.finish(case, act)
        if act.kind is ActKind.DELETE:
            await self._jigi.pipeline.erase([case.message_id])

    async def _do(self, guild: discord.Guild, case: Case, act: CaseAct, by: str) -> None:
        """Do it, with a line in the audit log that names the case. Doing it twice does it once."""
        texts = self._jigi.settings.texts(guild.id)
        audit = texts("case.audit", number=case.number, by=by, reason=act.reason)
        async with asyncio.timeout(_DEADLINE):
            if act.kind is ActKind.DELETE:
                await self._bot.http.delete_message(case.channel_id, case.message_id, reason=audit)
            elif act.kind is ActKind.TIMEOUT:
                await _time_out(guild, case, act, audit)
            else:
                channel = self._bot.get_partial_messageable(case.channel_id, guild_id=guild.id)
                message = channel.get_partial_message(case.message_id)
                nonce = f"jigi-{act.id}"  # by which Discord knows a reply that it has already
                await message.reply(act.reason, allowed_mentions=_NOBODY_ELSE, nonce=nonce)

    async def _refuse_unfit(self, case: Case, kind: ActKind, moderator: discord.Member, texts: Texts) -> None:
        if kind is ActKind.TIMEOUT:
            await _refuse_timeout(case, moderator, texts)
            return
        channel = await find_channel(self._bot, moderator.guild, case.channel_id)
        refuse_lacking(channel, moderator, ("view_channel", "manage_messages"), texts)
        if lacking := missing_permissions(channel, _NEEDED[kind]):
            raise _lack_of(lacking, channel.id, texts)


async def find_channel(bot: Bot, guild: discord.Guild, channel_id: int) -> Any:
    """Return a channel or thread of a guild, an archived one too.

    Raises:
        ObstacleError: It is gone, or cannot be seen, or Discord does not answer.
    """
    channel: Any = guild.get_channel_or_thread(channel_id)
    if channel is not None:
        return channel
    try:
        channel = await bot.fetch_channel(channel_id)
    except _FAILURES as error:
        raise ObstacleError("outage" if is_passing(error) else "channel_gone") from error
    if getattr(channel, "guild", None) != guild:
        raise ObstacleError("channel_gone")
    return channel


def refuse_lacking(channel: Any, member: discord.Member, needed: tuple[str, ...], texts: Texts) -> None:
    """Refuse a moderator who lacks permissions in a channel.

    Raises:
        ObstacleError: They lack some.
    """
    granted = channel.permissions_for(member)
    if lacking := [name for name in needed if not getattr(granted, name)]:
        raise ObstacleError("you_lack", channel_id=channel.id, names=named(lacking, texts))


async def _time_out(guild: discord.Guild, case: Case, act: CaseAct, audit: str) -> None:
    member = await guild.fetch_member(case.author_id or 0)
    until = act.at + timedelta(minutes=act.minutes or 0)
    if until > datetime.now(UTC):
        await member.timeout(until, reason=audit)


async def _refuse_timeout(case: Case, moderator: discord.Member, texts: Texts) -> None:
    guild = moderator.guild
    if case.author_id is None:
        raise ObstacleError("author_forgotten")
    if not guild.me.guild_permissions.moderate_members:
        raise _lack_of(_NEEDED[ActKind.TIMEOUT], case.channel_id, texts)
    try:
        member = await guild.fetch_member(case.author_id)
    except _FAILURES as error:
        raise _obstacle(error, case, ActKind.TIMEOUT, texts) from error
    if member.id == guild.owner_id or member.guild_permissions.administrator:
        raise ObstacleError("member_protected")
    if moderator.id != guild.owner_id and member.top_role >= moderator.top_role:
        raise ObstacleError("member_above_you")
    if member.top_role >= guild.me.top_role:
        raise ObstacleError("member_higher")


def _refuse_bad_input(kind: ActKind, reason: str, minutes: int | None) -> None:
    most = MAX_REPLY if kind is ActKind.REPLY else MAX_REASON
    if not reason:
        raise ObstacleError("reason_missing")
    if len(reason) > most:
        raise ObstacleError("reason_too_long", most=f"{most:,}", received=f"{len(reason):,}")
    if kind is ActKind.TIMEOUT and minutes not in TIMEOUTS:
        raise ObstacleError("bad_duration")


def _obstacle(error: BaseException, case: Case, kind: ActKind, texts: Texts) -> ObstacleError:
    """Return why Discord did not do something."""
    if is_passing(error):
        return ObstacleError("outage")
    code = error.code if isinstance(error, discord.HTTPException) else 0
    if code in _GONE:
        return ObstacleError(_GONE[code])
    if code in _REFUSED:
        return _lack_of(_NEEDED[kind], case.channel_id, texts)
    if kind is ActKind.REPLY and code == 50035:  # what a reply to a message that is no more is refused with
        return ObstacleError("message_gone")
    return ObstacleError("refused", reason=error.text if isinstance(error, discord.HTTPException) else str(error))


def _lack_of(needed: Sequence[str], channel_id: int, texts: Texts) -> ObstacleError:
    """Return what the bot lacks, and where somebody can allow it."""
    is_of_server = "moderate_members" in needed
    where = texts(f"case_answer.where_{'server' if is_of_server else 'channel'}", channel_id=channel_id)
    return ObstacleError("bot_lacks", names=named(needed, texts), where=where)
