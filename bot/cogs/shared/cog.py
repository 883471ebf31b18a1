"""What the cogs with several commands have in common: who may use them, their help, and answers to what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.shared import replies
from bot.cogs.shared.help_pages import STANDS_FOR, details, is_mere_group, offers, table_name
from bot.cogs.shared.translator import caller_for, describe, texts_for
from bot.cogs.shared.types import Bot, Context, Interaction
from bot.localisation.commands import Caller, key_of
from bot.localisation.formats import pages
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


def for_everybody(command: Callable[..., Any]) -> Callable[..., Any]:
    """Offer a command to everybody, in guilds and in direct messages: there also to who is timed out, or has left."""
    for each in (app_commands.allowed_contexts(guilds=True, dms=True), app_commands.allowed_installs(guilds=True)):
        command = each(command)
    return command


def _asked_by_discord(ctx: Context) -> discord.Permissions:
    """Return what Discord has asked for before it handed over a slash command: nothing for a text command."""
    root = ctx.command and (ctx.command.root_parent or ctx.command)
    slash = getattr(root, "app_command", None) if ctx.interaction else None
    return getattr(slash, "default_permissions", None) or discord.Permissions.none()


def alone(command: commands.Command[Any, ..., Any]) -> commands.Command[Any, ..., Any]:
    """Return a text command that does what one in a group does, without the group's name: `!similar`."""
    extras = {STANDS_FOR: command.qualified_name}
    return commands.Command(command.callback, name=command.name, aliases=command.aliases, extras=extras)


class JigiCog(commands.Cog):
    """Answers its own errors, so that it is the same in any bot.

    `TITLE` is the key of its name, under which a host's `help` lists its commands.
    """

    TITLE: ClassVar[str]

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        self.__cog_name__ = jigi.texts(self.TITLE)
        self.bot = bot
        self.jigi = jigi
        for command in self.walk_commands():
            self._describe(command)

    def _describe(self, command: commands.Command[Any, ..., Any]) -> None:
        """Let a host's `help` speak the language of the channels, and Discord English; `Translator` does more."""
        texts, name = self.jigi.texts, table_name(command)
        says = texts(key_of(command.qualified_name if is_mere_group(command) else name, "description"))
        example = Caller(texts, self.jigi.config.command_prefix).example(name)
        command.description, command.help = "", says if is_mere_group(command) else f"{says}\n\n{example}"
        slash = getattr(command, "app_command", None)
        if slash is not None and slash.parent is None:
            describe(slash)

    def texts(self, origin: Context | Interaction) -> Texts:
        """Return the sentences in which to answer: of who asks by an interaction, otherwise of their guild."""
        interaction = origin.interaction if isinstance(origin, commands.Context) else origin
        return texts_for(interaction, self.texts_of(origin.guild))

    def texts_of(self, guild: discord.Guild | None) -> Texts:
        """Return the sentences for what everybody in a guild reads."""
        return self.jigi.settings.texts(guild.id if guild is not None else None)

    def caller(self, origin: Context | Interaction) -> Caller:
        """Return how who asks gives commands."""
        return caller_for(origin, self.texts_of(origin.guild), self.jigi.config.command_prefix)

    async def explain_usage(self, ctx: Context) -> None:
        """Answer a command that was used wrongly with an example, and a group with what is in it."""
        assert ctx.command is not None
        caller, name = self.caller(ctx), table_name(ctx.command)
        if is_mere_group(ctx.command):
            found = [each for each in await offers(ctx) if each.is_called(name)]
            for page in pages(details(found, caller), replies.MOST_CHARACTERS):
                await replies.reply(ctx, page)
        else:
            await replies.reply(ctx, self.usage(name, caller))

    def usage(self, name: str, caller: Caller) -> str:
        """Say in one line how a command is used."""
        return caller.texts("error.usage", example=caller.example(name))

    async def cog_command_error(self, ctx: Context, error: Exception) -> None:
        """Answer a failed command."""
        if (refused := replies.find_refusal(error)) is not None:
            await replies.reply(ctx, refused.sentence(self.texts(ctx)))
        elif isinstance(replies.unwrap(error), (commands.UserInputError, app_commands.TransformerError)):
            await self.explain_usage(ctx)
        else:
            await replies.report(ctx, error, self.texts_of(ctx.guild))

    async def cog_app_command_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """Answer a command that Discord knows in an older form."""
        await replies.report(interaction, error, self.texts_of(interaction.guild))
