"""The names of commands in the language of each person's Discord, and which language to answer in.

The sentences are `bot.localisation.texts`'s; this module alone knows both them and Discord.
"""

from __future__ import annotations

import discord
from discord import app_commands

from bot.localisation.texts import Language, Texts

_LANGUAGES = {discord.Locale.korean: Language.KOREAN}


def command_text(key: str) -> app_commands.locale_str:
    """Return the English name or description of a command, which `Translator` turns into Korean."""
    return app_commands.locale_str(Texts.load(Language.ENGLISH)(key), jigi_key=key)


def texts_for(interaction: discord.Interaction | None, default: Texts) -> Texts:
    """Return the sentences in the language of who asks; a message in a channel gets the channel's `default`."""
    if interaction is None:
        return default
    return Texts.load(_LANGUAGES.get(interaction.locale, Language.ENGLISH))


class Translator(app_commands.Translator):
    """Tells Discord the Korean names of Jigi's commands. Strings of other commands are left as they are."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the Korean text of a `command_text`, None for anything else."""
        key = string.extras.get("jigi_key")
        if key is None or locale not in _LANGUAGES:
            return None
        return Texts.load(_LANGUAGES[locale])(key)
