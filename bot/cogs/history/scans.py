"""Look through the old messages of a channel, and report on them without acting: `/scan`, and its cancel button."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.cogs.history.places import AnyPlaceArgument, place_of_report, require_scannable
from bot.cogs.history.scan_message import TEMPLATE
from bot.cogs.history.scanning import Scanning
from bot.cogs.shared import replies
from bot.cogs.shared.buttons import answered
from bot.cogs.shared.channels import Place
from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.replies import QUIET, RefusedError, escape, say
from bot.cogs.shared.translator import korean
from bot.cogs.shared.types import Bot, Context, Interaction
from bot.domain.history.scans import MAX_MESSAGES, USUAL_MESSAGES, Scan, ScanBusyError, ScanRequest, ScanState
from bot.localisation.formats import cut
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError
from bot.wording.scans import ending

_LARGEST_ID = 2**63 - 1


class LimitArgument(app_commands.Transformer, commands.Converter[int]):
    """How many messages are read, which after a prefix may bear its name: `limit:500`."""

    type = discord.AppCommandOptionType.integer
    min_value = 1
    max_value = MAX_MESSAGES

    async def transform(self, interaction: Interaction, value: int, /) -> int:
        """Return the number of a slash command as it is."""
        return value

    async def convert(self, ctx: Context, argument: str) -> int:
        """Read the number of a prefix command."""
        written = argument.rpartition(":")[2].replace(",", "")
        is_number = written.isdecimal() and len(written) <= len(str(MAX_MESSAGES))
        if not is_number or not 1 <= int(written) <= MAX_MESSAGES:
            raise RefusedError("scan.bad_limit", most=f"{MAX_MESSAGES:,}", received=escape(cut(argument, 40)))
        return int(written)


class Scans(JigiCog):
    """Looks through old messages."""

    TITLE = "cog.scans"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self.scanning = Scanning(bot, jigi)
        self._buttons = answered(TEMPLATE, self.press)

    async def cog_load(self) -> None:
        """Listen to the buttons, those of earlier runs too, and go on with what they have begun."""
        self.bot.add_dynamic_items(self._buttons)
        self.expire.start()
        if self.bot.is_ready():
            await self.scanning.resume()

    async def cog_unload(self) -> None:
        """Stop; the next start goes on."""
        self.bot.remove_dynamic_items(self._buttons)
        self.expire.cancel()
        await self.scanning.close()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Go on with what an earlier run has begun."""
        await self.scanning.resume()

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Go on with what another process has begun in guilds that are this one's now."""
        await self.scanning.resume()

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Go on with what was begun in a guild that was out of reach."""
        if self.bot.is_ready():
            await self.scanning.resume()

    @tasks.loop(hours=1)
    async def expire(self) -> None:
        """Erase what was found more than a day ago."""
        await self.bot.wait_until_ready()
        try:
            await self.scanning.expire()
        except DatabaseError:
            return  # in an hour again; the pipeline tells the log

    @commands.hybrid_command(aliases=korean("scan"))
    @limited_to(manage_messages=True)
    async def scan(
        self,
        ctx: Context,
        channel: app_commands.Transform[Place, AnyPlaceArgument],
        limit: app_commands.Transform[int, LimitArgument] = USUAL_MESSAGES,
    ) -> None:
        """Look through the newest messages of a channel, and report on them."""
        assert ctx.guild is not None
        assert isinstance(ctx.author, discord.Member)
        await ctx.defer(ephemeral=True)
        place = await require_scannable(channel, ctx.author, self.jigi.settings)
        shown_in = place_of_report(ctx, self.jigi.settings)
        request = ScanRequest(ctx.guild.id, place.id, limit, ctx.author.id, shown_in.id)
        texts = self.texts(ctx)
        try:
            await self.scanning.begin(request)
        except ScanBusyError as busy:
            await say(ctx, _busy(busy.running, texts))
        else:
            if ctx.interaction is not None or shown_in != ctx.channel:
                await say(ctx, texts("scan.begun", channel=place.mention, shown=shown_in.mention))

    async def press(self, interaction: Interaction, match: re.Match[str]) -> None:
        """Cancel a look: whoever has begun it may, and whoever manages the guild."""
        texts = self.texts(interaction)
        guild_id, scan_id = (min(int(match[name]), _LARGEST_ID) for name in ("guild_id", "scan_id"))
        if interaction.guild_id != guild_id:
            await replies.reply(interaction, texts("scan.foreign"))
            return
        try:
            await self._cancel(interaction, guild_id, scan_id, texts)
        except (DatabaseError, discord.DiscordException) as error:
            await replies.report(interaction, error, self.texts_of(interaction.guild))

    async def _cancel(self, interaction: Interaction, guild_id: int, scan_id: int, texts: Texts) -> None:
        scan = await self.jigi.database.scans.find(guild_id, scan_id)
        if scan is None or scan.state is not ScanState.RUNNING:
            await replies.reply(interaction, texts("scan.over"))
        elif interaction.user.id != scan.request.requested_by and not interaction.permissions.manage_guild:
            by = f"<@{scan.request.requested_by}>"
            await replies.reply(interaction, texts("scan.not_yours", by=by))
        else:
            await interaction.response.defer()
            is_ended = await self.scanning.cancel(scan)
            sentence = ending(ScanState.CANCELLED, self.texts_of(interaction.guild))
            if is_ended:
                await interaction.edit_original_response(content=sentence, view=None, allowed_mentions=QUIET)


def _busy(running: Scan, texts: Texts) -> str:
    since: Any = discord.utils.format_dt(running.started_at, "R")
    by = f"<@{running.request.requested_by}>"
    return texts("scan.busy", by=by, since=since, channel=f"<#{running.request.channel_id}>")
