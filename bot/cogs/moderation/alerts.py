"""Do on Discord what was decided: the flag under a message, and the alert in the log channel.

`bot.services.pipeline` hands over one action after the other and records what became of it. Flagged text appears
nowhere but in the log channel, and goes from there when its message does. `bot.cogs.moderation.embeds` draws the
alerts.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence

import discord

from bot.cogs.moderation.embeds import closed_alert, decision_view, open_alert
from bot.cogs.moderation.preflight import NEEDED_TO_ALERT, NEEDED_TO_READ, missing_permissions
from bot.cogs.shared.replies import QUIET, is_passing
from bot.cogs.shared.types import Bot
from bot.domain.actions import ActionFailed, ActionKind, ActionResult, CloseReason, PendingAction
from bot.domain.verdicts import StoredVerdict
from bot.localisation.texts import Texts
from bot.storage.database import Database

_log = logging.getLogger(__name__)

FLAG = "🚩"
_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE = 10003, 10008  # Discord's codes for what was deleted
_PAUSES = (1, 2, 5, 10, 30, 60, 120, 300, 600, 900)  # seconds between tries, about half an hour in all


class DiscordHandler:
    """The Discord side of the outbox."""

    def __init__(
        self,
        bot: Bot,
        database: Database,
        texts: Texts,
        log_channel_id: int | None,
        *,
        pauses: Sequence[float] = _PAUSES,
    ) -> None:
        self._pauses = pauses
        self._bot = bot
        self._database = database
        self._texts = texts
        self._log_channel_id = log_channel_id
        self._logged: set[tuple[int, ActionKind]] = set()  # refusals that the log has heard of
        self._handlers: dict[ActionKind, Callable[[PendingAction], Awaitable[ActionResult]]] = {
            ActionKind.REACT: self._react,
            ActionKind.ALERT: self._alert,
            ActionKind.UNREACT: self._unreact,
            ActionKind.CLOSE_ALERT: self._close_alert,
        }

    async def act(self, action: PendingAction) -> ActionResult:
        """Do an action. An outage of Discord is sat out, beyond the tries that discord.py makes by itself.

        Raises:
            ActionFailed: Discord refuses it, or was out of order for half an hour.
        """
        for pause in (*self._pauses, None):
            try:
                return await self._handlers[action.kind](action)
            except (discord.DiscordException, OSError) as error:
                if pause is None or not is_passing(error):
                    raise self._refusal(action, error) from error
                _log.warning("Discord is out of order; %s is tried again in %g s: %s", action.kind, pause, error)
            await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _react(self, action: PendingAction) -> ActionResult:
        try:
            await self._message(action.verdict).add_reaction(FLAG)
        except discord.NotFound as error:
            if error.code not in (_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE):
                raise
            await self._database.erase([action.verdict.message_id])  # deleted, and nobody told us: no alert either
        return ActionResult()

    async def _unreact(self, action: PendingAction) -> ActionResult:
        assert self._bot.user is not None
        try:
            await self._message(action.verdict).remove_reaction(FLAG, self._bot.user)
        except discord.NotFound:
            _log.debug("The flag under message %s was gone already", action.verdict.message_id)
        return ActionResult()

    async def _alert(self, action: PendingAction) -> ActionResult:
        if self._log_channel_id is None:  # it was set when the action was planned
            return ActionResult()
        channel = self._bot.get_partial_messageable(self._log_channel_id)
        alert = await channel.send(
            embed=open_alert(action.verdict, self._texts),
            view=decision_view(action.verdict.message_id, self._texts),
            nonce=_nonce(action),
            allowed_mentions=QUIET,
        )
        return ActionResult(alert.channel.id, alert.id)

    async def _close_alert(self, action: PendingAction) -> ActionResult:
        assert action.alert_channel_id is not None
        assert action.alert_message_id is not None
        alert = self._bot.get_partial_messageable(action.alert_channel_id).get_partial_message(action.alert_message_id)
        embed = closed_alert(action.verdict, action.close_reason or CloseReason.DELETED, self._texts)
        try:
            await alert.edit(embed=embed, view=None, allowed_mentions=QUIET)
        except discord.NotFound:
            _log.debug("The alert of message %s was gone already", action.verdict.message_id)
        return ActionResult()

    def _message(self, verdict: StoredVerdict) -> discord.PartialMessage:
        channel = self._bot.get_partial_messageable(verdict.channel_id, guild_id=verdict.guild_id)
        return channel.get_partial_message(verdict.message_id)

    def _refusal(self, action: PendingAction, error: Exception) -> ActionFailed:
        """Say why an action cannot be done; the log hears it once for each channel and kind of action."""
        is_alert = action.kind in (ActionKind.ALERT, ActionKind.CLOSE_ALERT)
        channel_id = (action.alert_channel_id or self._log_channel_id or 0) if is_alert else action.verdict.channel_id
        reason = str(error)
        if isinstance(error, discord.Forbidden):
            names = self._missing(channel_id, NEEDED_TO_ALERT if is_alert else NEEDED_TO_READ)
            reason = self._texts("alert.forbidden", channel_id=channel_id, names=names, reason=error.text)
        if (channel_id, action.kind) not in self._logged:
            self._logged.add((channel_id, action.kind))
            _log.warning(self._texts("alert.failed", kind=action.kind, channel_id=channel_id, reason=reason))
        return ActionFailed(reason)

    def _missing(self, channel_id: int, needed: tuple[str, ...]) -> str:
        channel = self._bot.get_channel(channel_id)
        is_known = isinstance(channel, (discord.abc.GuildChannel, discord.Thread))
        return ", ".join(missing_permissions(channel, needed) if is_known else []) or "?"


def _nonce(action: PendingAction) -> str:
    """Return a mark by which Discord knows an alert that it has already (for a few minutes): 24 of 25 characters."""
    identity = f"{action.verdict.message_id}:{action.id}".encode()
    return hashlib.blake2b(identity, digest_size=12).hexdigest()
