"""Buttons that work for as long as their message stands: all that they need to know is in their custom id."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Self

import discord

from bot.cogs.shared.types import Interaction

Answer = Callable[[Interaction, re.Match[str]], Awaitable[None]]
PressedButton = type[discord.ui.DynamicItem[discord.ui.Button[Any]]]


def answered(template: str, answer: Answer) -> PressedButton:
    """Return all buttons of a template of custom ids, those of earlier runs too, as `answer` answers them."""

    class Pressed(discord.ui.DynamicItem[discord.ui.Button[Any]], template=template):
        """A button that was pressed. discord.py makes one of each press, from nothing but its custom id."""

        def __init__(self, button: discord.ui.Button[Any], match: re.Match[str]) -> None:
            super().__init__(button)
            self._match = match

        @classmethod
        async def from_custom_id(
            cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
        ) -> Self:
            assert isinstance(item, discord.ui.Button)
            return cls(item, match)

        async def callback(self, interaction: Interaction) -> None:
            await answer(interaction, self._match)

    return Pressed


def view_of(*rows: list[discord.ui.Button[Any]]) -> discord.ui.View | None:
    """Return rows of buttons, which others answer; None if there is none."""
    if not any(rows):
        return None
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(rows):
        for button in row:
            button.row = number
            view.add_item(button)
    view.stop()  # nobody listens here: what `answered` returns does
    return view


def plain_button(
    label: str, custom_id: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary, *, disabled: bool = False
) -> discord.ui.Button[Any]:
    """Return a button."""
    return discord.ui.Button(style=style, label=label[:80], custom_id=custom_id, disabled=disabled)
