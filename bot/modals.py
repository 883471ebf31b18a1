"""The modal in which a moderator types several texts of one label; `bot.cogs.teaching` opens it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import discord

from bot import errors
from bot.errors import Interaction
from bot.localisation import Texts
from bot.translator import texts_for
from model.examples import ExampleLabel

_OPEN_FOR = 900.0  # seconds; Discord tells nobody that a modal was closed
_MOST_CHARACTERS = 4000  # that Discord lets anyone type into a field


@dataclass(frozen=True, slots=True)
class Lesson:
    """What somebody has typed: one text a line. `is_public`: everybody in the channel sees the answer."""

    guild_id: int
    by: int
    label: ExampleLabel
    text: str
    is_public: bool = False


class Learner(Protocol):
    """Who takes lessons."""

    async def learn(self, lesson: Lesson, texts: Texts) -> tuple[str, list[discord.File]]:
        """Add what was typed and return what to answer."""


class TeachModal(discord.ui.Modal):
    """A field for several lines."""

    def __init__(self, learner: Learner, label: ExampleLabel, texts: Texts) -> None:
        title = texts("teach.modal_title", label=texts(f"label.{label.value}"))
        super().__init__(title=title, timeout=_OPEN_FOR)
        self._learner = learner
        self._label = label
        self._texts = texts
        self._field: discord.ui.TextInput[TeachModal] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph,
            custom_id="lines",
            placeholder=texts("teach.modal_placeholder"),
            max_length=_MOST_CHARACTERS,
        )
        self.add_item(discord.ui.Label(text=texts("teach.modal_field"), component=self._field))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Teach the lines, if whoever typed them still may."""
        texts = texts_for(interaction, self._texts)
        if interaction.guild_id is None or not interaction.permissions.manage_messages:
            await errors.answer(interaction, errors.no_permission(["manage_messages"], texts))
            return
        lesson = Lesson(interaction.guild_id, interaction.user.id, self._label, self._field.value)
        content, files = await self._learner.learn(lesson, texts)
        quietly = discord.AllowedMentions.none()
        await interaction.response.send_message(content, files=files, ephemeral=True, allowed_mentions=quietly)

    async def on_error(self, interaction: Interaction, error: Exception, /) -> None:  # type: ignore[override]
        """Answer a fault."""
        await errors.report(interaction, error, self._texts)
