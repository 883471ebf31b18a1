"""Answer moderators who ask what Jigi thinks of a text: `!check`, `/check` and the menu of a message."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.replies import QUIET, say
from bot.cogs.shared.translator import korean, marked
from bot.cogs.shared.types import Bot, Context, Interaction
from bot.domain.explanations import CheckResult
from bot.domain.messages import is_judgeable
from bot.localisation.formats import bar, percent
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.wording.checks import cut_notes


class Check(JigiCog):
    """Says what Jigi thinks of a text."""

    TITLE = "cog.check"
    USAGES: ClassVar = {"check": "check.usage"}
    MENUS = (marked("command.check_menu"),)  # of messages; discord.py knows only a cog's commands

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._menu = app_commands.ContextMenu(name=self.MENUS[0], callback=self.check_message)
        self._menu.error(self.cog_app_command_error)

    async def cog_load(self) -> None:
        """Add the menu, which discord.py does not do for cogs."""
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Remove the menu, which discord.py does not do for cogs either."""
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @commands.hybrid_command(aliases=korean("check"))
    @limited_to(manage_messages=True)
    async def check(self, ctx: Context, *, text: str = "") -> None:
        """Check a text, or without one the message that the command replies to."""
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        text = text or await _replied_to(ctx.message)
        if text:
            answer = await self._answer(text, ctx.guild, texts, is_public=ctx.interaction is None)
        else:
            answer = texts("check.usage", prefix=self.jigi.config.command_prefix)
        await say(ctx, answer)

    @app_commands.default_permissions(manage_messages=True)
    @app_commands.guild_only()
    async def check_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Check the message whose menu was opened."""
        await interaction.response.defer(ephemeral=True)  # Discord waits for 3 s only, the database may take longer
        texts = self.texts(interaction)
        answer = await self._answer(message.content, interaction.guild, texts, is_public=False)
        await interaction.followup.send(answer, ephemeral=True, allowed_mentions=QUIET)

    async def _answer(self, text: str, guild: discord.Guild | None, texts: Texts, *, is_public: bool) -> str:
        if not is_judgeable(text):
            return texts("check.empty")
        serving = await self.jigi.models.for_guild(guild.id if guild else None)
        result = await asyncio.to_thread(serving.check, text)
        return "\n".join([*_lines(result, texts, is_public=is_public), *cut_notes(text, texts)])


def _lines(result: CheckResult, texts: Texts, *, is_public: bool) -> list[str]:
    """Write a result. In public the text stays behind a spoiler: it may be what was flagged.

    At most 100 characters of the text are shown, so Discord's limit of 2,000 is far.
    """
    negative = 1 - result.probability
    label = texts(f"label.{result.label.name.lower()}")
    has_marks = any(is_marked for _, is_marked in result.marks)
    marks = _marked(result.marks)
    return [
        texts("check.result", label=label, percent=percent(negative)),
        f"`{bar(negative)}`",
        texts("check.flagged" if result.is_flagged else "check.not_flagged", threshold=percent(result.threshold)),
        texts("check.marks", marks=f"||{marks}||" if is_public else marks) if has_marks else texts("check.no_marks"),
    ]


def _marked(marks: list[tuple[str, bool]]) -> str:
    """Set what weighed most in bold and underlined. Cleaned text holds no markdown that would have to be escaped."""
    return "".join(f"__**{part}**__" if is_marked else part for part, is_marked in marks)


async def _replied_to(message: discord.Message) -> str:
    """Return the text of the message that a message replies to, "" if there is none or it is deleted."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return ""
    return reference.resolved.content if isinstance(reference.resolved, discord.Message) else ""
