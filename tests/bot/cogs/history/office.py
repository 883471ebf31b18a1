"""What the stories of looking back have in common: a shop with a channel that moderators alone read, and its pace."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord

from bot.client import Client
from bot.cogs.history.scanning import Pace
from bot.cogs.history.scans import Scans
from tests.discord_server import Channel, Member, Message
from tests.support.shop import Shop, cog_in, open_shop

QUICK = Pace(between_pages=0.0, between_edits=0.0, n_per_page=5, first_pause=0.01)
TO_DRAW = 25.0  # seconds that the first picture of a process may take: it imports matplotlib


@dataclass(frozen=True, slots=True)
class Office:
    """A shop, a channel that nobody watches, and one where moderators are among themselves."""

    shop: Shop
    talk: Channel
    desk: Channel
    admin: Member

    @asynccontextmanager
    async def bot(self, pace: Pace = QUICK, **options: Any) -> AsyncIterator[Client]:
        """Run Jigi, which looks back at a pace for tests."""
        async with self.shop.bot(**options) as bot:
            cog_in(bot, Scans).scanning.pace = pace
            yield bot

    async def say(self, *contents: str, channel: Channel | None = None) -> list[Message]:
        """Have the customer say something in the channel that nobody watches, or another."""
        return [await self.shop.customer.send(channel or self.talk, content) for content in contents]

    async def ask(self, content: str, *, who: Member | None = None, channel: Channel | None = None) -> Message:
        """Have the moderator write a command, and return the bot's next message."""
        await (who or self.shop.moderator).send(channel or self.desk, content)
        return await self.heard(channel)

    async def heard(self, channel: Channel | None = None) -> Message:
        """Return the bot's next message."""
        return await self.shop.server.wait_for_message(
            channel or self.desk, author=self.shop.server.bot_user, timeout=TO_DRAW
        )

    async def reported(self, message: Message) -> Message:
        """Wait until a message shows a report."""
        await self.shop.server.wait_for(lambda: message.embeds, timeout=TO_DRAW, what="the report")
        return message

    def n_rows(self, *tables: str) -> dict[str, int]:
        """Count the rows of tables."""
        return {table: self.shop.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


def table_in(message: Any, name: str) -> list[dict[str, str]]:
    """Return the rows of an attached CSV file."""
    content = message.file(name).data
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@asynccontextmanager
async def open_office(folder: Path, model: Path) -> AsyncIterator[Office]:
    """Open a shop for stories of looking back."""
    async with open_shop(folder, model) as shop:
        talk, desk = shop.guild.add_text_channel("잡담"), shop.guild.add_text_channel("운영진")
        admin = shop.guild.add_member(
            "주인장", permissions=discord.Permissions(manage_guild=True, manage_messages=True)
        )
        desk.set_permissions(shop.guild.everyone, view_channel=False)
        for member in (shop.guild.bot, shop.moderator, admin):
            desk.set_permissions(member, view_channel=True)
            shop.log.set_permissions(member, view_channel=True)
        yield Office(shop, talk, desk, admin)
