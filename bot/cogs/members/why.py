"""Tell members why their own message was flagged, and take their appeals: `/why`, the menu of a message, a button.

It works in direct messages, too: whom a moderator has timed out can give no commands in the guild. Who asks about what
is not theirs, is of another guild or was never a case is answered alike.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.members.arguments import Named, read_message_name
from bot.cogs.members.modals import TEMPLATE, Submission, button_id, modal_for, submission_of
from bot.cogs.members.private import answer
from bot.cogs.shared import replies
from bot.cogs.shared.buttons import answered, plain_button, view_of
from bot.cogs.shared.case_embeds import LARGEST_ID
from bot.cogs.shared.case_embeds import marked as set_off
from bot.cogs.shared.cog import JigiCog, for_everybody
from bot.cogs.shared.replies import QUIET, escape
from bot.cogs.shared.translator import korean, marked
from bot.cogs.shared.types import Bot, Context, Interaction
from bot.domain.cases import CaseFile
from bot.domain.members.appeals import AppealError, obstacle_to
from bot.domain.messages import UNREADABLE
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError
from bot.wording.members import Marks, explanation, line, problem

_CHOICE = r"jigi:why:(?P<message_id>[0-9]{1,19})"
_N_LISTED = 5
_Page = dict[str, Any]


class Why(JigiCog):
    """Explains, and takes appeals."""

    TITLE = "cog.why"
    MENUS = (marked("command.why_menu"),)  # of messages; discord.py knows only a cog's commands

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._menu = app_commands.ContextMenu(name=self.MENUS[0], callback=self.explain_message)
        self._menu.error(self.cog_app_command_error)
        self._buttons = answered(_CHOICE, self.choose), answered(TEMPLATE, self.press)

    async def cog_load(self) -> None:
        """Add the menu, and listen to the buttons, those of earlier runs too."""
        self.bot.tree.add_command(self._menu)
        self.bot.add_dynamic_items(*self._buttons)

    async def cog_unload(self) -> None:
        """Remove the menu, and listen no more."""
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)
        self.bot.remove_dynamic_items(*self._buttons)

    @commands.hybrid_command(aliases=korean("why"))
    @for_everybody
    async def why(self, ctx: Context, *, message: str = "") -> None:
        """Explain one's own flagged message, or without one offer the newest ones."""
        await ctx.defer(ephemeral=True)
        texts, guild_id = self.texts(ctx), ctx.guild.id if ctx.guild else None
        if not message.strip():
            page = await self._list(ctx.author.id, guild_id, texts)
        elif (named := read_message_name(message)) is not None:
            page = await self._explain(ctx.author.id, named, guild_id, texts)
        else:
            page = {"content": self.usage("why", self.caller(ctx))}
        await answer(ctx, page.pop("content"), texts, "why", **page)

    @app_commands.guild_only()
    async def explain_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Explain the message whose menu was opened."""
        await self._show(interaction, Named(message.id))

    async def choose(self, interaction: Interaction, match: re.Match[str]) -> None:
        """Explain a message of the list."""
        message_id = min(int(match["message_id"]), LARGEST_ID)
        await self._guarded(interaction, self._show(interaction, Named(message_id)))

    async def press(self, interaction: Interaction, match: re.Match[str]) -> None:
        """Ask who has pressed for their words, unless they cannot appeal."""
        guild_id, message_id = (min(int(match[name]), LARGEST_ID) for name in ("guild_id", "message_id"))
        await self._guarded(interaction, self._ask(interaction, guild_id, message_id))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Take the modals, those too that were opened before a restart."""
        if interaction.type is discord.InteractionType.modal_submit:
            submitted = submission_of(interaction.data or {})
            if submitted is not None:
                await self._guarded(interaction, self._submit(interaction, submitted))

    async def _guarded(self, interaction: Interaction, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (DatabaseError, discord.HTTPException) as error:
            await replies.report(interaction, error, self.texts_of(interaction.guild))

    async def _show(self, interaction: Interaction, named: Named) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        page = await self._explain(interaction.user.id, named, interaction.guild_id, self.texts(interaction))
        await interaction.followup.send(**page, ephemeral=True, allowed_mentions=QUIET, suppress_embeds=True)

    async def _ask(self, interaction: Interaction, guild_id: int, message_id: int) -> None:
        texts, appeals = self.texts(interaction), self.jigi.database.appeals
        if interaction.guild_id not in (None, guild_id):
            await replies.reply(interaction, texts("why.unknown"))
            return
        try:
            await appeals.refuse(interaction.user.id, message_id, guild_id)
        except AppealError as error:
            await replies.reply(interaction, problem(error.problem, texts))
            return
        await interaction.response.send_modal(modal_for(guild_id, message_id, texts))

    async def _submit(self, interaction: Interaction, submitted: Submission) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        texts = self.texts(interaction)
        guild_id, message_id = min(submitted.guild_id, LARGEST_ID), min(submitted.message_id, LARGEST_ID)
        whose = interaction.user.id, message_id, guild_id
        if interaction.guild_id not in (None, guild_id):
            said = texts("why.unknown")
        else:
            try:
                await self.jigi.database.appeals.make(*whose, submitted.words, texts.language)
                said = texts("appeal.made")
            except AppealError as error:
                said = problem(error.problem, texts, len(submitted.words))
        await interaction.followup.send(said, ephemeral=True, allowed_mentions=QUIET)

    async def _explain(self, author_id: int, named: Named, guild_id: int | None, texts: Texts) -> _Page:
        """Say why a message was flagged, to its author; to anybody else, that there is nothing to say."""
        if named.guild_id is not None and guild_id is not None and named.guild_id != guild_id:
            return {"content": texts("why.unknown")}
        file = await self.jigi.database.appeals.file(author_id, named.message_id, named.guild_id or guild_id)
        if file is None or named.guild_id == 0:
            return {"content": texts("why.unknown")}
        page: _Page = {"content": explanation(file, await self._marks(file), texts, set_off)}
        if obstacle_to(file.case, file.appeal) is None:
            button = plain_button(texts("appeal.button"), button_id(file.case), discord.ButtonStyle.primary)
            page["view"] = view_of([button])
        return page

    async def _marks(self, file: CaseFile) -> Marks:
        if file.verdict.text in (None, UNREADABLE):
            return ()
        serving = await self.jigi.models.for_guild(file.case.guild_id)
        checked = await asyncio.to_thread(serving.check, file.verdict.text or "")
        return tuple(checked.marks) if any(is_marked for _, is_marked in checked.marks) else ()

    async def _list(self, author_id: int, guild_id: int | None, texts: Texts) -> _Page:
        files = await self.jigi.database.appeals.newest(author_id, guild_id, _N_LISTED)
        if not files:
            return {"content": texts("why.none")}
        lines = [line(file, self._place(file, guild_id), texts, escape) for file in files]
        numbered = [f"{number}. {text}" for number, text in enumerate(lines, 1)]
        return {"content": "\n".join([f"**{texts('why.newest')}**", *numbered]), "view": _choices(files)}

    def _place(self, file: CaseFile, guild_id: int | None) -> str:
        """Name where a message is: its channel, before which in direct messages stands the guild."""
        channel, guild = f"<#{file.case.channel_id}>", self.bot.get_guild(file.case.guild_id)
        return channel if guild_id is not None or guild is None else f"{escape(guild.name)} · {channel}"


def _choices(files: Sequence[CaseFile]) -> discord.ui.View | None:
    return view_of(
        [plain_button(str(number), f"jigi:why:{file.case.message_id}") for number, file in enumerate(files, 1)]
    )
