"""Let admins train their guild's model: `!retrain`, and `!retrain cancel`."""

from __future__ import annotations

from typing import ClassVar

from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands, tasks

from bot.cogs.shared.cog import QUIETLY, JigiCog, limited_to
from bot.cogs.shared.training_progress import TrainingDesk
from bot.cogs.shared.translator import marked
from bot.cogs.shared.types import Bot, Context
from bot.domain.trainings import CorpusName, Mode, TrainingRequest, Wish, read_wish, whole_wish
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError

_MODES = [
    Choice(name=marked("retrain.fine_tune"), value=Mode.FINE_TUNE.value),
    Choice(name=marked("retrain.full"), value=Mode.FULL.value),
]
_CORPORA = [Choice(name=corpus.value, value=corpus.value) for corpus in CorpusName]


class TrainingCog(JigiCog, name="지기 · 학습"):
    """Begins and stops trainings."""

    USAGES: ClassVar = {"retrain": "retrain.usage"}

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._desk = TrainingDesk(bot, jigi)

    async def cog_load(self) -> None:
        """Look now and then for trainings whose bot has died."""
        self.bury.start()

    async def cog_unload(self) -> None:
        """Stop what is being trained."""
        self.bury.cancel()
        await self._desk.close()

    @tasks.loop(minutes=1)
    async def bury(self) -> None:
        """Say of trainings whose bot has died that they have ended."""
        await self.bot.wait_until_ready()
        try:
            await self._desk.bury()
        except DatabaseError:
            return  # in a minute again; the pipeline tells the log

    @commands.hybrid_group(fallback="start")
    @app_commands.choices(mode=_MODES, corpus=_CORPORA)
    @limited_to(manage_guild=True)
    async def retrain(self, ctx: Context, *, mode: str = "", corpus: str = "", force: bool = False) -> None:
        """Train the guild's model. After a prefix, `mode` is the whole line."""
        try:
            wish = _chosen(mode, corpus, force) if ctx.interaction else read_wish(mode)
        except ValueError:
            await self.explain_usage(ctx)
            return
        assert ctx.guild is not None
        request = TrainingRequest(
            ctx.guild.id, ctx.author.id, wish.mode, wish.corpus, is_forced=wish.is_forced, channel_id=ctx.channel.id
        )
        await self._desk.ask(ctx, request, self.texts(ctx))

    @retrain.command()
    @limited_to(manage_guild=True)
    async def cancel(self, ctx: Context) -> None:
        """Stop the training that is running."""
        assert ctx.guild is not None
        is_stopped = self.jigi.retraining.cancel(ctx.guild.id)
        answer = self.texts(ctx)("retrain.stopped" if is_stopped else "retrain.not_running")
        await ctx.send(answer, ephemeral=True, allowed_mentions=QUIETLY)


def _chosen(mode: str, corpus: str, force: bool) -> Wish:
    return whole_wish(Mode(mode) if mode else None, CorpusName(corpus) if corpus else None, force)
