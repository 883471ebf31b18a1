"""Answer members alone: by an interaction where only they see it, after a prefix in a direct message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.cogs.shared.replies import QUIET, say
from bot.cogs.shared.types import Context
from bot.localisation.commands import Caller
from bot.localisation.texts import Texts


async def answer(ctx: Context, content: str | Sequence[str], texts: Texts, command: str, **attached: Any) -> None:
    """Answer a command, on one page or several, where nobody else reads it; where that cannot be, say how it can."""
    pages = [content] if isinstance(content, str) else content
    if ctx.interaction is not None or ctx.guild is None:
        for page in pages:
            await say(ctx, page, suppress_embeds=True, **attached)
        return
    try:
        for page in pages:
            await ctx.author.send(page, allowed_mentions=QUIET, suppress_embeds=True, **attached)
    except discord.Forbidden:
        await say(ctx, texts("examples.no_direct_messages", command=Caller(texts).name(command)))
        return
    await say(ctx, texts("members.sent_directly"))
