"""Do on Discord what was decided: the flag under a message, and the alert in the log channel.

`bot.services.delivery` hands over one action after the other and records what became of it. Flagged text appears
nowhere but in the log channel, and goes from there when its message does. `bot.cogs.shared.case_embeds` draws alerts.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import aiohttp
import discord
from discord.utils import MISSING

from bot.cogs.moderation.automatic import DiscordAutomatic
from bot.cogs.moderation.undoing import DiscordUndoing
from bot.cogs.shared.case_embeds import CaseDrawer, is_alert_of
from bot.cogs.shared.notices import Notices
from bot.cogs.shared.permissions import NEEDED_TO_ALERT, NEEDED_TO_READ, missing_permissions, named
from bot.cogs.shared.replies import QUIET, is_passing
from bot.cogs.shared.sent_before import own_message
from bot.cogs.shared.types import Bot
from bot.domain.actions import (
    LANES,
    NO_RESULT,
    ActionDelayed,
    ActionFailed,
    ActionKind,
    ActionResult,
    CloseReason,
    Lane,
    PendingAction,
)
from bot.domain.cases import Case, CaseFile, CaseState
from bot.domain.troubles import Trouble, TroubleKind
from bot.domain.verdicts import StoredVerdict
from bot.services.serving import ServingModels
from bot.services.settings import SettingsOfGuilds
from bot.storage.database import Database

_log = logging.getLogger(__name__)

FLAG = "🚩"
_GONE = {10003, 10004, 10008}  # Discord's codes for an unknown channel, guild and message: it was deleted
_UNKNOWN_CHANNEL = 10003
_REFUSED = {50001, 50013}  # and for missing access and permissions: somebody may grant them yet
_EXPLAINED = {50083: "archived", 90001: "blocked", 30010: "too_many_reactions"}  # what no permission would change
_PING_PAUSE = 60.0  # seconds in which a guild is notified once


class DiscordActions:
    """The Discord side of the outbox."""

    def __init__(self, bot: Bot, database: Database, settings: SettingsOfGuilds, models: ServingModels) -> None:
        self._bot = bot
        self._database = database
        self._settings = settings
        self._drawer = CaseDrawer(bot, models)
        self._notices = Notices(bot, database)
        self._pinged: dict[int, float] = {}  # when each guild was notified last
        self._texts = settings.texts(None)  # of the log; guilds are spoken to in their own language
        self._began_at = datetime.now(UTC)
        self._logged: set[tuple[int, ActionKind, str]] = set()  # refusals that the log has heard of
        self._told: dict[Trouble, asyncio.Task[None]] = {}
        self._handlers: dict[ActionKind, Callable[[PendingAction], Awaitable[ActionResult]]] = {
            ActionKind.REACT: self._react,
            ActionKind.ALERT: self._alert,
            ActionKind.UNREACT: self._unreact,
            ActionKind.UPDATE_ALERT: self._update_alert,
            ActionKind.CLOSE_ALERT: self._close_alert,
            ActionKind.TELL_AUTHOR: self._notices.tell,
            ActionKind.UNDO: DiscordUndoing(bot, database, settings, self.tell).undo,
            **DiscordAutomatic(bot, database, settings, self.tell).handlers,
        }

    async def act(self, action: PendingAction) -> ActionResult:
        """Do an action.

        Raises:
            ActionFailed: Discord refuses it for good.
            ActionDelayed: Discord is out of order, or somebody has to grant a permission first.
        """
        try:
            return await self._handlers[action.kind](action)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            if is_passing(error):
                raise ActionDelayed(str(error) or type(error).__name__) from error
            raise self._refusal(action, error) from error

    def tell(self, trouble: Trouble) -> None:
        """Tell a guild in its log channel what is wrong in it, once for as long as the process runs."""
        if trouble not in self._told:
            self._told[trouble] = asyncio.create_task(self._tell(trouble))

    async def _tell(self, trouble: Trouble) -> None:
        texts = self._settings.texts(trouble.guild_id)
        try:
            channel = await self._log_channel(trouble.guild_id)
            if channel is not None:
                fields = {"channel": f"<#{trouble.channel_id}>", "names": named(trouble.permissions, texts)}
                await channel.send(texts(f"trouble.{trouble.kind}", **fields), allowed_mentions=QUIET)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            sentence, ids = "Guild %d could not be told of %s: %s", {"guild_id": trouble.guild_id}
            _log.warning(sentence, trouble.guild_id, trouble.kind, error, extra=ids)

    async def _react(self, action: PendingAction) -> ActionResult:
        try:
            await self._message(action.verdict).add_reaction(FLAG)
        except discord.NotFound as error:
            if error.code not in _GONE:
                raise
            # Deleted, and nobody told us: there is to be no alert either.
            await self._database.verdicts.erase([action.verdict.message_id])
        return NO_RESULT

    async def _unreact(self, action: PendingAction) -> ActionResult:
        assert self._bot.user is not None
        try:
            await self._message(action.verdict).remove_reaction(FLAG, self._bot.user)
        except discord.NotFound:
            _log.debug("The flag under message %s was gone already", action.verdict.message_id)
        return NO_RESULT

    async def _alert(self, action: PendingAction) -> ActionResult:
        guild_id = action.verdict.guild_id
        channel, texts = await self._log_channel(guild_id), self._settings.texts(guild_id)
        file = await self._database.cases.file_of_message(action.verdict.message_id)
        if channel is None or file is None:  # there was a channel when the action was planned
            return NO_RESULT
        if (sent := await self._sent_before(action, channel, file.case)) is not None:
            return ActionResult(channel.id, sent)
        if file.case.state is not CaseState.OPEN:  # somebody was faster, in the queue
            return NO_RESULT
        embed, view = await self._drawer.draw(file, texts)
        ping = self._ping(guild_id)
        alert = await channel.send(embed=embed, view=view or MISSING, nonce=_nonce(action), **ping)
        if "content" in ping:
            self._pinged[file.case.guild_id] = monotonic()
        return ActionResult(alert.channel.id, alert.id)

    async def _log_channel(self, guild_id: int | None) -> discord.PartialMessageable | None:
        """Return where a guild's alerts go, None for nowhere: never into a channel of another guild.

        Raises:
            discord.HTTPException: There is no such channel, or Discord is out of order.
        """
        channel_id = self._settings.log_channel_id(guild_id)
        if channel_id is None:
            return None
        home = home_of(self._bot, channel_id)
        if home is None:  # an archived thread is not known until somebody asks for it
            home = getattr(getattr(await self._bot.fetch_channel(channel_id), "guild", None), "id", None)
        return self._bot.get_partial_messageable(channel_id) if home == guild_id else None

    def _ping(self, guild_id: int | None) -> dict[str, Any]:
        """Return what notifies the role that a guild wants to hear of alerts, once a minute and not in quiet hours."""
        role_id = self._settings.of(guild_id).pings_at(datetime.now(UTC))
        if role_id is None or monotonic() < self._pinged.get(guild_id or 0, -_PING_PAUSE) + _PING_PAUSE:
            return {"allowed_mentions": QUIET}
        role = discord.Object(role_id)
        return {"content": f"<@&{role_id}>", "allowed_mentions": discord.AllowedMentions(roles=[role], everyone=False)}

    async def _sent_before(self, action: PendingAction, channel: discord.PartialMessageable, case: Case) -> int | None:
        """Return the open alert of a case, if an earlier try or process has sent it and could not write that down."""
        if action.n_tries == 0 and action.created_at >= self._began_at:
            return None
        known = await self._database.outbox.alerts_of(case.message_id)  # before an appeal
        try:
            return await own_message(
                self._bot, channel, lambda message: message.id not in known and is_alert_of(message, case)
            )
        except discord.Forbidden:
            _log.debug("Channel %s may not be read: an alert could come twice", channel.id)
            return None

    async def _update_alert(self, action: PendingAction) -> ActionResult:
        file = await self._database.cases.file_of_message(action.verdict.message_id)
        return NO_RESULT if file is None else await self._redraw(action, file)

    async def _close_alert(self, action: PendingAction) -> ActionResult:
        file = await self._database.cases.file_of_message(action.verdict.message_id)
        if file is None:
            return NO_RESULT
        return await self._redraw(action, file.as_ended(action.close_reason or CloseReason.DELETED))

    async def _redraw(self, action: PendingAction, file: CaseFile) -> ActionResult:
        assert action.alert_channel_id is not None
        assert action.alert_message_id is not None
        alert = self._bot.get_partial_messageable(action.alert_channel_id).get_partial_message(action.alert_message_id)
        embed, view = await self._drawer.draw(file, self._settings.texts(file.case.guild_id))
        try:
            await alert.edit(embed=embed, view=view, allowed_mentions=QUIET)
        except discord.NotFound:
            _log.debug("The alert of message %s was gone already", action.verdict.message_id)
        return NO_RESULT

    def _message(self, verdict: StoredVerdict) -> discord.PartialMessage:
        channel = self._bot.get_partial_messageable(verdict.channel_id, guild_id=verdict.guild_id)
        return channel.get_partial_message(verdict.message_id)

    def _refusal(self, action: PendingAction, error: Exception) -> ActionFailed | ActionDelayed:
        """Say why an action cannot be done; the log hears it once for each channel, kind of action and reason."""
        is_mark = LANES[action.kind] is Lane.MARKS
        log_channel_id = action.alert_channel_id or self._settings.log_channel_id(action.verdict.guild_id) or 0
        channel_id = action.verdict.channel_id if is_mark else log_channel_id
        code = error.code if isinstance(error, discord.HTTPException) else 0
        reason = str(error)
        if code in _EXPLAINED:
            reason = self._texts(f"alert.{_EXPLAINED[code]}")
        elif code in _REFUSED and isinstance(error, discord.HTTPException):
            missing = self._missing(channel_id, NEEDED_TO_READ if is_mark else NEEDED_TO_ALERT)
            names = named(missing, self._texts) or "?"
            reason = self._texts("alert.forbidden", channel_id=channel_id, names=names, reason=error.text)
            if is_mark and missing and action.verdict.guild_id is not None:
                guild_id = action.verdict.guild_id
                self.tell(Trouble(TroubleKind.FORBIDDEN, guild_id, channel_id, tuple(missing)))
        self._log_once(action.kind, channel_id, reason)
        is_alert = action.kind is ActionKind.ALERT
        if is_alert:
            self._bot.dispatch("jigi_alert_refused", action.verdict.guild_id)
        waits = code in _REFUSED or (is_alert and code == _UNKNOWN_CHANNEL)  # until another log channel is chosen
        return ActionDelayed(reason, is_refused=True) if waits else ActionFailed(reason)

    def _log_once(self, kind: ActionKind, channel_id: int, reason: str) -> None:
        if (channel_id, kind, reason) not in self._logged:
            self._logged.add((channel_id, kind, reason))
            what = self._texts(f"action.{kind}")
            _log.warning(
                self._texts("alert.failed", what=what, channel_id=channel_id, reason=reason),
                extra={"channel_id": channel_id},
            )

    def _missing(self, channel_id: int, needed: tuple[str, ...]) -> list[str]:
        channel = self._bot.get_channel(channel_id)
        is_known = isinstance(channel, (discord.abc.GuildChannel, discord.Thread))
        return missing_permissions(channel, needed) if is_known else []


def home_of(bot: Bot, channel_id: int) -> int | None:
    """Return which guild a channel is of, None for a channel that the bot does not know (yet)."""
    guild = getattr(bot.get_channel(channel_id), "guild", None)
    return guild.id if guild is not None else None


def _nonce(action: PendingAction) -> str:
    """Return a mark by which Discord knows an alert that it has already (for a few minutes): 24 of 25 characters."""
    identity = f"{action.verdict.message_id}:{action.id}".encode()
    return hashlib.blake2b(identity, digest_size=12).hexdigest()
