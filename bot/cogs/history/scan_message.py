"""The one message that shows a look through old messages: its progress, and in the end its report."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from typing import Any

import discord
from discord.utils import MISSING

from bot.cogs.shared.buttons import plain_button, view_of
from bot.cogs.shared.replies import QUIET
from bot.cogs.shared.sent_before import own_message
from bot.cogs.shared.types import Bot
from bot.domain.history.scans import Scan, Scanned, ScanState, most_negative, spans
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.services.pictures import PictureError, picture_of_scan
from bot.wording import scans

_ID = "[0-9]{1,19}"
TEMPLATE = rf"jigi:scan:(?P<guild_id>{_ID}):(?P<scan_id>{_ID})"
CSV, PICTURE = "jigi-scan.csv", "jigi-scan.png"
_N_LINES = 5  # of the most negative messages


class ScanMessage:
    """The message of a look. Its methods raise what discord.py does if Discord cannot do it."""

    def __init__(self, bot: Bot, jigi: Jigi, scan: Scan) -> None:
        self._bot, self._jigi = bot, jigi
        self._channel = bot.get_partial_messageable(scan.request.report_channel_id, guild_id=scan.request.guild_id)
        self._message_id = scan.report_message_id

    async def open(self, scan: Scan, *, may_be_there: bool = False) -> None:
        """Send the message, unless it is there. `may_be_there`: a process may have died before it could note it."""
        if self._message_id is not None:
            return
        if may_be_there:
            self._message_id = await self._find_sent(scan)
        if self._message_id is None:
            content = scans.progress_text(scan, None, self._texts(scan))
            sent = await self._channel.send(content, view=self._buttons(scan) or MISSING, allowed_mentions=QUIET)
            self._message_id = sent.id
        await self._jigi.database.scans.show_in(scan, self._message_id)

    async def show(self, scan: Scan, n_minutes: int | None) -> None:
        """Show how far a look is."""
        content = scans.progress_text(scan, n_minutes, self._texts(scan))
        await self._edit(content=content, view=self._buttons(scan))

    async def end(self, scan: Scan, state: ScanState) -> None:
        """Say why a look has ended before it was done."""
        await self._edit(content=scans.ending(state, self._texts(scan)), view=None)

    async def report(self, scan: Scan, found: Sequence[Scanned], n_unreadable: int) -> None:
        """Show what came out, with all of it in a file and a picture."""
        texts, guild_id = self._texts(scan), scan.request.guild_id
        files = []
        embed = report_embed(scan, found, texts)
        if n_unreadable:
            embed.add_field(name=texts("scan.note"), value=texts("scan.unreadable"), inline=False)
        if found:
            table = await asyncio.to_thread(scans.table, found, guild_id, texts)
            files.append(discord.File(io.BytesIO(table), CSV, description=texts("scan.csv")))
            try:
                parts = spans(found, self._jigi.settings.of(guild_id).time_zone)
                picture = await self._jigi.pictures.draw(guild_id, picture_of_scan(found, parts, texts))
            except PictureError as error:
                embed.add_field(name=texts("scan.note"), value=texts(f"picture.{error.problem}"), inline=False)
            else:
                described = texts("scan.picture", summary=scans.spoken_summary(found, texts))
                files.append(discord.File(io.BytesIO(picture), PICTURE, description=described))
                embed.set_image(url=f"attachment://{PICTURE}")
        await self._edit(content="", embed=embed, attachments=files, view=None)

    async def _edit(self, **changes: Any) -> None:
        assert self._message_id is not None
        await self._channel.get_partial_message(self._message_id).edit(allowed_mentions=QUIET, **changes)

    async def _find_sent(self, scan: Scan) -> int | None:
        def is_it(message: discord.Message) -> bool:
            pressed = [getattr(each, "custom_id", None) for row in message.components for each in _children(row)]
            return _custom_id(scan) in pressed

        return await own_message(self._bot, self._channel, is_it)

    def _buttons(self, scan: Scan) -> discord.ui.View | None:
        label = self._texts(scan)("scan.cancel")
        return view_of([plain_button(label, _custom_id(scan), discord.ButtonStyle.danger)])

    def _texts(self, scan: Scan) -> Texts:
        return self._jigi.settings.texts(scan.request.guild_id)


def report_embed(scan: Scan, found: Sequence[Scanned], texts: Texts) -> discord.Embed:
    """Draw what came out, in numbers and with the way to the most negative messages."""
    embed = discord.Embed(title=texts("scan.report"), description=scans.summary(scan, found, texts))
    embed.colour = discord.Colour.dark_grey()
    if found:
        embed.add_field(name=texts("scan.judged_by"), value="\n".join(scans.models(found, texts)), inline=False)
    if worst := most_negative(found, _N_LINES):
        lines = scans.lines_of(worst, scan.request.guild_id, texts)
        embed.add_field(name=texts("scan.most_negative"), value="\n".join(lines), inline=False)
    return embed.set_footer(text=texts("scan.footer"))


def _custom_id(scan: Scan) -> str:
    return f"jigi:scan:{scan.request.guild_id}:{scan.id}"


def _children(row: Any) -> Sequence[Any]:
    children: Sequence[Any] = getattr(row, "children", ())
    return children
