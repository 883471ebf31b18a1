"""Show what was said before a flagged message, to those who may read it there."""

from __future__ import annotations

from typing import Any

import aiohttp
import discord

from bot.cogs.cases.discord_acts import find_channel, refuse_lacking
from bot.cogs.shared.permissions import named
from bot.cogs.shared.replies import escape, is_passing
from bot.cogs.shared.types import Bot
from bot.domain.cases import Case, ObstacleError
from bot.localisation.formats import cut
from bot.localisation.texts import Texts
from bot.wording.cases import moment

_N_MESSAGES = 3
_MOST_OF_TEXT = 300  # characters of each
_NEEDED = ("view_channel", "read_message_history")


async def context_of(bot: Bot, case: Case, reader: discord.Member, texts: Texts) -> str:
    """Return the messages before that of a case, the newest last.

    Raises:
        ObstacleError: Who asks, or the bot, may not read them; or Discord does not answer.
    """
    channel = await find_channel(bot, reader.guild, case.channel_id)
    refuse_lacking(channel, reader, _NEEDED, texts)
    before = discord.Object(case.message_id)
    try:
        found = [each async for each in channel.history(limit=_N_MESSAGES, before=before)][::-1]
    except discord.Forbidden:
        where = texts("case_answer.where_channel", channel_id=channel.id)
        raise ObstacleError("bot_lacks", names=named(_NEEDED, texts), where=where) from None
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise ObstacleError("outage" if is_passing(error) else "channel_gone") from error
    return (
        "\n".join([f"**{texts('case_list.context')}**", *(_line(each, texts) for each in found)])
        if found
        else (texts("case_list.context_none"))
    )


def _line(message: Any, texts: Texts) -> str:
    text = escape(cut(message.content, _MOST_OF_TEXT)) if message.content else texts("case_list.context_no_text")
    author = f"<@{message.author.id}>"
    return texts("case_list.context_line", author=author, when=moment(message.created_at), text=f"> {text}")
