"""Do by itself what a guild has agreed to: reply, time out, delete. `bot.cogs.moderation.undoing` undoes it again.

Everything is looked at once more before it is begun: the settings, the case, the message's age, and who its author is.
What was begun goes on behind whatever a process dies in, however late; what was not is dropped after a minute.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import discord

from bot.cogs.shared.permissions import missing_permissions
from bot.cogs.shared.replies import is_passing
from bot.cogs.shared.sent_before import own_reply
from bot.cogs.shared.types import Bot
from bot.domain.actions import AUTOMATIC, NO_RESULT, ActionFailed, ActionKind, ActionResult, PendingAction
from bot.domain.automatic import Automatic, CappedError, NotDueError, Refusal, is_too_old
from bot.domain.cases import ActKind, Case, CaseAct, CaseFile, CaseState
from bot.domain.messages import UNREADABLE
from bot.domain.troubles import Trouble, TroubleKind
from bot.services.settings import SettingsOfGuilds
from bot.storage.database import Database
from model.prediction import Prediction

_log = logging.getLogger(__name__)

_N_TRIES = 5  # of what was begun, while Discord is out of order
_GONE_MEMBER = {10007, 10013}
_NOT_REPLIED_TO = 50035  # what a reply to a message that is no more is refused with
_NEEDED = {
    Automatic.REPLY: ("view_channel", "read_message_history", "send_messages"),
    Automatic.DELETE: ("view_channel", "manage_messages"),
    Automatic.TIMEOUT: ("moderate_members",),
}
AUTHOR_ALONE = discord.AllowedMentions(everyone=False, users=False, roles=False, replied_user=True)
_FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)


class _RefusedError(Exception):
    """It cannot be done, and the case is to show why."""

    def __init__(self, why: Refusal, trouble: Trouble | None = None) -> None:
        super().__init__(why)
        self.why, self.trouble = why, trouble


class DiscordAutomatic:
    """The acts that the outbox holds. `tell` tells a guild, once, what is missing."""

    def __init__(
        self, bot: Bot, database: Database, settings: SettingsOfGuilds, tell: Callable[[Trouble], None]
    ) -> None:
        self._bot, self._database, self._settings, self._tell = bot, database, settings, tell

    @property
    def handlers(self) -> Mapping[ActionKind, Callable[[PendingAction], Awaitable[ActionResult]]]:
        """Who does which kind of action."""
        return dict.fromkeys(AUTOMATIC, self._act)

    async def _act(self, action: PendingAction) -> ActionResult:
        kind = AUTOMATIC[action.kind]
        file = await self._database.cases.file_of_message(action.verdict.message_id)
        if file is None:
            return NO_RESULT
        begun = next((act for act in file.acts if act.is_automatic and act.kind is ActKind(kind)), None)
        if begun is not None and begun.is_done:  # the process died before the action was written down as done
            return NO_RESULT
        if begun is not None and begun.reason == UNREADABLE:  # its key is gone: nobody can say it any more
            await self._database.cases.withdraw(begun)
            return NO_RESULT
        try:
            act = begun or await self._begin(action, kind, file)
        except NotDueError:
            return NO_RESULT
        except (CappedError, _RefusedError) as error:
            raise await self._refused(file.case, kind, error) from error
        await self._finish(action, file.case, act, is_new=begun is None)
        return NO_RESULT

    async def _begin(self, action: PendingAction, kind: Automatic, file: CaseFile) -> CaseAct:
        """Look at everything once more, and write down that it is begun."""
        guild = self._bot.get_guild(file.case.guild_id)
        channel: Any = guild.get_channel_or_thread(file.case.channel_id) if guild is not None else None
        if guild is None or channel is None or not self._is_due(action, kind, file):
            raise NotDueError
        member = await find_member(guild, file.case.author_id)
        settings = self._settings.of(guild.id)  # by now, and so is what follows
        is_spared = member is not None and _is_spared(member, channel, settings.exempts(member.id, member._roles))
        if is_spared or not self._is_due(action, kind, file):
            raise NotDueError
        self._require_possible(kind, guild, channel, member)
        minutes = settings.timeout_minutes if kind is Automatic.TIMEOUT else None
        words = None
        if kind is Automatic.REPLY:
            words = settings.reply_words or self._settings.texts(guild.id)("automatic.reply_words")
        _, act = await self._database.automatic.begin(file.case.message_id, kind, minutes, words)
        return act

    def _is_due(self, action: PendingAction, kind: Automatic, file: CaseFile) -> bool:
        """Tell whether the guild still wants it, and the message is as it was when it was planned."""
        verdict, guild_id = file.verdict, file.case.guild_id
        wanted = dict(self._settings.of(guild_id).automatic_under(verdict.model_version))
        negative = Prediction(verdict.probability).negative_probability
        return (
            self._settings.acting(guild_id).alerts
            and kind in wanted
            and negative >= wanted[kind] > verdict.threshold
            and verdict.is_flagged
            and verdict.revision == 0
            and file.case.state is CaseState.OPEN
            and file.case.ended is None
            and not is_too_old(discord.utils.snowflake_time(action.verdict.message_id), datetime.now(UTC))
        )

    def _require_possible(
        self, kind: Automatic, guild: discord.Guild, channel: Any, member: discord.Member | None
    ) -> None:
        if kind is not Automatic.TIMEOUT:
            if missing := missing_permissions(channel, _NEEDED[kind]):
                raise _RefusedError(Refusal.BOT_LACKS, lack_of(kind, guild.id, channel.id, tuple(missing)))
            return
        if not guild.me.guild_permissions.moderate_members:
            raise _RefusedError(Refusal.BOT_LACKS, lack_of(kind, guild.id, channel.id))
        if member is None:
            raise _RefusedError(Refusal.MEMBER_GONE)
        if member.top_role >= guild.me.top_role:
            raise _RefusedError(Refusal.MEMBER_HIGHER)
        if member.is_timed_out():  # by a person, who knew for how long
            raise _RefusedError(Refusal.TIMED_OUT)

    async def _finish(self, action: PendingAction, case: Case, act: CaseAct, *, is_new: bool) -> None:
        """Do what is begun, and note that it is done. Doing it twice does it once."""
        kind = Automatic(act.kind)
        try:
            message_id = await self._do(case, act, is_new=is_new)
        except discord.NotFound as error:
            if kind is Automatic.DELETE and not is_new:  # it may well have been this that was done before
                await self._database.automatic.finish(case, act)
                return
            await self._database.cases.withdraw(act)
            if error.code in _GONE_MEMBER:
                raise await self._refused(case, kind, _RefusedError(Refusal.MEMBER_GONE)) from error
            await self._database.verdicts.erase([case.message_id])  # its author, or a moderator, was faster
        except _FAILURES as error:
            if is_passing(error) and action.n_tries + 1 < _N_TRIES:
                raise
            await self._database.cases.withdraw(act)
            raise await self._refused(case, kind, _refusal_of(error, kind, case)) from error
        else:
            await self._database.automatic.finish(case, act, message_id)

    async def _do(self, case: Case, act: CaseAct, *, is_new: bool) -> int | None:
        """Do it on Discord, with a line in the audit log that names the case; return the id of a reply."""
        audit = self._settings.texts(case.guild_id)("automatic.audit", number=case.number)
        match Automatic(act.kind):
            case Automatic.DELETE:
                await self._bot.http.delete_message(case.channel_id, case.message_id, reason=audit)
            case Automatic.TIMEOUT:
                until = act.at + timedelta(minutes=act.minutes or 0)
                if until > datetime.now(UTC):
                    changed = {"communication_disabled_until": until.isoformat()}
                    await self._bot.http.edit_member(case.guild_id, case.author_id or 0, reason=audit, **changed)
            case Automatic.REPLY:
                return await self._reply(case, act, is_new=is_new)
        return None

    async def _reply(self, case: Case, act: CaseAct, *, is_new: bool) -> int:
        if not is_new and (sent := await own_reply(self._bot, case, act)) is not None:
            return sent
        channel = self._bot.get_partial_messageable(case.channel_id, guild_id=case.guild_id)
        message = channel.get_partial_message(case.message_id)
        nonce = f"jigi-{act.id}"  # by which Discord knows a reply that it has already
        try:
            return (await message.reply(act.reason, allowed_mentions=AUTHOR_ALONE, nonce=nonce)).id
        except discord.HTTPException as error:
            if error.code != _NOT_REPLIED_TO:
                raise
            raise discord.NotFound(error.response, {"code": 10008, "message": error.text}) from error

    async def _refused(self, case: Case, kind: Automatic, error: Exception) -> ActionFailed:
        """Note in the case why something is not done, and tell the guild what would mend that."""
        why: Refusal = error.refusal if isinstance(error, CappedError) else error.why  # type: ignore[attr-defined]
        trouble = getattr(error, "trouble", None)
        if why is Refusal.CAP_GUILD:
            trouble = Trouble(TroubleKind.AUTOMATIC_CAPPED, case.guild_id)
        await self._database.automatic.refuse(case, ActKind(kind), why)
        if trouble is not None:
            self._tell(trouble)
        return ActionFailed(why)


async def find_member(guild: discord.Guild, user_id: int | None) -> discord.Member | None:
    """Return who somebody is in a guild now, None if they have left."""
    try:
        return await guild.fetch_member(user_id or 0)
    except discord.NotFound:
        return None


def _is_spared(member: discord.Member, channel: Any, is_exempt: bool) -> bool:
    """Tell whether nothing is done about what somebody writes: bots, moderators, and whom the guild has exempted."""
    return is_exempt or member.bot or bool(channel.permissions_for(member).manage_messages)


def lack_of(kind: Automatic, guild_id: int, channel_id: int, missing: tuple[str, ...] | None = None) -> Trouble:
    """Return what is missing for something, and where somebody can allow it."""
    if kind is Automatic.TIMEOUT:
        return Trouble(TroubleKind.AUTOMATIC_FORBIDDEN_ANYWHERE, guild_id, None, _NEEDED[kind])
    return Trouble(TroubleKind.AUTOMATIC_FORBIDDEN, guild_id, channel_id, missing or _NEEDED[kind])


def _refusal_of(error: BaseException, kind: Automatic, case: Case) -> _RefusedError:
    """Return why Discord did not do something."""
    if is_passing(error):
        return _RefusedError(Refusal.OUTAGE)
    if isinstance(error, discord.Forbidden):
        return _RefusedError(Refusal.BOT_LACKS, lack_of(kind, case.guild_id, case.channel_id))
    return _RefusedError(Refusal.OTHER)
