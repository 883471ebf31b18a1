"""What the cogs with several commands have in common: who may use them, their help, and answers to what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.shared import replies
from bot.cogs.shared.translator import describe, key_of, texts_for
from bot.cogs.shared.types import Bot, Context, Interaction
from bot.localisation.texts import Texts
from bot.runtime import Jigi


def limited_to(**permissions: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Offer a command, in guilds, to those who have the permissions, and refuse all others.

    Whom Discord lets use a slash command need not have what it asks for by default: a server may have let in a role on
    its page *Integrations*. Discord knows of the command as a whole alone; what one below it needs besides is asked.
    """

    async def may_use(ctx: Context) -> bool:
        wanted = discord.Permissions(**permissions)
        missing = [name for name, is_missing in wanted & ~ctx.permissions & ~_asked_by_discord(ctx) if is_missing]
        if missing:
            raise commands.MissingPermissions(missing)
        return True

    def limit(command: Callable[..., Any]) -> Callable[..., Any]:
        for each in (
            commands.check(may_use),
            commands.guild_only(),
            app_commands.default_permissions(**permissions),
        ):
            command = each(command)
        return command

    return limit


def _asked_by_discord(ctx: Context) -> discord.Permissions:
    """Return what Discord has asked for before it handed over a slash command: nothing for a text command."""
    root = ctx.command and (ctx.command.root_parent or ctx.command)
    slash = getattr(root, "app_command", None) if ctx.interaction else None
    return getattr(slash, "default_permissions", None) or discord.Permissions.none()


class JigiCog(commands.Cog):
    """Answers its own errors, so that it is the same in any bot.

    `TITLE` is the key of its name, under which the bot's `help` lists its commands. `USAGES` has, for each command that
    is in no group, the key of the sentence that says how it is used.
    """

    TITLE: ClassVar[str]
    USAGES: ClassVar[Mapping[str, str]] = {}

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        self.__cog_name__ = jigi.texts(self.TITLE)
        self.bot = bot
        self.jigi = jigi
        for command in self.walk_commands():
            self._describe(command)

    def _describe(self, command: commands.Command[Any, ..., Any]) -> None:
        """Let the bot's own `help` speak the language of the channels, and Discord English; `Translator` does more."""
        says = self.jigi.texts(key_of(command.qualified_name, "description"))
        command.description, command.help = "", f"{says}\n\n{self.usage(command, self.jigi.texts)}"
        command.usage = self.jigi.texts.sentences.get(key_of(command.qualified_name, "signature"))
        slash = getattr(command, "app_command", None)
        if slash is not None and slash.parent is None:
            describe(slash)

    def usage(self, command: commands.Command[Any, ..., Any], texts: Texts) -> str:
        """Say how a command is used."""
        root = command.root_parent or command
        return texts(self.USAGES[root.name], prefix=self.jigi.config.command_prefix)

    def texts(self, origin: Context | Interaction) -> Texts:
        """Return the sentences in which to answer: of who asks by an interaction, otherwise of their guild."""
        interaction = origin.interaction if isinstance(origin, commands.Context) else origin
        return texts_for(interaction, self.texts_of(origin.guild))

    def texts_of(self, guild: discord.Guild | None) -> Texts:
        """Return the sentences for what everybody in a guild reads."""
        return self.jigi.settings.texts(guild.id if guild is not None else None)

    async def explain_usage(self, ctx: Context) -> None:
        """Answer a command that was used wrongly."""
        assert ctx.command is not None
        await replies.reply(ctx, self.usage(ctx.command, self.texts(ctx)))

    async def cog_command_error(self, ctx: Context, error: Exception) -> None:
        """Answer a failed command."""
        if isinstance(replies.unwrap(error), commands.UserInputError):
            await self.explain_usage(ctx)
        else:
            await replies.report(ctx, error, self.texts_of(ctx.guild))

    async def cog_app_command_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """Answer a command that Discord knows in an older form."""
        await replies.report(interaction, error, self.texts_of(interaction.guild))
