"""Take the decisions that moderators make by the buttons under alerts, and show them there.

`bot.cogs.moderation.embeds` draws alerts and buttons, `bot.storage.decisions` keeps what was decided.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Any, Protocol, Self

import discord

from bot.cogs.moderation.embeds import TEMPLATE, closed_alert, decided_alert, decision_view
from bot.cogs.shared import replies
from bot.cogs.shared.cog import JigiCog
from bot.cogs.shared.replies import QUIET
from bot.cogs.shared.types import Bot, Interaction
from bot.domain.decisions import Decided, OutdatedAlertError
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError


class DecisionButtons(JigiCog):
    """Answers the buttons."""

    TITLE = "cog.decisions"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._buttons = _answered_by(self.decide)
        self._in_turn = asyncio.Lock()  # the decision that is stored last must be the one that is shown last

    async def cog_load(self) -> None:
        """Listen to the buttons of all alerts, those of earlier runs too."""
        self.bot.add_dynamic_items(self._buttons)

    async def cog_unload(self) -> None:
        """Listen no more."""
        self.bot.remove_dynamic_items(self._buttons)

    async def decide(self, interaction: Interaction, message_id: int, *, is_right: bool) -> None:
        """Take a decision of a message from whoever pressed a button, if they may."""
        texts = self.texts(interaction)
        if not interaction.permissions.manage_messages:
            await replies.reply(interaction, replies.no_permission(["manage_messages"], texts))
            return
        try:
            await interaction.response.defer()  # Discord waits for 3 s only, the database may take longer
            async with self._in_turn:
                sentence = await self._decide(interaction, message_id, is_right, texts)
            await interaction.followup.send(sentence, ephemeral=True, allowed_mentions=QUIET)
        except (DatabaseError, discord.HTTPException) as error:
            await replies.report(interaction, error, self.texts_of(interaction.guild))

    async def _decide(self, interaction: Interaction, message_id: int, is_right: bool, texts: Texts) -> str:
        may_learn = self.jigi.config.allow_training_on_messages
        decisions = self.jigi.database.decisions
        try:
            decided = await decisions.decide(
                message_id, is_right, interaction.user.id, guild_id=interaction.guild_id, may_learn=may_learn
            )
        except OutdatedAlertError:
            return texts("decision.outdated")
        with contextlib.suppress(discord.NotFound):  # somebody has deleted the alert: there is nothing to show
            if decided is not None:
                await self._show(interaction, message_id, is_right)
            await self._close_again(interaction, message_id)
        return texts("decision.closed") if decided is None else _outcome(decided, may_learn, texts)

    async def _show(self, interaction: Interaction, message_id: int, is_right: bool) -> None:
        assert interaction.message is not None
        texts = self.texts_of(interaction.guild)  # everybody in the channel reads it
        embeds = [decided_alert(each, is_right, interaction.user.id, texts) for each in interaction.message.embeds[:1]]
        await interaction.edit_original_response(
            embeds=embeds or discord.utils.MISSING,  # a moderator may have hidden them
            view=decision_view(message_id, texts, decided=is_right),
            allowed_mentions=QUIET,
        )

    async def _close_again(self, interaction: Interaction, message_id: int) -> None:
        """Close an alert whose closing we may have overtaken, or which failed: the text must not come back."""
        reason = await self.jigi.database.outbox.closing(message_id)
        verdict = await self.jigi.database.verdicts.newest(message_id)
        if reason is not None and verdict is not None and verdict.guild_id == interaction.guild_id:
            alert = closed_alert(verdict, reason, self.texts_of(interaction.guild))
            await interaction.edit_original_response(embed=alert, view=None)


def _outcome(decided: Decided, may_learn: bool, texts: Texts) -> str:
    """Say what was recorded, and whether the text was learned."""
    done = texts("decision.done_right" if decided.is_right else "decision.done_false_alarm")
    if decided.is_example:
        became = texts("decision.learned_right" if decided.is_right else "decision.learned_false_alarm")
    else:
        became = texts("decision.not_learned" if may_learn else "decision.not_allowed")
    return f"{done} {became}"


class _Decide(Protocol):
    async def __call__(self, interaction: Interaction, message_id: int, *, is_right: bool) -> None:
        """Take a decision of a message."""


def _answered_by(decide: _Decide) -> type[discord.ui.DynamicItem[discord.ui.Button[Any]]]:
    """Return the buttons under all alerts, those of earlier runs too, as `decide` answers them."""

    class DecisionButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=TEMPLATE):
        """A button that was pressed. discord.py makes one of each press, from nothing but its custom id."""

        def __init__(self, button: discord.ui.Button[Any], message_id: int, is_right: bool) -> None:
            super().__init__(button)
            self._message_id = message_id
            self._is_right = is_right

        @classmethod
        async def from_custom_id(
            cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
        ) -> Self:
            assert isinstance(item, discord.ui.Button)
            return cls(item, int(match["message_id"]), match["answer"] == "right")

        async def callback(self, interaction: Interaction) -> None:
            await decide(interaction, self._message_id, is_right=self._is_right)

    return DecisionButton
