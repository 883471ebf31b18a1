"""Answer the buttons under alerts, those of earlier runs and older versions too, and the modals that they open.

Who may press is found out at the press. A button that names a case of another guild is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Coroutine
from typing import Any

import discord
from discord.ext import commands

from bot.cogs.cases import lists
from bot.cogs.cases.context import context_of
from bot.cogs.cases.discord_acts import DiscordActs
from bot.cogs.cases.modals import Submission, modal_for, submission_of
from bot.cogs.cases.settling import settle
from bot.cogs.shared import replies
from bot.cogs.shared.buttons import answered
from bot.cogs.shared.case_embeds import LARGEST_ID, OLD_TEMPLATE, TEMPLATE, CaseDrawer
from bot.cogs.shared.cog import JigiCog
from bot.cogs.shared.replies import QUIET
from bot.cogs.shared.types import Bot, Interaction
from bot.domain.cases import (
    DECISIONS,
    ON_DISCORD,
    ActKind,
    CaseEndedError,
    CaseError,
    NoSuchCaseError,
    ObstacleError,
    permission_for,
)
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError
from bot.wording.cases import obstacle


class CaseButtons(JigiCog):
    """Answers the buttons."""

    TITLE = "cog.decisions"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._drawer = CaseDrawer(bot, jigi.models)
        self._acts = DiscordActs(bot, jigi)
        self._buttons = (
            answered(TEMPLATE, self.press),
            answered(OLD_TEMPLATE, self.press_old),
            answered(lists.TEMPLATE, self.turn),
        )
        self._resuming: dict[int, asyncio.Task[None]] = {}  # by shard

    async def cog_load(self) -> None:
        """Listen to the buttons of all alerts, those of earlier runs too."""
        self.bot.add_dynamic_items(*self._buttons)
        if self.bot.is_ready():
            for shard_id in {guild.shard_id for guild in self.bot.guilds}:
                self._resume(shard_id)

    async def cog_unload(self) -> None:
        """Listen no more."""
        self.bot.remove_dynamic_items(*self._buttons)
        for task in self._resuming.values():
            task.cancel()
        await asyncio.gather(*self._resuming.values(), return_exceptions=True)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Go on, once, with what an earlier run has begun on Discord."""
        if not isinstance(self.bot, discord.AutoShardedClient):
            self._resume(0)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Go on, once, with what was begun in the guilds of a shard: by an earlier run, or a process that has died."""
        self._resume(shard_id)

    def _resume(self, shard_id: int) -> None:
        if shard_id not in self._resuming:
            resuming = self._acts.resume(lambda guild: guild.shard_id == shard_id)
            self._resuming[shard_id] = asyncio.create_task(resuming, name="resume acts")

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Take the modals, those too that were opened before a restart."""
        if interaction.type is discord.InteractionType.modal_submit:
            submitted = submission_of(interaction.data or {})
            if submitted is not None:
                work = self._submit(interaction, submitted)
                await self._guarded(interaction, submitted.guild_id, submitted.kind, work)

    async def press(self, interaction: Interaction, match: re.Match[str]) -> None:
        """Answer a button of a case."""
        number, act = int(match["number"]), match["act"]
        await self._guarded(interaction, int(match["guild_id"]), act, self._do(interaction, number, act))

    async def press_old(self, interaction: Interaction, match: re.Match[str]) -> None:
        """Answer a button under an alert of an older version, which names the message."""
        kind = DECISIONS[match["answer"] == "right"]
        await self._guarded(interaction, interaction.guild_id, kind, self._decide(interaction, match, kind))

    async def turn(self, interaction: Interaction, match: re.Match[str]) -> None:
        """Turn a page of a list. It is of the guild in which somebody looks at it, whatever the button says."""
        await self._guarded(interaction, interaction.guild_id, "list", self._turn(interaction, match))

    async def _guarded(
        self, interaction: Interaction, guild_id: int | None, act: str, work: Coroutine[Any, Any, None]
    ) -> None:
        """Work for somebody who may, and answer what goes wrong."""
        texts = self.texts(interaction)
        needed = permission_for(ActKind.TIMEOUT if act == ActKind.TIMEOUT else ActKind.RIGHT)
        is_foreign = guild_id is None or guild_id != interaction.guild_id
        if is_foreign or not getattr(interaction.permissions, needed):
            work.close()
            refusal = texts("case_answer.foreign") if is_foreign else replies.no_permission([needed], texts)
            await replies.reply(interaction, refusal)
            return
        try:
            await work
        except CaseError as error:
            await replies.reply(interaction, obstacle(error, texts))
        except (DatabaseError, discord.HTTPException) as error:
            await replies.report(interaction, error, self.texts_of(interaction.guild))

    async def _do(self, interaction: Interaction, number: int, act: str) -> None:
        assert interaction.guild_id is not None
        if act in ON_DISCORD:
            await self._ask(interaction, number, ActKind(act))
        elif act in ("context", "folded"):
            await self._show(interaction, number, act)
        elif act == ActKind.UNDO:
            await self._undo(interaction, number)
        else:
            await interaction.response.defer()  # Discord waits for 3 s only, the database may take longer
            await self._settle(interaction, number, ActKind(act))

    async def _decide(self, interaction: Interaction, match: re.Match[str], kind: ActKind) -> None:
        await interaction.response.defer()
        file = await self.jigi.database.cases.file_of_message(min(int(match["message_id"]), LARGEST_ID))
        if file is None or file.case.guild_id != interaction.guild_id:
            raise NoSuchCaseError
        await self._settle(interaction, file.case.number, kind)

    async def _settle(self, interaction: Interaction, number: int, kind: ActKind) -> None:
        assert interaction.guild_id is not None
        texts = self.texts(interaction)
        try:
            sentence = await settle(self.jigi, interaction.guild_id, number, kind, interaction.user.id, texts)
        except CaseEndedError:
            await self._draw_again(interaction, number, texts, is_ended=True)
            raise
        await self._draw_again(interaction, number, texts)
        await interaction.followup.send(sentence, ephemeral=True, allowed_mentions=QUIET)

    async def _undo(self, interaction: Interaction, number: int) -> None:
        """Have undone what Jigi has done by itself."""
        await interaction.response.defer()
        texts = self.texts(interaction)
        await self.jigi.database.automatic.undo(interaction.guild_id, number, interaction.user.id)
        await self._draw_again(interaction, number, texts)
        await interaction.followup.send(texts("automatic.undoing"), ephemeral=True, allowed_mentions=QUIET)

    async def _draw_again(self, interaction: Interaction, number: int, texts: Texts, *, is_ended: bool = False) -> None:
        """Bring what somebody looks at alone up to date; alerts are the outbox's, but one whose closing has failed."""
        message = interaction.message
        is_private = message is not None and message.flags.ephemeral
        if message is None or not (is_private or is_ended):
            return
        file = await self.jigi.database.cases.file(interaction.guild_id, number)
        embed, view = await self._drawer.draw(file, texts if is_private else self.texts_of(interaction.guild))
        with contextlib.suppress(discord.NotFound):  # somebody has deleted the alert: there is nothing to show
            await interaction.edit_original_response(embed=embed, view=view, allowed_mentions=QUIET)

    async def _ask(self, interaction: Interaction, number: int, kind: ActKind) -> None:
        """Ask for the reason, unless it is too late."""
        file = await self.jigi.database.cases.file(interaction.guild_id, number)
        file.require(kind)
        await interaction.response.send_modal(modal_for(file.case, kind, self.texts(interaction)))

    async def _submit(self, interaction: Interaction, submitted: Submission) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        if not isinstance(interaction.user, discord.Member):
            raise NoSuchCaseError
        texts = self.texts(interaction)
        sentence = await self._acts.perform(
            submitted.number, submitted.kind, interaction.user, submitted.reason, submitted.minutes, texts
        )
        await interaction.followup.send(sentence, ephemeral=True, allowed_mentions=QUIET)

    async def _show(self, interaction: Interaction, number: int, act: str) -> None:
        """Show, to who has pressed alone, what was said before, or the cases that are counted in the alert."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        file, texts = await self.jigi.database.cases.file(interaction.guild_id, number), self.texts(interaction)
        if act == "folded":
            listed = lists.CaseList("folded", folded_into=number)
            await self._send_list(interaction, listed, texts)
            return
        if file.case.ended is not None:
            raise CaseEndedError(file.case.ended)
        if not isinstance(interaction.user, discord.Member):
            raise ObstacleError("channel_gone")
        said = await context_of(self.bot, file.case, interaction.user, texts)
        await interaction.followup.send(said, ephemeral=True, allowed_mentions=QUIET)

    async def _send_list(self, interaction: Interaction, listed: lists.CaseList, texts: Texts) -> None:
        guild_id, cases = interaction.guild_id or 0, self.jigi.database.cases
        page = await lists.show(cases, listed, guild_id, interaction.user.id, texts, is_public=False)
        await interaction.followup.send(
            embed=page["embed"], view=page["view"] or discord.utils.MISSING, ephemeral=True, allowed_mentions=QUIET
        )

    async def _turn(self, interaction: Interaction, match: re.Match[str]) -> None:
        await interaction.response.defer()
        assert interaction.message is not None
        is_public = not interaction.message.flags.ephemeral
        texts = self.texts_of(interaction.guild) if is_public else self.texts(interaction)
        guild_id, cases, listed = interaction.guild_id or 0, self.jigi.database.cases, lists.CaseList.of(match)
        page = await lists.show(cases, listed, guild_id, interaction.user.id, texts, is_public=is_public)
        await interaction.edit_original_response(**page, allowed_mentions=QUIET)
