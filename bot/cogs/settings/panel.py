"""Show `/setup`, page by page, and take what is chosen from its menus, at once and for good.

`bot.cogs.settings.pages` draws and reads the menus. Everything is in the database as soon as it is chosen, so that a
panel can be left at any page, and one that an earlier run has shown goes on working.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any, Self

import discord

from bot.cogs.settings import pages
from bot.cogs.settings.changes import Changes
from bot.cogs.shared import replies
from bot.cogs.shared.channels import find_channel
from bot.cogs.shared.permissions import is_public
from bot.cogs.shared.replies import QUIET, RefusedError, say
from bot.cogs.shared.types import Bot, Context, Interaction
from bot.localisation.texts import Texts
from bot.storage.connection.engine import DatabaseError

_Answer = Callable[[Interaction, int, str, list[Any]], Awaitable[None]]


class Panel:
    """The panels of all guilds.

    Whom Discord has let use the command without the permission may use its answer `let_in_for` so long.
    """

    def __init__(
        self,
        bot: Bot,
        changes: Changes,
        texts: Callable[[Interaction], Texts],
        *,
        let_in_for: timedelta = timedelta(minutes=15),
    ) -> None:
        self._bot, self._changes, self._texts = bot, changes, texts
        self._let_in_for = let_in_for
        self._menus = _answered_by(self.answer)

    def listen(self) -> None:
        """Listen to the menus of all panels, those of earlier runs too."""
        self._bot.add_dynamic_items(self._menus)

    def stop_listening(self) -> None:
        """Listen no more."""
        self._bot.remove_dynamic_items(self._menus)

    async def open(self, ctx: Context, texts: Texts) -> None:
        """Show the first page."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        content, view = await self._page(0, ctx.guild, texts)
        await say(ctx, content, view=view)

    async def answer(self, interaction: Interaction, page: int, name: str, values: list[Any]) -> None:
        """Take a choice from a menu, or turn to a page, if whoever did it may."""
        texts = self._texts(interaction)
        if interaction.guild is None or not self._may_use(interaction):
            await replies.reply(interaction, replies.no_permission(["manage_guild"], texts))
            return
        try:
            await interaction.response.defer()  # Discord waits for 3 s only, the database may take longer
            notes = [] if name == pages.TURN else await self._take(interaction, name, values, texts)
            content, view = await self._page(page, interaction.guild, texts, notes)
            await interaction.edit_original_response(content=content, view=view, allowed_mentions=QUIET)
        except (DatabaseError, discord.HTTPException) as error:
            await replies.report(interaction, error, texts)

    def _may_use(self, interaction: Interaction) -> bool:
        message = interaction.message
        if interaction.permissions.manage_guild or message is None:
            return interaction.permissions.manage_guild
        return message.flags.ephemeral and discord.utils.utcnow() - message.created_at < self._let_in_for

    async def _take(self, interaction: Interaction, name: str, values: list[Any], texts: Texts) -> list[str]:
        """Change what was chosen; return what is to be said of it."""
        guild, by = interaction.guild, interaction.user.id
        assert guild is not None
        try:
            chosen = await pages.read_choice(name, values, guild)
        except RefusedError as refused:
            return [f"⚠️ {refused.sentence(texts)}"]
        if name == "alerts_per_day":
            wanted = chosen[name]
            assert wanted is None or isinstance(wanted, float)
            return self._changes.about_choice(await self._changes.alerts_per_day(guild.id, by, wanted), texts)
        await self._changes.make(guild.id, by, **chosen)
        log_channel_id = chosen.get("log_channel_id")
        channel = await find_channel(guild, log_channel_id) if isinstance(log_channel_id, int) else None
        if channel is None or not is_public(channel):
            return []
        return [texts("settings.public_log_channel", channel=channel.mention)]

    async def _page(
        self, page: int, guild: discord.Guild, texts: Texts, notes: Iterable[str] = ()
    ) -> tuple[str, discord.ui.View]:
        chosen, effective = await self._changes.holding(guild.id)
        there = await pages.There.of(guild, chosen)
        return pages.content(page, chosen, effective, texts, notes), pages.view(page, there, chosen, texts)


def _answered_by(answer: _Answer) -> type[discord.ui.DynamicItem[Any]]:
    """Return the menus and buttons of all panels, those of earlier runs too, as `answer` answers them."""

    class PanelItem(discord.ui.DynamicItem[Any], template=pages.TEMPLATE):
        """A menu that was used, or a button that was pressed."""

        def __init__(self, item: Any, page: int, name: str) -> None:
            super().__init__(item)
            self._page, self._name = page, name

        @classmethod
        async def from_custom_id(
            cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
        ) -> Self:
            return cls(item, int(match["page"]), match["field"])

        async def callback(self, interaction: Interaction) -> None:
            await answer(interaction, self._page, self._name, list(getattr(self.item, "values", ())))

    return PanelItem
