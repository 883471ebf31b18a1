"""Let a guild choose its threshold, with advice: `!threshold show|set|reset|suggest`.

`bot.domain.thresholds` reckons, `bot.wording.thresholds` words it, `model.pictures.scores` draws it.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.replies import escape, say
from bot.cogs.shared.translator import korean
from bot.cogs.shared.types import Context, Interaction
from bot.domain.thresholds import Observed, ThresholdOrigin, parse_threshold
from bot.localisation.formats import cut
from bot.localisation.texts import Texts
from bot.services.pictures import PictureError, picture_of_scores
from bot.services.thresholds import least_threshold, observe
from bot.wording.thresholds import advice, change, now, outlook, refusal, table

_MOST_PER_DAY = 100_000
_MOST_OF_DESCRIPTION = 1024  # characters that Discord takes


class AlertsPerDay(app_commands.Transformer, commands.Converter[float]):
    """A number, which after a prefix may bear its name: `alerts_per_day:10`."""

    type = discord.AppCommandOptionType.number
    min_value = 0.01
    max_value = _MOST_PER_DAY

    async def transform(self, interaction: Interaction, value: float, /) -> float:
        """Return the number of a slash command as it is."""
        return value

    async def convert(self, ctx: Context, argument: str) -> float:
        """Read the number of a prefix command."""
        try:
            value = float(argument.rpartition(":")[2])
        except ValueError:
            raise commands.BadArgument(argument) from None
        if not self.min_value <= value <= self.max_value:
            raise commands.BadArgument(argument)
        return value


class Thresholds(JigiCog):
    """Keeps the threshold of each guild."""

    TITLE = "cog.threshold"

    @commands.hybrid_group(aliases=korean("threshold"))
    @limited_to(manage_messages=True)
    async def threshold(self, ctx: Context) -> None:
        """Say which commands there are."""
        await self.explain_usage(ctx)

    @threshold.command(aliases=korean("threshold show"))
    @limited_to(manage_messages=True)
    async def show(self, ctx: Context) -> None:
        """Show the threshold that serves, and what to expect of it."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        serving = await self.jigi.models.for_guild(ctx.guild.id)
        observed = await observe(self.jigi.database, ctx.guild.id, serving)
        origin = self._origin(ctx.guild.id)
        lines = [now(serving.threshold, origin, texts), *outlook(observed, serving.threshold, texts)]
        await self._send(ctx, lines, observed, serving.threshold)

    @threshold.command(aliases=korean("threshold suggest"))
    @limited_to(manage_messages=True)
    async def suggest(self, ctx: Context, alerts_per_day: app_commands.Transform[float, AlertsPerDay] = 0.0) -> None:
        """Advise a threshold with at most so many alerts a day, or show a few to choose from."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        caller = self.caller(ctx)
        serving = await self.jigi.models.for_guild(ctx.guild.id)
        observed = await observe(self.jigi.database, ctx.guild.id, serving)
        if not alerts_per_day:
            await self._send(ctx, table(observed, serving.threshold, caller), observed, serving.threshold)
            return
        lowest = await asyncio.to_thread(least_threshold, serving.classifier)
        lines = advice(observed, alerts_per_day, serving.threshold, caller, lowest)
        best = observed.lowest_with(alerts_per_day, lowest).threshold if observed.is_enough else None
        await self._send(ctx, lines, observed, serving.threshold, best)

    @threshold.command(name="set", aliases=korean("threshold set"))
    @limited_to(manage_guild=True)
    async def set_threshold(self, ctx: Context, *, value: str) -> None:
        """Set the guild's threshold, and say what that changes."""
        texts, wanted = self.texts(ctx), parse_threshold(value)
        if wanted is None:
            await say(ctx, refusal(value, self.caller(ctx), lambda written: escape(cut(written, 40))))
        else:
            await self._change(ctx, wanted, texts)

    @threshold.command(aliases=korean("threshold reset"))
    @limited_to(manage_guild=True)
    async def reset(self, ctx: Context) -> None:
        """Give the guild's threshold back to the operator or the model."""
        await self._change(ctx, None, self.texts(ctx))

    async def _change(self, ctx: Context, wanted: float | None, texts: Texts) -> None:
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        before = await self.jigi.models.for_guild(ctx.guild.id)
        await self.jigi.settings.change(ctx.guild.id, ctx.author.id, threshold=wanted, alerts_per_day=None)
        after = await self.jigi.models.for_guild(ctx.guild.id)
        observed = await observe(self.jigi.database, ctx.guild.id, after)
        lines = change(observed, before.threshold, after.threshold, texts)
        if wanted is None:
            lines.append(now(after.threshold, self._origin(ctx.guild.id), texts))
        await say(ctx, "\n".join(lines))

    def _origin(self, guild_id: int) -> ThresholdOrigin:
        if self.jigi.settings.of(guild_id).threshold is not None:
            return ThresholdOrigin.GUILD
        return ThresholdOrigin.MODEL if self.jigi.config.threshold is None else ThresholdOrigin.OPERATOR

    async def _send(
        self, ctx: Context, lines: Sequence[str], observed: Observed, serving: float, advised: float | None = None
    ) -> None:
        files = []
        if observed.n_messages and ctx.bot_permissions.attach_files:
            texts, guild_id = self.texts(ctx), ctx.guild.id if ctx.guild else None
            scores = observed.probabilities, observed.counts
            try:
                picture = await self.jigi.pictures.draw(guild_id, picture_of_scores(*scores, serving, advised, texts))
            except PictureError as error:
                lines = [*lines, f"-# {texts(f'picture.{error.problem}')}"]
            else:
                files = [discord.File(io.BytesIO(picture), "jigi-threshold.png", description=_described(lines, texts))]
        await say(ctx, "\n".join(lines), files=files)


def _described(lines: Sequence[str], texts: Texts) -> str:
    """Say what the picture shows, for who cannot see it: what stands above it, without its marks."""
    return cut(f"{texts('threshold.picture_title')}. {' '.join(lines)}".replace("**", ""), _MOST_OF_DESCRIPTION)
