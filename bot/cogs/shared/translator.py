"""The names of commands in the language of each person's Discord, and which language to answer in.

The sentences are `bot.localisation.texts`'s; this module alone knows both them and Discord. A command is named in the
code; its description, its Korean name and those of its parameters stand in the table of `bot.localisation.commands`,
from which slash commands and the aliases of text commands come. Choices and menus of messages, of which Discord's
library does not say whose they are, bear their key: `marked`.
"""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location
from discord.ext import commands

from bot.localisation.commands import Caller, key_of
from bot.localisation.texts import Language, Texts

_LANGUAGES = {discord.Locale.korean: Language.KOREAN}
_COGS = "bot.cogs."  # the modules of our commands
_PLACES = {
    Location.command_name: "name", Location.group_name: "name", Location.parameter_name: "name",
    Location.command_description: "description", Location.group_description: "description",
    Location.parameter_description: "description",
}  # fmt: skip


def marked(key: str) -> app_commands.locale_str:
    """Return an English text that `Translator` knows by its key."""
    return app_commands.locale_str(Texts.load(Language.ENGLISH)(key), jigi_key=key)


def korean(command: str) -> list[str]:
    """Return by what else a text command is called: the Korean name of the slash command, which people see."""
    return [Texts.load(Language.KOREAN)(key_of(command, "name"))]


def describe(command: app_commands.Command[Any, ..., Any] | app_commands.Group) -> None:
    """Give a slash command, and those below it, the English descriptions; discord.py would take the docstrings."""
    english, name = Texts.load(Language.ENGLISH), command.qualified_name
    command.description = english(key_of(name, "description"))
    if isinstance(command, app_commands.Group):
        command.module = __name__  # discord.py says there that it has made the group itself
        for child in command.commands:
            describe(child)
        return
    own = {each.name: english(key_of(name, "description", each.name)) for each in command.parameters}
    app_commands.describe(**{each: app_commands.locale_str(text) for each, text in own.items()})(command)


def texts_for(interaction: discord.Interaction | None, default: Texts) -> Texts:
    """Return the sentences in the language of who asks; a message in a channel gets the channel's `default`."""
    if interaction is None:
        return default
    return Texts.load(_LANGUAGES.get(interaction.locale, Language.ENGLISH))


def caller_for(origin: commands.Context[Any] | discord.Interaction[Any], default: Texts, prefix: str) -> Caller:
    """Return how who asks gives commands, in the language in which to answer.

    Whoever has called the bot by its name is answered with the usual `prefix`.
    """
    if isinstance(origin, discord.Interaction):
        return Caller(texts_for(origin, default))
    if origin.interaction is not None:
        return caller_for(origin.interaction, default, prefix)
    used = origin.prefix or prefix
    return Caller(default, prefix if used.startswith("<@") else used)


def is_ours(module: str | None) -> bool:
    """Tell whether a command's module is one of Jigi's."""
    return (module or "").startswith(_COGS)


class Translator(app_commands.Translator):
    """Tells Discord the Korean names of Jigi's commands. Strings of other commands are left as they are."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the Korean text of what is Jigi's, None for anything else."""
        key = string.extras.get("jigi_key") or _key(context)
        if key is None or locale not in _LANGUAGES:
            return None
        return Texts.load(_LANGUAGES[locale])(key)


def _key(context: app_commands.TranslationContextTypes) -> str | None:
    """Return the key of a text by where it stands, None if that is not in a command of Jigi's."""
    if context.location not in _PLACES:
        return None
    whose: Any = context.data
    parameter = whose.name if isinstance(whose, app_commands.Parameter) else None
    command = whose.command if parameter else whose
    if isinstance(command, app_commands.ContextMenu) or not is_ours(command.module):
        return None
    return key_of(command.qualified_name, _PLACES[context.location], parameter)
