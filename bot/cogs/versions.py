"""Let admins choose their guild's model: `!model list · show · use · rollback · export · import`."""

from __future__ import annotations

import io
from collections.abc import Iterator

import discord
from discord.ext import commands

from bot.cogs.shared import replies
from bot.cogs.shared.attachments import AttachmentError, TooLargeError, download
from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.replies import escape, say
from bot.cogs.shared.training_progress import TrainingProgress
from bot.cogs.shared.translator import korean
from bot.cogs.shared.types import Bot, Context
from bot.domain.learning.trainings import Mode, TrainingRequest
from bot.domain.learning.versions import CONFIGURED, UnknownVersionError, Version, read_version
from bot.localisation.commands import Caller
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.wording.thresholds import number
from bot.wording.trainings import gate_lines
from model.gate import Gate

_MAX_ARCHIVE = 8 * 2**20  # bytes


class Versions(JigiCog):
    """Shows and changes which version serves a guild."""

    TITLE = "cog.versions"

    def __init__(self, bot: Bot, jigi: Jigi, progress: TrainingProgress) -> None:
        super().__init__(bot, jigi)
        self._progress = progress

    async def cog_command_error(self, ctx: Context, error: Exception) -> None:
        """Answer who names a version that there is not."""
        if isinstance(replies.unwrap(error), UnknownVersionError):
            caller = self.caller(ctx)
            await replies.reply(ctx, caller.texts("model.unknown", command=caller.name("model list")))
        else:
            await super().cog_command_error(ctx, error)

    @commands.hybrid_group(aliases=korean("model"))
    @limited_to(manage_guild=True)
    async def model(self, ctx: Context) -> None:
        """Say which commands there are."""
        await self.explain_usage(ctx)

    @model.command(name="list", aliases=korean("model list"))
    @limited_to(manage_guild=True)
    async def list_versions(self, ctx: Context) -> None:
        """Show the versions, the newest first."""
        await ctx.defer(ephemeral=True)
        texts, store = self.texts(ctx), self.jigi.database.versions
        serving = await store.serving(_guild_id(ctx))
        lines = [_line(each, texts, serving) for each in await store.for_guild(_guild_id(ctx))]
        mark = texts("model.serves") if serving is None else ""
        configured = texts("model.configured", name=self.jigi.models.configured.version)
        await say(ctx, "\n".join([*lines, f"{configured} {mark}".rstrip()]))

    @model.command(aliases=korean("model show"))
    @limited_to(manage_guild=True)
    async def show(self, ctx: Context, version: str = "") -> None:
        """Show how a version was made and judged; without one that which serves."""
        await ctx.defer(ephemeral=True)
        texts, store = self.texts(ctx), self.jigi.database.versions
        number = read_version(version) if version else None
        shown = await store.find(_guild_id(ctx), number) if number else await store.serving(_guild_id(ctx))
        if shown is None or number == CONFIGURED:
            await say(ctx, texts("model.configured", name=self.jigi.models.configured.version))
        else:
            await say(ctx, embed=_embed(shown, texts))

    @model.command(aliases=korean("model use"))
    @limited_to(manage_guild=True)
    async def use(self, ctx: Context, version: str) -> None:
        """Have a version serve."""
        await ctx.defer(ephemeral=True)
        number = read_version(version)
        wanted = None if number == CONFIGURED else number
        served = await self.jigi.database.versions.serve(_guild_id(ctx), wanted, ctx.author.id)
        await self._say_what_serves(ctx, served)

    @model.command(aliases=korean("model rollback"))
    @limited_to(manage_guild=True)
    async def rollback(self, ctx: Context) -> None:
        """Go back to the version from which the serving one was trained."""
        await ctx.defer(ephemeral=True)
        try:
            served = await self.jigi.database.versions.roll_back(_guild_id(ctx), ctx.author.id)
        except UnknownVersionError:
            caller = self.caller(ctx)
            await say(ctx, caller.texts("model.no_way_back", example=caller.example("model use")))
        else:
            await self._say_what_serves(ctx, served)

    @model.command(aliases=korean("model export"))
    @limited_to(manage_guild=True)
    async def export(self, ctx: Context, version: str = "") -> None:
        """Send a version as a file; without one that which serves."""
        await ctx.defer(ephemeral=True)
        store = self.jigi.database.versions
        number = read_version(version) if version else None
        found = await store.find(_guild_id(ctx), number) if number else await store.serving(_guild_id(ctx))
        if found is None:
            await say(ctx, self.texts(ctx)("model.nothing_to_export"))
            return
        name, content = await store.content(found.id)
        file = discord.File(io.BytesIO(content), f"jigi-{found.guild_id}-{name}.zip")
        texts = self.texts(ctx)
        await say(ctx, texts("model.exported", version=name, command=Caller(texts).name("model import")), file=file)

    @model.command(name="import", aliases=korean("model import"))
    @limited_to(manage_guild=True)
    async def import_version(self, ctx: Context, file: discord.Attachment, force: bool = False) -> None:
        """Judge a version that was exported elsewhere, and have it serve if it passes."""
        texts = self.texts(ctx)
        await ctx.defer(ephemeral=True)
        try:
            archive = await download(file, _MAX_ARCHIVE)
        except TooLargeError:
            await say(ctx, texts("model.too_large", most=_MAX_ARCHIVE // 2**20))
            return
        except AttachmentError as error:
            await say(ctx, texts(error.key))
            return
        request = TrainingRequest(
            _guild_id(ctx), ctx.author.id, Mode.IMPORT, is_forced=force, channel_id=ctx.channel.id
        )
        await self._progress.ask(ctx, request, self.caller(ctx), archive)

    async def _say_what_serves(self, ctx: Context, version: Version | None) -> None:
        name = self.jigi.models.configured.version if version is None else version.name
        await say(ctx, self.texts(ctx)("model.now_serves", version=name))


def _guild_id(ctx: Context) -> int:
    assert ctx.guild is not None
    return ctx.guild.id


def _line(version: Version, texts: Texts, serving: Version | None) -> str:
    line = texts(
        "model.line",
        version=version.name,
        parent=version.parent_name,
        origin=texts(f"origin.{version.origin.value}"),
        n_examples=version.n_examples,
        by=f"<@{version.created_by}>",
        when=discord.utils.format_dt(version.created_at, "d"),
    )
    marks = [texts("model.forced")] * version.is_forced
    marks += [texts("model.serves")] * (serving is not None and serving.id == version.id)
    return " ".join([line, *marks])


def _embed(version: Version, texts: Texts) -> discord.Embed:
    embed = discord.Embed(title=version.name, timestamp=version.created_at)
    for name, value in _facts(version, texts):
        embed.add_field(name=texts(f"model.{name}"), value=value)
    gate = Gate.from_json(version.manifest["gate"])
    return embed.add_field(name=texts("gate.title"), value="\n".join(gate_lines(gate, texts)), inline=False)


def _facts(version: Version, texts: Texts) -> Iterator[tuple[str, str]]:
    yield "parent", version.parent_name
    yield "origin", texts(f"origin.{version.origin.value}") + (f" {texts('model.forced')}" if version.is_forced else "")
    yield "recipe", escape(version.recipe)
    yield "seed", version.seed
    yield "n_examples", str(version.n_examples)
    yield "threshold", number(version.threshold)
    yield "created_by", f"<@{version.created_by}>"
