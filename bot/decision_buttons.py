"""The buttons under an alert: was it right, or a false alarm?

Their custom ids say everything, so that they work after a restart, under every alert that there is: discord.py asks
`DecisionButton` whenever one is pressed, and it asks `bot.cogs.decisions`.
"""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.errors import Interaction
from bot.localisation import Texts

DECIDER = "지기 · 결정"  # the cog that takes decisions
_TEMPLATE = r"jigi:decision:(?P<message_id>[0-9]{1,19}):(?P<answer>right|false)"


class DecisionButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=_TEMPLATE):
    """One of the two buttons under the alert of a message."""

    def __init__(self, button: discord.ui.Button[Any], message_id: int, *, is_right: bool) -> None:
        super().__init__(button)
        self._message_id = message_id
        self._is_right = is_right

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        assert isinstance(item, discord.ui.Button)
        return cls(item, int(match["message_id"]), is_right=match["answer"] == "right")

    async def callback(self, interaction: Interaction) -> None:
        """Pass the decision on. Without the cog Discord says that nobody answers, which is true."""
        cog: Any = interaction.client.get_cog(DECIDER)
        if cog is not None:
            await cog.decide(interaction, self._message_id, is_right=self._is_right)


def decision_view(message_id: int, texts: Texts, *, decided: bool | None = None) -> discord.ui.View:
    """Return the buttons under the alert of a message, that of the decision highlighted."""
    view = discord.ui.View(timeout=None)
    for is_right in (True, False):
        view.add_item(DecisionButton(_button(message_id, texts, is_right, decided), message_id, is_right=is_right))
    view.stop()  # a view that listens would stay behind when the plugin is unloaded; the cog listens for all
    return view


def _button(message_id: int, texts: Texts, is_right: bool, decided: bool | None) -> discord.ui.Button[Any]:
    answer = "right" if is_right else "false"
    return discord.ui.Button(
        style=discord.ButtonStyle.primary if decided is is_right else discord.ButtonStyle.secondary,
        label=texts("decision.right" if is_right else "decision.false_alarm"),
        custom_id=f"jigi:decision:{message_id}:{answer}",
    )
