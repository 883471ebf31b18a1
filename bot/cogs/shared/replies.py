"""What is said on Discord: answers that notify nobody, texts that cannot break out, and what a failure sounds like.

A person's mistake is answered kindly, privately where Discord can, and is not logged. A fault of ours is logged.
The cogs of Jigi report through here themselves, so that they behave the same in any bot.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.shared.permissions import named
from bot.cogs.shared.translator import texts_for
from bot.cogs.shared.types import Context, Interaction
from bot.localisation.texts import Texts

_log = logging.getLogger(__name__)

QUIET = discord.AllowedMentions.none()  # whoever is named hears nothing of it
MOST_CHARACTERS = 2000  # of a message on Discord

_WRAPPERS = (commands.CommandInvokeError, commands.HybridCommandError, app_commands.CommandInvokeError)
_TOO_MANY_REQUESTS = 429

MAX_TEXT = 1500  # characters shown of a message; escaped they are at most 3,000 of the 4,096 that an embed may hold
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


class RefusedError(commands.BadArgument):
    """What somebody wants cannot be: `key` and `fields` are the sentence that says why, `permissions` become names."""

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key)
        self.key, self.fields = key, fields

    def sentence(self, texts: Texts) -> str:
        """Say what is wrong and what to do."""
        names = self.fields.get("permissions")
        fields = self.fields if names is None else {"names": named(names, texts)} | self.fields  # type: ignore[arg-type]
        return texts(self.key, **fields)


def unwrap(error: BaseException) -> BaseException:
    """Return what was really raised inside a command."""
    while isinstance(error, _WRAPPERS):
        error = error.original
    return error


def find_refusal(error: BaseException) -> RefusedError | None:
    """Return the refusal behind a failed command, None where something else went wrong."""
    cause = unwrap(error)
    if isinstance(cause, app_commands.TransformerError | commands.ConversionError):
        cause = cause.__cause__ or cause
    return cause if isinstance(cause, RefusedError) else None


def is_passing(error: BaseException) -> bool:
    """Tell whether a failed request to Discord may well succeed later: an outage, a limit, a broken connection."""
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == _TOO_MANY_REQUESTS
    return isinstance(error, (discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError))


def mistake(error: BaseException, texts: Texts) -> str | None:
    """Return the sentence that answers a person's mistake, None if the fault is ours."""
    match error:
        case commands.MissingPermissions() | app_commands.MissingPermissions():
            return no_permission(error.missing_permissions, texts)
        case commands.NoPrivateMessage() | app_commands.NoPrivateMessage():
            return texts("error.guild_only")
        case commands.CheckFailure() | app_commands.CheckFailure() | commands.DisabledCommand():
            return texts("error.not_allowed")
        case commands.UserInputError() | app_commands.TransformerError():
            return texts("error.bad_argument")
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return texts("error.outdated")
        case _:
            return None


def no_permission(names: Iterable[str], texts: Texts) -> str:
    """Return the refusal of whoever lacks permissions, named as discord.py names them."""
    return texts("error.no_permission", names=named(names, texts))


async def say(ctx: Context, content: str | None = None, **attached: Any) -> None:
    """Answer a command: to an interaction for who asked alone, otherwise in the channel, and nobody is notified."""
    await ctx.send(content, ephemeral=True, allowed_mentions=QUIET, **attached)


async def report(origin: Context | Interaction, error: BaseException, default: Texts) -> None:
    """Answer a failed command; log it unless the person who asked can mend it."""
    interaction = origin.interaction if isinstance(origin, commands.Context) else origin
    texts = texts_for(interaction, default)
    cause = unwrap(error)
    sentence = mistake(cause, texts)
    if sentence is None:
        _log_fault(origin, cause)
        sentence = texts("error.fault")
    await reply(origin, sentence)


async def reply(origin: Context | Interaction, sentence: str) -> None:
    """Say a sentence to who asked; that it cannot be sent is not worth an error."""
    try:
        await _send(origin, sentence)
    except discord.HTTPException as unanswerable:
        _log.warning("The answer to a failed command could not be sent: %s", unanswerable)


def _log_fault(origin: Context | Interaction, cause: BaseException) -> None:
    name = origin.command.qualified_name if origin.command else "?"
    if isinstance(cause, discord.HTTPException):
        _log.warning("Discord refused what the command %s wanted: %s", name, cause)
    else:
        _log.error("The command %s failed", name, exc_info=cause)


async def _send(origin: Context | Interaction, sentence: str) -> None:
    """Say a sentence, to the asking person alone if they asked by an interaction."""
    if isinstance(origin, commands.Context):
        await origin.send(sentence, ephemeral=True, allowed_mentions=QUIET)
    elif origin.response.is_done():
        await origin.followup.send(sentence, ephemeral=True, allowed_mentions=QUIET)
    else:
        await origin.response.send_message(sentence, ephemeral=True, allowed_mentions=QUIET)


def spoiler(text: str) -> str:
    """Hide a text, cut, behind a spoiler out of which it cannot break."""
    return f"||{escape(text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + '…')}||"


def escape(text: str) -> str:
    """Escape every punctuation mark, so that a text is shown as it is.

    discord.py's `escape_markdown` leaves what stands inside of links as it is, spoiler bars and mentions too.
    """
    return _PUNCTUATION.sub(r"\\\1", text)
