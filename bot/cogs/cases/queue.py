"""Work through the open cases, one after the other, in one message that only whoever works on them sees: `/queue`.

Where somebody is stands in the custom ids of the buttons, so that a restart loses nothing. "Next" leaves a case for
later; "skip" leaves it to the others.
"""

from __future__ import annotations

import re
from typing import Any

import discord
from discord.ext import commands

from bot.cogs.cases.settling import settle
from bot.cogs.shared import replies
from bot.cogs.shared.buttons import answered, plain_button, view_of
from bot.cogs.shared.case_embeds import CaseDrawer
from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.replies import QUIET, say
from bot.cogs.shared.translator import korean
from bot.cogs.shared.types import Bot, Context, Interaction
from bot.domain.cases import ActKind, Case, CaseEndedError, CaseError
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError
from bot.wording.cases import button, obstacle

_TEMPLATE = r"jigi:queue:(?P<guild_id>[0-9]{1,19}):(?P<number>[0-9]{1,10}):(?P<act>right|false_alarm|skip|next|open)"


class Queue(JigiCog):
    """Shows one open case after the other."""

    TITLE = "cog.queue"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._drawer = CaseDrawer(bot, jigi.models)
        self._buttons = answered(_TEMPLATE, self.press)

    async def cog_load(self) -> None:
        """Listen to the buttons, those of earlier runs too."""
        self.bot.add_dynamic_items(self._buttons)

    async def cog_unload(self) -> None:
        """Listen no more."""
        self.bot.remove_dynamic_items(self._buttons)

    @commands.hybrid_command(aliases=korean("queue"))
    @limited_to(manage_messages=True)
    async def queue(self, ctx: Context) -> None:
        """Show the oldest open case, or in a channel where others read along a button that does."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        if ctx.interaction is not None:
            await say(ctx, **_sendable(await self._page(ctx.guild.id, 0, ctx.author.id, texts)))
            return
        n_open = await self.jigi.database.cases.n_open(ctx.guild.id)
        if not n_open:
            await say(ctx, texts("queue.empty"))
            return
        opening = plain_button(texts("case_act.open_queue"), f"jigi:queue:{ctx.guild.id}:0:open")
        await say(ctx, texts("queue.invitation", n=n_open), view=view_of([opening]))

    async def press(self, interaction: Interaction, match: re.Match[str]) -> None:
        """Answer a button of the queue, for somebody who may."""
        texts, guild_id = self.texts(interaction), interaction.guild_id
        if guild_id is None or int(match["guild_id"]) != guild_id:
            await replies.reply(interaction, texts("case_answer.foreign"))
            return
        if not interaction.permissions.manage_messages:
            await replies.reply(interaction, replies.no_permission(["manage_messages"], texts))
            return
        try:
            await self._answer(interaction, guild_id, int(match["number"]), match["act"], texts)
        except (DatabaseError, discord.HTTPException) as error:
            await replies.report(interaction, error, self.texts_of(interaction.guild))

    async def _answer(self, interaction: Interaction, guild_id: int, number: int, act: str, texts: Texts) -> None:
        if act == "open":
            await interaction.response.defer(ephemeral=True, thinking=True)
            page = _sendable(await self._page(guild_id, 0, interaction.user.id, texts))
            await interaction.followup.send(**page, ephemeral=True, allowed_mentions=QUIET)
            return
        await interaction.response.defer()
        said = await self._work(interaction, guild_id, number, act, texts)
        page = await self._page(guild_id, number, interaction.user.id, texts, said)
        await interaction.edit_original_response(**page, allowed_mentions=QUIET)

    async def _work(self, interaction: Interaction, guild_id: int, number: int, act: str, texts: Texts) -> str:
        """Do what was pressed, and return what to say of it above the next case."""
        by = interaction.user.id
        try:
            if act == "skip":
                await self.jigi.database.cases.note(guild_id, number, ActKind.SKIP, by)
            elif act != "next":
                return f"#{number} · {await settle(self.jigi, guild_id, number, ActKind(act), by, texts)}"
        except CaseEndedError as error:
            return f"#{number} · {obstacle(error, texts)}"
        except CaseError as error:
            return obstacle(error, texts)
        return ""

    async def _page(self, guild_id: int, after: int, by: int, texts: Texts, said: str = "") -> dict[str, Any]:
        """Return how the queue looks behind a case: the next one, or that there is none."""
        cases = self.jigi.database.cases
        file, n_open = await cases.next_open(guild_id, after, by), await cases.n_open(guild_id)
        if file is None:
            left = texts("queue.all_skipped", n=n_open) if n_open else texts("queue.empty")
            return {"content": "\n".join(filter(None, [said, left])), "embed": None, "view": None}
        embed, _ = await self._drawer.draw(file, texts)
        content = "\n".join(filter(None, [said, texts("queue.left", n=n_open)]))
        return {"content": content, "embed": embed, "view": _view(file.case, texts)}


def _view(case: Case, texts: Texts) -> discord.ui.View | None:
    names = {
        ActKind.RIGHT.value: button(ActKind.RIGHT, texts),
        ActKind.FALSE_ALARM.value: button(ActKind.FALSE_ALARM, texts),
        "next": texts("case_act.next"),
        ActKind.SKIP.value: button(ActKind.SKIP, texts),
    }
    return view_of(
        [plain_button(label, f"jigi:queue:{case.guild_id}:{case.number}:{act}") for act, label in names.items()]
    )


def _sendable(page: dict[str, Any]) -> dict[str, Any]:
    """Return a page without what is not there: to send takes something else than to edit."""
    return {name: value for name, value in page.items() if value is not None}
