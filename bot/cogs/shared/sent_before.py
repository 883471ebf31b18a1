"""Look for what an earlier try or process has sent and could not write down, so that it is not sent a second time.

Discord itself forgets after a few minutes which nonces it has seen.
"""

from __future__ import annotations

from collections.abc import Callable

import discord

from bot.cogs.shared.types import Bot
from bot.domain.cases import Case, CaseAct

_N_LOOKED_THROUGH = 50  # of the newest messages
_N_BEHIND = 100  # messages behind one that was replied to


async def own_message(
    bot: Bot,
    channel: discord.abc.Messageable,
    is_it: Callable[[discord.Message], bool],
    limit: int = _N_LOOKED_THROUGH,
    after: discord.Object | None = None,
) -> int | None:
    """Return the bot's own message that is the one, among so many of a channel; None if there is none."""
    async for message in channel.history(limit=limit, after=after):
        if bot.user is not None and message.author.id == bot.user.id and is_it(message):
            return message.id
    return None


async def own_reply(bot: Bot, case: Case, act: CaseAct) -> int | None:
    """Return the reply to a case's message that an act has sent."""

    def is_it(message: discord.Message) -> bool:
        reference = message.reference
        is_reply = reference is not None and reference.message_id == case.message_id
        return is_reply and message.content == act.reason

    channel = bot.get_partial_messageable(case.channel_id, guild_id=case.guild_id)
    return await own_message(bot, channel, is_it, _N_BEHIND, discord.Object(case.message_id))
