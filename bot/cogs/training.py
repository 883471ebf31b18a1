"""Let admins train their guild's model: `!retrain`, and `!retrain cancel`."""

from __future__ import annotations

import contextlib

from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands, tasks

from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.replies import say
from bot.cogs.shared.training_progress import TrainingProgress
from bot.cogs.shared.translator import korean, marked
from bot.cogs.shared.types import Bot, Context
from bot.domain.learning.trainings import (
    CorpusName,
    Mode,
    TrainingOptions,
    TrainingRequest,
    parse_options,
    with_defaults,
)
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError

_MODES = [
    Choice(name=marked("retrain.fine_tune"), value=Mode.FINE_TUNE.value),
    Choice(name=marked("retrain.full"), value=Mode.FULL.value),
]
_CORPORA = [Choice(name=corpus.value, value=corpus.value) for corpus in CorpusName]


class TrainingCog(JigiCog):
    """Begins and stops trainings."""

    TITLE = "cog.training"

    def __init__(self, bot: Bot, jigi: Jigi, progress: TrainingProgress) -> None:
        super().__init__(bot, jigi)
        self._progress = progress

    async def cog_load(self) -> None:
        """Look at once, and then now and then, for trainings whose bot has died."""
        with contextlib.suppress(DatabaseError):  # then a minute later
            await self._progress.find_dead()
        self.mark_interrupted.start()

    async def cog_unload(self) -> None:
        """Look no more."""
        self.mark_interrupted.cancel()

    @tasks.loop(minutes=1)
    async def mark_interrupted(self) -> None:
        """Say of trainings whose bot has died that they have ended."""
        await self.bot.wait_until_ready()
        try:
            await self._progress.mark_interrupted()
        except DatabaseError:
            return  # in a minute again; the pipeline tells the log

    @commands.hybrid_group(fallback="start", aliases=korean("retrain"))
    @app_commands.choices(mode=_MODES, corpus=_CORPORA)
    @limited_to(manage_guild=True)
    async def retrain(self, ctx: Context, *, mode: str = "", corpus: str = "", force: bool = False) -> None:
        """Train the guild's model. After a prefix, `mode` is the whole line."""
        try:
            options = _chosen(mode, corpus, force) if ctx.interaction else parse_options(_without_start(mode))
        except ValueError:
            await self.explain_usage(ctx)
            return
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        request = TrainingRequest(
            ctx.guild.id, ctx.author.id, options.mode, options.corpus,
            is_forced=options.is_forced, channel_id=ctx.channel.id,
        )  # fmt: skip
        await self._progress.ask(ctx, request, self.caller(ctx))

    @retrain.command(aliases=korean("retrain cancel"))
    @limited_to(manage_guild=True)
    async def cancel(self, ctx: Context) -> None:
        """Stop the training that is running."""
        assert ctx.guild is not None
        is_stopped = self.jigi.retraining.cancel(ctx.guild.id)
        answer = self.texts(ctx)("retrain.stopped" if is_stopped else "retrain.not_running")
        await say(ctx, answer)


def _without_start(typed: str) -> str:
    """Leave out the name that the slash command has, and the text command need not have: `!retrain start`."""
    first, _, rest = typed.partition(" ")
    return rest if first.lower() in ("start", *korean("retrain start")) else typed


def _chosen(mode: str, corpus: str, force: bool) -> TrainingOptions:
    return with_defaults(Mode(mode) if mode else None, CorpusName(corpus) if corpus else None, force)
