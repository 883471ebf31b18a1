"""Look again at flagged messages of which nobody has decided: what was deleted in our absence nobody tells us."""

from __future__ import annotations

import logging
from collections.abc import Callable

import aiohttp
import discord

from bot.cogs.reading.reader import Reader
from bot.cogs.shared.types import Bot
from bot.domain.messages import IncomingMessage
from bot.domain.verdicts import StoredVerdict
from bot.runtime import Jigi
from bot.services.retrying.backoff import until_stored

_log = logging.getLogger(__name__)

_MOST = 200  # messages, the newest: one request each
_GONE = {10003, 10004, 10008}  # Discord's codes for an unknown channel, guild and message


async def revisit(bot: Bot, jigi: Jigi, reader: Reader, is_here: Callable[[int], bool]) -> None:
    """Erase what was deleted, and judge again what was edited, of the guilds of this session (`is_here` by id)."""
    stored = await until_stored(lambda: jigi.database.verdicts.with_text(_MOST))
    for verdict in stored:
        if verdict.guild_id is None or not is_here(verdict.guild_id):
            continue
        try:
            incoming = await _look(bot, reader, verdict)
        except discord.NotFound as error:
            if error.code in _GONE:
                await jigi.pipeline.erase([verdict.message_id])
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            _log.info(
                "Message %d could not be looked at again: %s",
                verdict.message_id,
                error,
                extra={"message_id": verdict.message_id},
            )
        else:
            if incoming is not None and incoming.revision > verdict.revision:
                await jigi.pipeline.submit(incoming)


async def _look(bot: Bot, reader: Reader, verdict: StoredVerdict) -> IncomingMessage | None:
    known = bot.get_channel(verdict.channel_id)  # which also knows its parents
    partial = bot.get_partial_messageable(verdict.channel_id, guild_id=verdict.guild_id)
    channel = known if isinstance(known, discord.abc.Messageable) else partial
    message = await channel.fetch_message(verdict.message_id)
    incoming = reader.read(message)
    return await reader.look(message, incoming) if incoming and reader.needs_a_look(message) else incoming
