"""Say what was judged, flagged and decided: `!stats 30`, and the weekly digest.

`bot.storage.statistics` counts, `bot.wording.statistics` words it. Nobody is ranked: members are counted nowhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.permissions import is_public
from bot.cogs.shared.replies import MOST_CHARACTERS, say
from bot.cogs.shared.translator import korean
from bot.cogs.shared.types import Bot, Context, Interaction
from bot.cogs.stats.digest import DigestSender
from bot.cogs.stats.pictures import draw
from bot.cogs.stats.places import Place, places_for, within
from bot.domain.statistics import LONGEST, Counts, Span, Statistics
from bot.localisation.formats import fit
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.wording.statistics import about_picture, bold, channels, elsewhere, summary, weeks


class ChannelArgument(app_commands.Transformer, commands.Converter[Place]):
    """A channel, thread or category of the guild."""

    type = discord.AppCommandOptionType.channel

    async def transform(self, interaction: Interaction, value: Any, /) -> Place:
        """Return the channel that was chosen from Discord's list."""
        found = interaction.guild.get_channel_or_thread(value.id) if interaction.guild else None
        if found is None:
            raise commands.ChannelNotFound(str(value.id))
        return found

    async def convert(self, ctx: Context, argument: str) -> Place:
        """Return the channel that is mentioned, or bears a name or id."""
        try:
            return await commands.GuildChannelConverter().convert(ctx, argument.removeprefix("#"))
        except commands.ChannelNotFound:
            return await commands.ThreadConverter().convert(ctx, argument)


# Not `Optional`: by that discord.py would take what cannot be read for left out.
_CHANNEL: Any = commands.parameter(default=None, converter=ChannelArgument)


class Stats(JigiCog):
    """Tells moderators how Jigi does."""

    TITLE = "cog.stats"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._digests = DigestSender(bot, jigi)

    async def cog_load(self) -> None:
        """Look for digests that are due, those of an absence too."""
        self.send_digests.start()

    async def cog_unload(self) -> None:
        """Look no more."""
        self.send_digests.cancel()

    @tasks.loop(minutes=1)
    async def send_digests(self) -> None:
        """Send the digests that are due."""
        await self.bot.wait_until_ready()
        await self._digests.send_due(datetime.now(UTC))

    @commands.hybrid_command(aliases=korean("stats"))
    @limited_to(manage_messages=True)
    async def stats(
        self, ctx: Context, days: commands.Range[int, 1, LONGEST] = 30, *, channel: Place | None = _CHANNEL
    ) -> None:
        """Say what was judged, flagged and decided in the last days, in all channels or one."""
        assert ctx.guild is not None
        assert isinstance(ctx.author, discord.Member)
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        is_overheard = ctx.interaction is None and is_public(ctx.channel)
        places = places_for(ctx.guild, ctx.author, is_overheard=is_overheard)
        span = Span.last_days(days, datetime.now(UTC), self.jigi.settings.of(ctx.guild.id).time_zone)
        title = texts("stats.title", n_days=days) if days > 1 else texts("stats.title_today")
        if channel is not None:
            places = within(ctx.guild, channel, places)
            if not places:
                await say(ctx, texts("stats.hidden_channel"))
                return
            title = texts("stats.title_of_channel", title=title, channel=channel.name)
        counted = await self.jigi.database.statistics.count(ctx.guild.id, span)
        counted = counted if channel is None else counted.of_channels(places)
        await self._send(ctx, title, counted, counted.by_place(places), texts)

    async def _send(
        self, ctx: Context, title: str, counted: Statistics, by_place: dict[int, Counts], texts: Texts
    ) -> None:
        assert ctx.guild is not None
        lines = [bold(title), *summary(counted, texts)]
        beside = elsewhere(counted, by_place, texts)
        if len(by_place) > 1 or beside:
            lines += [bold(texts("stats.by_channel")), *channels(by_place, texts), *beside]
        if by_week := weeks(counted, texts):
            lines += [bold(texts("stats.by_week")), *by_week]
        files: list[discord.File] = []
        if ctx.bot_permissions.attach_files:
            files, problem = await draw(self.jigi, ctx.guild, title, counted, by_place, texts)
            notes = [problem] if problem else about_picture(counted, texts)
            lines += [f"-# {each}" for each in notes]
        await say(ctx, fit(lines, texts, MOST_CHARACTERS)[0], files=files)
