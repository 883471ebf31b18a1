"""Hand out a guild's cases and verdicts as files, to who asks alone: `/export`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.cogs.shared.channels import Place
from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.replies import QUIET, RefusedError, escape, say
from bot.cogs.shared.translator import korean
from bot.cogs.shared.types import Bot, Context
from bot.domain.history.exports import ExportFilter, ExportKind, begin_of, end_of, read_day
from bot.domain.history.tables import Format
from bot.localisation.commands import Caller
from bot.localisation.formats import cut
from bot.runtime import Jigi
from bot.services.exports import Export, ExportedFile

_FORMATS = [Choice(name="CSV", value=Format.CSV.value), Choice(name="JSON Lines", value=Format.JSON.value)]


class FormatConverter(commands.Converter[str]):
    """How a file is written, as people type it after a prefix."""

    async def convert(self, ctx: Context, argument: str) -> str:
        """Read the name of a format."""
        if argument.strip().lower() not in list(Format):
            raise commands.BadArgument(argument)
        return argument.strip().lower()


class ExportFlags(commands.FlagConverter, prefix="", delimiter=":"):
    """What is handed out, and how."""

    format: Annotated[str | None, FormatConverter] = None
    since: str | None = None
    until: str | None = None
    channel: discord.abc.GuildChannel | discord.Thread | None = None


class Exports(JigiCog):
    """Hands out files."""

    TITLE = "cog.exports"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._busy: set[int] = set()  # guilds

    @commands.hybrid_group(aliases=korean("export"))
    @limited_to(manage_guild=True)
    async def export(self, ctx: Context) -> None:
        """Say which commands there are."""
        await self.explain_usage(ctx)

    @export.command(aliases=korean("export cases"))
    @app_commands.choices(format=_FORMATS)
    @limited_to(manage_guild=True)
    async def cases(self, ctx: Context, *, wanted: ExportFlags) -> None:
        """Send the cases."""
        await self._export(ctx, ExportKind.CASES, wanted)

    @export.command(aliases=korean("export verdicts"))
    @app_commands.choices(format=_FORMATS)
    @limited_to(manage_guild=True)
    async def verdicts(self, ctx: Context, *, wanted: ExportFlags) -> None:
        """Send the verdicts."""
        await self._export(ctx, ExportKind.VERDICTS, wanted)

    async def _export(self, ctx: Context, kind: ExportKind, wanted: ExportFlags) -> None:
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        which = self._filter(ctx.guild, wanted)
        if ctx.guild.id in self._busy:  # a file of a large guild is work for a while
            raise RefusedError("export.busy")
        self._busy.add(ctx.guild.id)
        try:
            with Export(kind, Format(wanted.format or Format.CSV), ctx.guild.id) as export:
                await export.collect(self.jigi.database, which)
                if export.n_rows:
                    files = await asyncio.to_thread(export.files, _most_bytes(ctx))
                    await self._send(ctx, f"{export.n_rows:,}", kind, files)
                else:
                    await say(ctx, self.texts(ctx)("export.nothing"))
        finally:
            self._busy.discard(ctx.guild.id)

    def _filter(self, guild: discord.Guild, wanted: ExportFlags) -> ExportFilter:
        since, until = _day(wanted.since), _day(wanted.until)
        if since is not None and until is not None and since > until:
            raise RefusedError("export.no_time")
        zone = self.jigi.settings.of(guild.id).time_zone
        return ExportFilter(
            guild.id,
            None if since is None else begin_of(since, zone),
            None if until is None else end_of(until, zone),
            None if wanted.channel is None else _ids(guild, wanted.channel),
        )

    async def _send(self, ctx: Context, n_rows: str, kind: ExportKind, files: Sequence[ExportedFile]) -> None:
        texts = self.texts(ctx)
        sentence = texts(f"export.{kind}", n=n_rows)
        if ctx.interaction is not None:
            for number, each in enumerate(files):
                await say(ctx, "" if number else sentence, file=discord.File(each.content, each.name))
            return
        try:
            for number, each in enumerate(files):
                file = discord.File(each.content, each.name)
                await ctx.author.send("" if number else sentence, file=file, allowed_mentions=QUIET)
        except discord.Forbidden:
            await say(ctx, texts("export.no_direct_messages", command=Caller(texts).name(f"export {kind}")))
        else:
            await say(ctx, texts("export.sent_directly"))


def _most_bytes(ctx: Context) -> int:
    """Return how large a file may be: that of a direct message has Discord's own bound, whatever the guild's."""
    usual: int = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
    return usual if ctx.interaction is None else ctx.interaction.filesize_limit


def _day(written: str | None) -> date | None:
    if written is None:
        return None
    day = read_day(written)
    if day is None:
        raise RefusedError("export.bad_day", received=escape(cut(written, 40)))
    return day


def _ids(guild: discord.Guild, place: Place) -> frozenset[int]:
    """Return the ids of a channel with its threads, or of all channels of a category.

    Raises:
        RefusedError: It is another guild's.
    """
    if place.guild.id != guild.id:
        raise RefusedError("settings.unknown_channel", received=place.id)
    within: list[Any] = [*getattr(place, "channels", ()), *getattr(place, "threads", ())]
    return frozenset({place.id, *(each.id for each in within)})
