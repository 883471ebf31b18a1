"""Find cases and look after them: `/cases`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.cogs.cases import lists
from bot.cogs.cases.settling import settle
from bot.cogs.shared.case_embeds import CaseDrawer
from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.replies import say
from bot.cogs.shared.translator import korean, marked
from bot.cogs.shared.types import Bot, Context
from bot.domain.cases import MAX_NOTE, ActKind, CaseError, CaseFile, CaseState, ObstacleError
from bot.localisation.texts import Language, Texts
from bot.runtime import Jigi
from bot.wording.cases import obstacle

_LABELS = [Choice(name=marked(f"case.state_{state}"), value=state.value) for state in CaseState]
_LONGEST = 365  # days
_Number = commands.Range[int, 1, 2**31 - 1]


class LabelConverter(commands.Converter[str]):
    """A state of a case, as a slash command offers it, or as people name it after a prefix."""

    async def convert(self, ctx: Context, argument: str) -> str:
        """Read a state: the word of the code, or of either language."""
        wanted = argument.strip().lower().replace(" ", "_")
        for state in CaseState:
            names = (Texts.load(language)(f"case.state_{state}") for language in Language)
            if wanted in {state.value, *(name.lower().replace(" ", "_") for name in names)}:
                return state.value
        raise commands.BadArgument(argument)


class SearchFlags(commands.FlagConverter, prefix="", delimiter=":"):
    """The filters of a search."""

    channel: discord.abc.GuildChannel | discord.Thread | None = None
    person: discord.User | None = None
    days: commands.Range[int, 1, _LONGEST] = None  # type: ignore[assignment] # a union would be a text on Discord
    label: Annotated[str | None, LabelConverter] = None


class CaseCommands(JigiCog):
    """Lists, shows and changes cases."""

    TITLE = "cog.cases"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._drawer = CaseDrawer(bot, jigi.models)

    @commands.hybrid_group(aliases=korean("cases"))
    @limited_to(manage_messages=True)
    async def cases(self, ctx: Context) -> None:
        """Say which commands there are."""
        await self.explain_usage(ctx)

    @cases.command(name="open", aliases=korean("cases open"))
    @limited_to(manage_messages=True)
    async def list_open(self, ctx: Context) -> None:
        """List the open cases."""
        await self._list(ctx, lists.CaseList("open", state=CaseState.OPEN))

    @cases.command(aliases=korean("cases mine"))
    @limited_to(manage_messages=True)
    async def mine(self, ctx: Context) -> None:
        """List the cases that who asks has worked on."""
        await self._list(ctx, lists.CaseList("mine"))

    @cases.command(aliases=korean("cases search"))
    @app_commands.choices(label=_LABELS)
    @limited_to(manage_messages=True)
    async def search(self, ctx: Context, *, wanted: SearchFlags) -> None:
        """List the cases that match."""
        listed = lists.CaseList(
            "search",
            state=CaseState(wanted.label) if wanted.label else None,
            channel_id=wanted.channel.id if wanted.channel else None,
            author_id=wanted.person.id if wanted.person else None,
            days=wanted.days,
        )
        await self._list(ctx, listed)

    @cases.command(aliases=korean("cases show"))
    @limited_to(manage_messages=True)
    async def show(self, ctx: Context, number: _Number) -> None:
        """Show a case. In public without what not everybody should read."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        try:
            file = await self.jigi.database.cases.file(ctx.guild.id, number)
        except CaseError as error:
            await say(ctx, obstacle(error, texts))
            return
        if ctx.interaction is None:
            file = _for_everybody(file)
        embed, view = await self._drawer.draw(file, texts)
        await say(ctx, embed=embed, view=view)

    @cases.command(aliases=korean("cases reopen"))
    @limited_to(manage_messages=True)
    async def reopen(self, ctx: Context, number: _Number) -> None:
        """Open a settled case again."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        try:
            answer = await settle(self.jigi, ctx.guild.id, number, ActKind.REOPEN, ctx.author.id, texts)
        except CaseError as error:
            answer = obstacle(error, texts)
        await say(ctx, answer)

    @cases.command(aliases=korean("cases note"))
    @limited_to(manage_messages=True)
    async def note(self, ctx: Context, number: _Number, *, text: str) -> None:
        """Leave a note on a case."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        try:
            _refuse_bad_note(text)
            await self.jigi.database.cases.note(ctx.guild.id, number, ActKind.NOTE, ctx.author.id, text)
            answer = texts("case_answer.note", number=number)
        except CaseError as error:
            answer = obstacle(error, texts)
        await say(ctx, answer)

    @cases.command(name="close-old", aliases=korean("cases close-old"))
    @limited_to(manage_messages=True)
    async def close_old(self, ctx: Context, days: commands.Range[int, 1, _LONGEST]) -> None:
        """Close the open cases that are older than so many days."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        cutoff = datetime.now(UTC) - timedelta(days=days)
        n_closed = await self.jigi.database.cases.close_older_than(ctx.guild.id, cutoff, ctx.author.id)
        key = "case_answer.closed_old" if n_closed else "case_answer.nothing_old"
        await say(ctx, self.texts(ctx)(key, n=n_closed, n_days=days))

    async def _list(self, ctx: Context, listed: lists.CaseList) -> None:
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        store, is_public = self.jigi.database.cases, ctx.interaction is None
        page = await lists.show(store, listed, ctx.guild.id, ctx.author.id, self.texts(ctx), is_public=is_public)
        await say(ctx, **{name: value for name, value in page.items() if value is not None})


def _for_everybody(file: CaseFile) -> CaseFile:
    """Return a case without its text, author and history: whoever passes by a channel would read them."""
    return replace(
        file, case=replace(file.case, author_id=None), verdict=replace(file.verdict, text=None), acts=(), appeal=None
    )


def _refuse_bad_note(text: str) -> None:
    if not text.strip():
        raise ObstacleError("reason_missing")
    if len(text) > MAX_NOTE:
        raise ObstacleError("reason_too_long", most=f"{MAX_NOTE:,}", received=f"{len(text):,}")
