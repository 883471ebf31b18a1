"""Tell members in a direct message what moderators have decided of their appeals.

`bot.cogs.moderation.alerts` has it done with everything else that is in the outbox.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import discord

from bot.cogs.shared.replies import QUIET, escape
from bot.cogs.shared.sent_before import own_message
from bot.cogs.shared.types import Bot
from bot.domain.actions import NO_RESULT, ActionResult, PendingAction
from bot.domain.cases import Case
from bot.domain.members.appeals import Appeal, AppealState, NoticeState
from bot.localisation.texts import Texts
from bot.storage.database import Database
from bot.wording.members import notice

_log = logging.getLogger(__name__)

_N_LOOKED_THROUGH = 20  # of the newest direct messages, for a notice that was sent before a crash


class Notices:
    """Tells members."""

    def __init__(self, bot: Bot, database: Database) -> None:
        self._bot, self._database = bot, database
        self._began_at = datetime.now(UTC)

    async def tell(self, action: PendingAction) -> ActionResult:
        """Tell a member the outcome of their appeal, once; that they take no direct messages is noted.

        Raises:
            discord.DiscordException: Discord is out of order.
        """
        found = await self._database.appeals.of_message(action.verdict.message_id)
        if found is None:
            return NO_RESULT
        case, appeal = found
        if appeal.author_id is None or appeal.state is not AppealState.ANSWERED or appeal.notice is NoticeState.SENT:
            return NO_RESULT
        try:
            state = await self._send(action, case, appeal, appeal.author_id)
        except (discord.Forbidden, discord.NotFound) as error:  # closed to the bot, or the account is gone
            _log.debug("The author of message %s cannot be told: %s", case.message_id, error)
            state = NoticeState.REFUSED
        await self._database.appeals.note_notice(appeal, state)
        return NO_RESULT

    async def _send(self, action: PendingAction, case: Case, appeal: Appeal, author_id: int) -> NoticeState:
        user = self._bot.get_user(author_id) or await self._bot.fetch_user(author_id)
        channel = user.dm_channel or await user.create_dm()
        guild = self._bot.get_guild(case.guild_id)
        sentence = notice(case, appeal, escape(guild.name) if guild else "?", Texts.load(appeal.language))
        may_have_been_sent = action.n_tries > 0 or action.created_at < self._began_at
        if not (may_have_been_sent and await self._was_sent(channel, sentence)):
            await channel.send(sentence, allowed_mentions=QUIET, suppress_embeds=True)
        return NoticeState.SENT

    async def _was_sent(self, channel: discord.DMChannel, sentence: str) -> bool:
        """Tell whether an earlier try or process has sent a notice, which names its message by a link."""
        sent = await own_message(self._bot, channel, lambda message: message.content == sentence, _N_LOOKED_THROUGH)
        return sent is not None
