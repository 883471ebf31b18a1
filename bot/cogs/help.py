"""Answer everybody who asks what Jigi is and can do: `!help`, `/help`, a bare mention, a direct message.

For Jigi as a bot of its own; a host keeps its own help, which lists Jigi's commands by itself.
`bot.cogs.shared.help_pages` writes what is said.
"""

from __future__ import annotations

import contextlib

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.cogs.shared import help_pages
from bot.cogs.shared.cog import JigiCog
from bot.cogs.shared.replies import MOST_CHARACTERS, QUIET, escape, say
from bot.cogs.shared.translator import korean
from bot.cogs.shared.types import Context, Interaction
from bot.localisation.commands import Caller
from bot.localisation.formats import cut, pages
from bot.localisation.texts import Texts

_MOST_OF_NAME = 50  # characters of a command's name that are repeated
_MOST_CHOICES = 25  # that Discord shows


class Help(JigiCog):
    """Says what there is to do."""

    TITLE = "cog.help"

    async def _complete(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        """Offer the commands that may be asked about."""
        ctx = await commands.Context.from_interaction(interaction)
        caller = Caller(self.texts(interaction))
        names = [caller.name(each.name).removeprefix("/") for each in await help_pages.offers(ctx)]
        return [Choice(name=name, value=name) for name in names if current.strip("/ ") in name][:_MOST_CHOICES]

    @commands.hybrid_command(name="help", aliases=korean("help"))  # type: ignore[arg-type]  # it knows no autocomplete
    @app_commands.autocomplete(command=_complete)
    async def show_help(self, ctx: Context, *, command: str = "") -> None:
        """Show what who asks may do, or more about one command."""
        await ctx.defer(ephemeral=True)
        if ctx.guild is None:
            await say(ctx, _about_servers(self.texts(ctx)))
            return
        offered, caller = await help_pages.offers(ctx), self.caller(ctx)
        asked = " ".join(command.removeprefix("/").removeprefix(self.jigi.config.command_prefix).split())
        found = [each for each in offered if each.is_called(asked)]
        if not asked:
            blocks = help_pages.overview(offered, help_pages.menus(ctx), caller)
        elif found:
            blocks = help_pages.details(found, caller)
        else:
            name = escape(cut(asked, _MOST_OF_NAME))
            blocks = [caller.texts("help.unknown", name=name, command=caller.name("help"))]
        for page in pages(blocks, MOST_CHARACTERS):
            await say(ctx, page)

    @commands.Cog.listener()
    async def on_jigi_call(self, message: discord.Message) -> None:
        """Answer a message that says nothing but the bot's name, or was sent to the bot alone; `bot.client` tells."""
        if message.author.bot:
            return
        texts = self.texts_of(message.guild)
        if message.guild is None:
            sentence = _about_servers(texts)
        else:
            typed = Caller(texts, self.jigi.config.command_prefix).name("help")
            sentence = texts("help.mentioned", slash=Caller(texts).name("help"), typed=typed)
        with contextlib.suppress(discord.HTTPException):  # where it may not speak, it stays silent
            await message.channel.send(sentence, allowed_mentions=QUIET)


def _about_servers(texts: Texts) -> str:
    caller = Caller(texts)
    return texts("help.direct", slash=caller.name("help"), why=caller.name("why"), privacy=caller.name("privacy"))
