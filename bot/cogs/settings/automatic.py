"""Let a guild agree to what Jigi does by itself, after it has seen what that would have done: `!automatic …`.

An administrator agrees, by a button of the preview; whoever manages the server turns it off in one step.
`bot.cogs.moderation.automatic` does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.settings import agreement
from bot.cogs.settings.agreement import Agreement
from bot.cogs.settings.arguments import is_word
from bot.cogs.settings.changes import Changed, Changes
from bot.cogs.settings.self_test import about_automatic
from bot.cogs.shared import replies
from bot.cogs.shared.buttons import answered, plain_button, view_of
from bot.cogs.shared.channels import channels_of, parents_of
from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.replies import MOST_CHARACTERS, QUIET, RefusedError, escape, say, spoiler
from bot.cogs.shared.translator import korean, marked
from bot.cogs.shared.types import Bot, Context, Interaction
from bot.domain.automatic import MAX_WORDS, MINUTES, PREVIEW, Automatic
from bot.domain.guilds import GuildSettings, threshold_of
from bot.domain.thresholds import parse_threshold
from bot.localisation.formats import cut, fit
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.services.serving import Serving
from bot.storage.connection.engine import DatabaseError
from bot.wording.automatic import Proposal, how_to_confirm, preview, too_few
from bot.wording.settings import line
from bot.wording.thresholds import number, refusal

_ACTS: Any = [app_commands.Choice(name=marked(f"case_act.{kind}"), value=kind.value) for kind in Automatic]
_MINUTES: Any = [app_commands.Choice(name=str(each), value=each) for each in MINUTES]
_MOST_OF_EXAMPLE = 150  # characters


class AutomaticCog(JigiCog):
    """Shows, turns on and turns off what Jigi does by itself."""

    TITLE = "cog.automatic"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._changes = Changes(jigi)
        self._buttons = answered(agreement.TEMPLATE, self.agree)

    async def cog_load(self) -> None:
        """Listen to the buttons, those of earlier runs too."""
        self.bot.add_dynamic_items(self._buttons)

    async def cog_unload(self) -> None:
        """Listen no more."""
        self.bot.remove_dynamic_items(self._buttons)

    @commands.hybrid_group(aliases=korean("automatic"))
    @limited_to(manage_guild=True)
    async def automatic(self, ctx: Context) -> None:
        """Say which commands there are."""
        await self.explain_usage(ctx)

    @automatic.command(name="on", aliases=korean("automatic on"))
    @app_commands.choices(act=_ACTS, minutes=_MINUTES)
    @limited_to(administrator=True)
    async def turn_on(self, ctx: Context, act: str, threshold: str, minutes: int = MINUTES[0]) -> None:
        """Show what would have been done lately, with a button that agrees to it."""
        assert ctx.guild is not None
        kind, wanted = _read_act(act), parse_threshold(threshold)
        if wanted is None:
            await say(ctx, refusal(threshold, self.caller(ctx), lambda written: escape(cut(written, 40))))
            return
        if minutes not in MINUTES:
            raise RefusedError("automatic.bad_minutes", offered=", ".join(map(str, MINUTES)), received=minutes)
        await ctx.defer(ephemeral=True)
        await self._show(ctx, ctx.guild, Agreement.now(ctx.guild.id, kind, wanted, minutes))

    @automatic.command(name="off", aliases=korean("automatic off"))
    @app_commands.choices(act=_ACTS)
    @limited_to(manage_guild=True)
    async def turn_off(self, ctx: Context, act: str | None = None) -> None:
        """Turn one, or all of it, off at once."""
        assert ctx.guild is not None
        kinds = list(Automatic) if act is None else [_read_act(act)]
        await ctx.defer(ephemeral=True)
        off = dict.fromkeys(f"{kind}_from" for kind in kinds)
        done = await self._changes.make(ctx.guild.id, ctx.author.id, **off)
        await say(ctx, "\n".join(_what_holds(done, self.texts(ctx))))

    @automatic.command(aliases=korean("automatic words"))
    @limited_to(administrator=True)
    async def words(self, ctx: Context, *, text: str | None = None) -> None:
        """Choose the words of a reply, to which the guild then has to agree anew."""
        assert ctx.guild is not None
        if text is not None and len(text) > MAX_WORDS:
            raise RefusedError("automatic.bad_words", most=MAX_WORDS, received=f"{len(text):,}")
        await ctx.defer(ephemeral=True)
        await self._changes.make(ctx.guild.id, ctx.author.id, reply_words=text, reply_from=None)
        command = self.caller(ctx).name("automatic on")
        await say(ctx, self.texts(ctx)("automatic.words_changed", command=command))

    async def agree(self, interaction: Interaction, match: re.Match[str]) -> None:
        """Turn on what was shown, if an administrator says so and it is still as it was shown."""
        texts, guild, wanted = self.texts(interaction), interaction.guild, Agreement.of(match)
        if guild is None or wanted.guild_id != guild.id:
            await replies.reply(interaction, texts("automatic.foreign"))
            return
        if not interaction.permissions.administrator:
            await replies.reply(interaction, replies.no_permission(["administrator"], texts))
            return
        await interaction.response.defer()
        try:
            said = await self._agree(guild, wanted, match["seal"], interaction.user.id, texts)
            if said is None:
                key = "automatic.expired" if wanted.is_expired else "automatic.outdated"
                command = self.caller(interaction).name("automatic on")
                await interaction.followup.send(texts(key, command=command), ephemeral=True, allowed_mentions=QUIET)
            else:
                await interaction.edit_original_response(content=said, view=None, allowed_mentions=QUIET)
        except (DatabaseError, discord.HTTPException) as error:
            await replies.report(interaction, error, texts)

    async def _agree(self, guild: discord.Guild, wanted: Agreement, seal: str, by: int, texts: Texts) -> str | None:
        """Turn it on, and return what holds then; None where it is not as it was shown any more."""
        effective, serving = await self._state(guild.id)
        if wanted.is_expired or seal != self._seal(wanted, effective, serving):
            return None
        model = serving.classifier.version
        others = dict.fromkeys(f"{kind}_from" for kind in Automatic) if effective.automatic_model is None else {}
        values = others | wanted.values | {"automatic_model": model}
        return "\n".join(_what_holds(await self._changes.make(guild.id, by, **values), texts))

    async def _show(self, ctx: Context, guild: discord.Guild, wanted: Agreement) -> None:
        effective, serving = await self._state(guild.id)
        if effective.log_channel_id is None:
            raise RefusedError("automatic.no_log_channel")
        if wanted.threshold <= serving.threshold:
            shown = {"flagged": number(serving.threshold), "received": number(wanted.threshold)}
            raise RefusedError("automatic.too_low", **shown)
        texts, resting = self.texts(ctx), tuple(_resting(guild, serving, wanted.threshold))
        since = datetime.now(UTC) - PREVIEW
        seen = await self.jigi.database.automatic.preview(
            guild.id, serving.classifier.version, wanted.threshold, resting, since
        )
        if not seen.is_enough:
            await say(ctx, too_few(seen, texts))
            return
        is_model_new = bool(effective.automatic) and effective.automatic_model is None
        proposal = Proposal(
            wanted.kind, wanted.threshold, wanted.minutes, escape(self._words(guild.id)), resting, is_model_new
        )
        quoted = None if ctx.interaction is None else lambda text: spoiler(cut(text, _MOST_OF_EXAMPLE))
        lines = [
            *preview(proposal, seen, guild.id, texts, quoted), *about_automatic(guild, effective, texts, wanted.kind)
        ]  # fmt: skip
        ending = how_to_confirm(texts)
        content = fit(lines, texts, MOST_CHARACTERS - len(ending) - 1)[0]
        seal = self._seal(wanted, effective, serving)
        button = plain_button(texts("automatic.confirm"), wanted.custom_id(seal), discord.ButtonStyle.danger)
        await say(ctx, f"{content}\n{ending}", view=view_of([button]), suppress_embeds=True)

    async def _state(self, guild_id: int) -> tuple[GuildSettings, Serving]:
        _, effective = await self._changes.holding(guild_id)
        return effective, await self.jigi.models.for_guild(guild_id)

    def _words(self, guild_id: int) -> str:
        return self.jigi.settings.of(guild_id).reply_words or self.jigi.settings.texts(guild_id)(
            "automatic.reply_words"
        )

    def _seal(self, wanted: Agreement, effective: GuildSettings, serving: Serving) -> str:
        return wanted.seal(effective, serving, self._words(wanted.guild_id), self.jigi.database.digest)


def _read_act(written: str) -> Automatic:
    found = next((kind for kind in Automatic if is_word(written.replace(" ", ""), f"word_{kind}", "automatic")), None)
    if found is None:
        raise RefusedError("automatic.bad_act", received=escape(cut(written, 40)))
    return found


def _resting(guild: discord.Guild, serving: Serving, threshold: float) -> Iterator[int]:
    """Return the channels in which a threshold is not above that which flags."""
    for channel in channels_of(guild):
        own = threshold_of(serving.thresholds, (channel.id, *parents_of(channel)))
        if own is not None and own >= threshold:
            yield channel.id


def _what_holds(done: Changed, texts: Texts) -> list[str]:
    """Say what holds now of what was to be changed."""
    names = [name for name in done.names if name != "automatic_model"]
    first = texts("settings.changed" if done.is_new else "settings.unchanged")
    return [first, *(line(name, done.chosen, done.effective, texts) for name in names)]
