"""Let a guild choose the weekday of its digest: `!settings digest 월요일`, and say what became of the newest one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from discord import app_commands

from bot.cogs.settings.arguments import is_word
from bot.cogs.shared.permissions import missing_permissions, named
from bot.cogs.shared.replies import RefusedError, escape, say
from bot.cogs.shared.translator import marked
from bot.cogs.shared.types import Context
from bot.domain.digests import DigestState
from bot.localisation.formats import cut
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.wording.cases import moment
from bot.wording.settings import line

_NEEDED = ("view_channel", "send_messages", "attach_files")
_MONDAY, _DAYS = 0, range(7)
WHEN = [
    *(app_commands.Choice(name=marked(f"settings.weekday_{each}"), value=f"{each}") for each in _DAYS),
    app_commands.Choice(name=marked("settings.digest_off"), value="off"),
]


class DigestSettings:
    """The command, for the cog whose group it is in."""

    async def digest(self: Any, ctx: Context, *, when: str = "") -> None:
        """Choose the weekday of the digest, or say what holds and what became of the newest."""
        assert ctx.guild is not None
        if when:
            weekday = read_weekday(when)
            await ctx.defer(ephemeral=True)
            done = await self._changes.make(ctx.guild.id, ctx.author.id, digest_weekday=weekday)
            notes = list(_obstacles(ctx, self.jigi, self.texts(ctx))) if weekday is not None else []
            await self._say(ctx, done, notes)
            return
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        chosen, effective = await self._changes.holding(ctx.guild.id)
        newest = await self.jigi.database.digests.newest(ctx.guild.id)
        lines = [line("digest_weekday", chosen, effective, texts)]
        if newest is not None:
            lines.append(texts(f"settings.digest_{newest.state}", when=moment(newest.due_at, "f")))
        if newest is not None and newest.state in (DigestState.REFUSED, DigestState.FAILED):
            lines += _obstacles(ctx, self.jigi, texts)
        await say(ctx, "\n".join(lines))


def read_weekday(written: str) -> int | None:
    """Return the weekday that somebody has written, None for none; "on" is Monday.

    Raises:
        RefusedError: It is none.
    """
    if is_word(written, "word_off"):
        return None
    if is_word(written, "word_on"):
        return _MONDAY
    found = next((each for each in _DAYS if is_word(written, f"word_weekday_{each}")), None)
    if found is None:
        raise RefusedError("settings.bad_weekday", received=escape(cut(written, 40)))
    return found


def _obstacles(ctx: Context, jigi: Jigi, texts: Texts) -> Iterator[str]:
    """Say what keeps a digest from being sent, and how to mend it."""
    assert ctx.guild is not None
    log_channel_id = jigi.settings.effective(ctx.guild.id).log_channel_id
    channel = ctx.guild.get_channel_or_thread(log_channel_id or 0)
    if log_channel_id is None:
        yield texts("self_test.no_log_channel")
    elif channel is None:
        yield texts("settings.unknown_channel", received=log_channel_id)
    elif missing := missing_permissions(channel, _NEEDED):
        yield texts("settings.unwritable", channel=channel.mention, names=named(missing, texts))
