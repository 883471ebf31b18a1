"""Show members what is kept about them, give it to them, and erase it: `/privacy`.

In a guild it is about that guild alone, in direct messages about all of them. Whoever may manage a guild can erase a
member who has asked for it, as one who has left may.
"""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime

import discord
from discord.ext import commands

from bot.cogs.members.private import answer
from bot.cogs.shared import replies
from bot.cogs.shared.buttons import answered, plain_button, view_of
from bot.cogs.shared.case_embeds import LARGEST_ID
from bot.cogs.shared.cog import JigiCog, for_everybody, limited_to
from bot.cogs.shared.replies import MOST_CHARACTERS, QUIET, escape, say
from bot.cogs.shared.translator import korean
from bot.cogs.shared.types import Bot, Context, Interaction
from bot.domain.members.holding import Held, document
from bot.localisation.formats import pages
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.storage.connection.engine import DatabaseError
from bot.wording.holding import holding

_TEMPLATE = r"jigi:privacy:(?P<act>delete|forget):(?P<guild_id>[0-9]{1,19}):(?P<user_id>[0-9]{1,19})"
_EVERYWHERE = 0  # in place of a guild
_MOST_BYTES = 8 * 2**20  # of a file that Discord takes from every bot


class PrivacyCog(JigiCog):
    """Answers for what is kept."""

    TITLE = "cog.privacy"

    def __init__(self, bot: Bot, jigi: Jigi) -> None:
        super().__init__(bot, jigi)
        self._buttons = answered(_TEMPLATE, self.press)

    async def cog_load(self) -> None:
        """Listen to the buttons, those of earlier runs too."""
        self.bot.add_dynamic_items(self._buttons)

    async def cog_unload(self) -> None:
        """Listen no more."""
        self.bot.remove_dynamic_items(self._buttons)

    @commands.hybrid_group(aliases=korean("privacy"))
    @for_everybody
    async def privacy(self, ctx: Context) -> None:
        """Say which commands there are."""
        await self.explain_usage(ctx)

    @privacy.command(aliases=korean("privacy show"))
    @for_everybody
    async def show(self, ctx: Context) -> None:
        """Show what is kept about who asks."""
        await ctx.defer(ephemeral=True)
        texts, caller = self.texts(ctx), self.caller(ctx)
        blocks = [
            "\n".join(["", *lines])
            for held in await self._held(ctx)
            if (lines := self._lines(held, ctx.author.id, texts))
        ]
        if not blocks:
            await answer(ctx, _nothing(ctx, texts), texts, "privacy show")
            return
        head = [f"**{texts('holding.title')}**", texts("holding.about", why=caller.name("why"))]
        names = {name: caller.name(f"privacy {name}") for name in ("export", "delete")}
        content = pages([*head, *blocks, "\n" + texts("holding.commands", **names)], MOST_CHARACTERS)
        await answer(ctx, content, texts, "privacy show")

    @privacy.command(aliases=korean("privacy export"))
    @for_everybody
    async def export(self, ctx: Context) -> None:
        """Give who asks all that is kept about them as a file."""
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        held = [each for each in await self._held(ctx) if not each.is_nothing or each.n_as_staff]
        if not held:
            await answer(ctx, _nothing(ctx, texts), texts, "privacy export")
            return
        named = [(each, self._name(each.guild_id)) for each in held]
        written = json.dumps(document(ctx.author.id, datetime.now(UTC), named), ensure_ascii=False, indent=2)
        content = written.encode("utf-8", "replace")
        if len(content) > _MOST_BYTES:
            too_large = texts("holding.too_large", command=self.caller(ctx).name("privacy export"))
            await answer(ctx, too_large, texts, "privacy export")
            return
        file = discord.File(io.BytesIO(content), "jigi-data.json")
        await answer(ctx, texts("holding.exported"), texts, "privacy export", file=file)

    @privacy.command(aliases=korean("privacy delete"))
    @for_everybody
    async def delete(self, ctx: Context) -> None:
        """Ask whether all of it is to be erased."""
        await ctx.defer(ephemeral=True)
        texts, guild_id = self.texts(ctx), ctx.guild.id if ctx.guild else _EVERYWHERE
        held = [each for each in await self._held(ctx) if not each.is_nothing]
        if not held:
            await answer(ctx, _nothing(ctx, texts), texts, "privacy delete")
            return
        n = sum(each.n_messages for each in held)
        asked = texts("holding.confirm_here" if ctx.guild else "holding.confirm", n=n)
        view = _confirming("delete", guild_id, ctx.author.id, texts)
        await answer(ctx, f"{asked}\n{texts('holding.what_stays')}", texts, "privacy delete", view=view)

    @privacy.command(aliases=korean("privacy forget"))
    @limited_to(manage_guild=True)
    async def forget(self, ctx: Context, user: discord.User) -> None:
        """Ask whether what is kept of a member in this guild is to be erased: they have asked for it."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts, who = self.texts(ctx), f"<@{user.id}>"
        if (await self.jigi.database.privacy.held(user.id, ctx.guild.id)).is_nothing:
            await say(ctx, texts("holding.nothing_of", who=who))
            return
        asked = f"{texts('holding.confirm_forget', who=who)}\n{texts('holding.what_stays')}"
        await say(ctx, asked, view=_confirming("forget", ctx.guild.id, user.id, texts))

    async def press(self, interaction: Interaction, match: re.Match[str]) -> None:
        """Erase, if who has pressed may."""
        guild_id, user_id = (min(int(match[name]), LARGEST_ID) for name in ("guild_id", "user_id"))
        texts = self.texts(interaction)
        refusal = _refusal(interaction, match["act"], guild_id, user_id, texts)
        if refusal is not None:
            await replies.reply(interaction, refusal)
            return
        try:
            await interaction.response.defer()
            said = await self._erase(interaction.user.id, match["act"], guild_id, user_id, texts)
            await interaction.edit_original_response(content=said, view=None, allowed_mentions=QUIET)
        except (DatabaseError, discord.HTTPException) as error:
            await replies.report(interaction, error, self.texts_of(interaction.guild))

    async def _erase(self, by: int, act: str, guild_id: int, user_id: int, texts: Texts) -> str:
        privacy = self.jigi.database.privacy
        if act == "delete":
            erased = await privacy.erase(user_id, guild_id or None)
            return texts("holding.done", n=erased.n_messages)
        erased = await privacy.erase(user_id, guild_id, by)
        return texts("holding.done_forget", n=erased.n_messages, who=f"<@{user_id}>")

    async def _held(self, ctx: Context) -> list[Held]:
        """Return what is kept of who asks: in this guild, or in all if they ask where there is none."""
        privacy, user_id = self.jigi.database.privacy, ctx.author.id
        guild_ids = [ctx.guild.id] if ctx.guild else await privacy.guilds_of(user_id)
        return [await privacy.held(user_id, guild_id) for guild_id in guild_ids]

    def _lines(self, held: Held, user_id: int, texts: Texts) -> list[str]:
        settings, guild_id = self.jigi.settings, held.guild_id
        name = self._name(guild_id)
        guild = texts("holding.elsewhere") if guild_id is None else escape(name) if name else str(guild_id)
        is_exempt = user_id in settings.of(guild_id).exempt_user_ids
        return holding(held, guild, settings.retention_days(guild_id), texts, is_exempt=is_exempt)

    def _name(self, guild_id: int | None) -> str | None:
        guild = self.bot.get_guild(guild_id) if guild_id is not None else None
        return guild.name if guild is not None else None


def _nothing(ctx: Context, texts: Texts) -> str:
    return texts("holding.nothing_here" if ctx.guild else "holding.nothing")


def _refusal(interaction: Interaction, act: str, guild_id: int, user_id: int, texts: Texts) -> str | None:
    """Return why somebody may not press, None if they may. What is one's own is erased in direct messages, too."""
    if act == "forget":
        if guild_id != interaction.guild_id:
            return texts("case_answer.foreign")
        has_permission = interaction.permissions.manage_guild
        return None if has_permission else replies.no_permission(["manage_guild"], texts)
    is_here = interaction.guild_id is None or interaction.guild_id == guild_id
    return None if user_id == interaction.user.id and is_here else texts("holding.not_yours")


def _confirming(act: str, guild_id: int, user_id: int, texts: Texts) -> discord.ui.View | None:
    custom_id = f"jigi:privacy:{act}:{guild_id}:{user_id}"
    return view_of([plain_button(texts("holding.button"), custom_id, discord.ButtonStyle.danger)])
