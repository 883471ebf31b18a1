"""Let a guild choose its settings one by one: `!settings show|watch|log|threshold|alerts|mode|exempt|ping|quiet|…`.

`bot.cogs.settings.panel` has them all in one, `bot.wording.settings` words them, `bot.services.settings` keeps them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.cogs.settings import self_test
from bot.cogs.settings.arguments import RoleArgument, is_word, read_named, require_writable
from bot.cogs.settings.changes import Changed, Changes
from bot.cogs.settings.digest import WHEN, DigestSettings
from bot.cogs.settings.panel import Panel
from bot.cogs.shared.channels import Place, PlaceArgument
from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.permissions import is_public
from bot.cogs.shared.replies import MOST_CHARACTERS, RefusedError, escape, say
from bot.cogs.shared.translator import korean, marked
from bot.cogs.shared.types import Bot, Context
from bot.config import WatchedChannels
from bot.domain.guilds import is_time_zone, parse_quiet_hours
from bot.domain.thresholds import parse_threshold
from bot.localisation.formats import cut, fit
from bot.localisation.texts import Language
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError
from bot.wording.automatic import FIELDS, rests
from bot.wording.settings import history, line, overview
from bot.wording.thresholds import refusal

_log = logging.getLogger(__name__)

_N_CHANGES = 20  # shown
_LANGUAGES = [app_commands.Choice(name=marked(f"settings.{each}"), value=each.value) for each in Language]
_MODES = [app_commands.Choice(name=marked(f"settings.{key}"), value=key) for key in ("is_shadow", "not_is_shadow")]
_MOST_DAYS = 365
# Not `Optional`: by that discord.py would take what cannot be read for left out.
_PLACE: Any = commands.parameter(default=None, converter=PlaceArgument)
_ROLE: Any = commands.parameter(default=None, converter=RoleArgument)


class SettingsCog(JigiCog):
    """Shows and changes the settings of each guild."""

    TITLE = "cog.settings"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._changes = Changes(jigi)
        self._panel = Panel(bot, self._changes, self.texts)

    async def cog_load(self) -> None:
        """Listen to the panels of earlier runs, too, and look for thresholds that can be chosen by now."""
        self._panel.listen()
        self.choose_thresholds.start()

    async def cog_unload(self) -> None:
        """Listen no more."""
        self.choose_thresholds.cancel()
        self._panel.stop_listening()

    @tasks.loop(hours=1)
    async def choose_thresholds(self) -> None:
        """Choose the thresholds that could not be chosen when their guilds said how many alerts they can read."""
        try:
            await self._changes.choose_what_waits()
        except DatabaseError as error:
            _log.warning("No threshold could be chosen; in an hour again: %s", error)

    @commands.hybrid_command(aliases=korean("setup"))
    @limited_to(manage_guild=True)
    async def setup(self, ctx: Context) -> None:
        """Show all settings, with menus to choose from, page by page."""
        await self._panel.open(ctx, self.texts(ctx))

    @commands.hybrid_group(aliases=korean("settings"))
    @limited_to(manage_guild=True)
    async def settings(self, ctx: Context) -> None:
        """Say which commands there are."""
        await self.explain_usage(ctx)

    @settings.command(aliases=korean("settings show"))
    @limited_to(manage_guild=True)
    async def show(self, ctx: Context) -> None:
        """Show all that holds."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        chosen, effective = await self._changes.holding(ctx.guild.id)
        await say(ctx, fit(overview(chosen, effective, self.texts(ctx)), self.texts(ctx), MOST_CHARACTERS)[0])

    @settings.command(aliases=korean("settings watch"))
    @limited_to(manage_guild=True)
    async def watch(self, ctx: Context, *, channels: str) -> None:
        """Choose the channels that are read."""
        assert ctx.guild is not None
        if is_word(channels, "word_default"):
            await self._change(ctx, watched=None)
        elif is_word(channels, "word_all"):
            await self._change(ctx, watched=WatchedChannels(is_all=True))
        elif is_word(channels, "word_none"):
            await self._change(ctx, watched=WatchedChannels())
        else:
            found = await read_named(ctx.guild, channels)
            if found.role_ids or found.user_ids:
                raise RefusedError("settings.channels_only")
            await self._change(ctx, watched=WatchedChannels(found.channel_ids))

    @settings.command(aliases=korean("settings log"))
    @limited_to(manage_guild=True)
    async def log(self, ctx: Context, *, channel: Place | None = _PLACE) -> None:
        """Choose where alerts go; without a channel, give that back to the operator."""
        assert ctx.guild is not None
        if channel is None:
            await self._change(ctx, log_channel_id=None)
            return
        require_writable(channel)
        texts = self.texts(ctx)
        notes = [texts("settings.public_log_channel", channel=channel.mention)] if is_public(channel) else []
        await self._change(ctx, *notes, log_channel_id=channel.id)

    @settings.command(aliases=korean("settings threshold"))
    @limited_to(manage_guild=True)
    async def threshold(self, ctx: Context, value: str, *, place: Place | None = _PLACE) -> None:
        """Set the threshold of the guild, or of one channel or category."""
        assert ctx.guild is not None
        is_reset, wanted = is_word(value, "word_default"), parse_threshold(value)
        if wanted is None and not is_reset:
            await say(ctx, refusal(value, self.caller(ctx), lambda written: escape(cut(written, 40))))
        elif place is None:
            await self._change(ctx, threshold=wanted, alerts_per_day=None)
        else:
            others = {each: n for each, n in self.jigi.settings.of(ctx.guild.id).thresholds.items() if each != place.id}
            await self._change(ctx, thresholds=others if wanted is None else others | {place.id: wanted})

    @settings.command(aliases=korean("settings alerts"))
    @limited_to(manage_guild=True)
    async def alerts(self, ctx: Context, per_day: commands.Range[int, 1, 1000]) -> None:
        """Say how many alerts a day the team can read, and have the threshold chosen by that."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        done = await self._changes.alerts_per_day(ctx.guild.id, ctx.author.id, float(per_day))
        await self._say(ctx, done, self._changes.about_choice(done, self.texts(ctx)))

    @settings.command(aliases=korean("settings mode"))
    @app_commands.choices(mode=_MODES)
    @limited_to(manage_guild=True)
    async def mode(self, ctx: Context, *, mode: str) -> None:
        """Choose whether flagged messages are only counted, or marked and told of."""
        is_shadow, is_loud = is_word(mode, "word_shadow"), is_word(mode, "word_alerts")
        if not is_shadow and not is_loud:
            raise RefusedError("settings.bad_mode", received=escape(cut(mode, 40)))
        await self._change(ctx, is_shadow=is_shadow)

    @settings.command(aliases=korean("settings exempt"))
    @limited_to(manage_guild=True)
    async def exempt(self, ctx: Context, moderators: bool | None = None, *, who: str | None = None) -> None:
        """Choose whose messages, and which channels' are not read."""
        assert ctx.guild is not None
        values: dict[str, object] = {} if moderators is None else {"exempts_moderators": moderators}
        if who is not None:
            found = await read_named(ctx.guild, "" if is_word(who, "word_none") else who)
            values |= {
                "exempt_role_ids": found.role_ids,
                "exempt_user_ids": found.user_ids,
                "exempt_channel_ids": found.channel_ids,
            }
        if not values:
            raise RefusedError("settings.nobody_named")
        await self._change(ctx, **values)

    @settings.command(aliases=korean("settings ping"))
    @limited_to(manage_guild=True)
    async def ping(self, ctx: Context, *, role: discord.Role | None = _ROLE) -> None:
        """Choose the role that is notified of alerts; without one, nobody is."""
        await self._change(ctx, ping_role_id=None if role is None else role.id)

    @settings.command(aliases=korean("settings quiet"))
    @limited_to(manage_guild=True)
    async def quiet(self, ctx: Context, hours: str, time_zone: str | None = None) -> None:
        """Choose the hours in which nobody is notified."""
        assert ctx.guild is not None
        quiet_hours = parse_quiet_hours(hours)
        if quiet_hours is None and not is_word(hours, "word_none"):
            raise RefusedError("settings.bad_hours", received=escape(cut(hours, 40)))
        if time_zone is not None and not is_time_zone(time_zone):
            raise RefusedError("settings.bad_time_zone", received=escape(cut(time_zone, 40)))
        zone = {} if time_zone is None else {"time_zone": time_zone}
        await self._change(ctx, quiet_hours=quiet_hours, **zone)

    @settings.command(aliases=korean("settings language"))
    @app_commands.choices(language=_LANGUAGES)
    @limited_to(manage_guild=True)
    async def language(self, ctx: Context, language: str) -> None:
        """Choose the language of alerts and answers in the channels."""
        if is_word(language, "word_default"):
            await self._change(ctx, language=None)
            return
        chosen = next((each for each in Language if is_word(language, f"word_{each}")), None)
        if chosen is None:
            raise RefusedError("settings.bad_language", received=escape(cut(language, 40)))
        await self._change(ctx, language=chosen)

    @settings.command(aliases=korean("settings retention"))
    @limited_to(manage_guild=True)
    async def retention(self, ctx: Context, days: str) -> None:
        """Choose for how many days texts are kept."""
        is_number = days.isdecimal() and len(days) <= len(str(_MOST_DAYS))
        if not is_word(days, "word_default") and not (is_number and 1 <= int(days) <= _MOST_DAYS):
            raise RefusedError("settings.bad_days", most=_MOST_DAYS, received=escape(cut(days, 40)))
        await self._change(ctx, retention_days=int(days) if is_number else None)

    digest: commands.Command[Any, ..., Any] = settings.command(aliases=korean("settings digest"))(
        app_commands.choices(when=WHEN)(limited_to(manage_guild=True)(DigestSettings.digest))
    )

    @settings.command(name="history", aliases=korean("settings history"))
    @limited_to(manage_guild=True)
    async def show_history(self, ctx: Context) -> None:
        """Show who has changed what and when, the newest first."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        changes = await self.jigi.database.guilds.changes(ctx.guild.id, _N_CHANGES)
        lines = [history(each, texts) for each in changes] or [texts("settings.no_changes")]
        await say(ctx, fit(lines, texts, MOST_CHARACTERS)[0])

    @settings.command(aliases=korean("settings check"))
    @limited_to(manage_guild=True)
    async def check(self, ctx: Context) -> None:
        """Flag a test message in the log channel, and name what is missing."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        _, effective = await self._changes.holding(ctx.guild.id)
        lines = await self_test.run_self_test(ctx.guild, effective, self.texts_of(ctx.guild), texts)
        await say(ctx, fit(lines, texts, MOST_CHARACTERS)[0])

    async def _change(self, ctx: Context, *notes: str, **values: object) -> None:
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        await self._say(ctx, await self._changes.make(ctx.guild.id, ctx.author.id, **values), notes)

    async def _say(self, ctx: Context, done: Changed, notes: Iterable[str]) -> None:
        """Say what holds now of what was to be changed."""
        texts = self.texts(ctx)
        lines = [line(name, done.chosen, done.effective, texts) for name in done.names]
        resting = [name for name in FIELDS if rests(name, done.effective, texts)]  # perhaps by this very change
        lines += [line(name, done.chosen, done.effective, texts) for name in resting if name not in done.names]
        first = texts("settings.changed" if done.is_new else "settings.unchanged")
        await say(ctx, fit([first, *lines, *notes], texts, MOST_CHARACTERS)[0])
