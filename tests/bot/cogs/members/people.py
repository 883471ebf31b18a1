"""What the stories of members have in common: two guilds with Jigi, and a customer who is in both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord

from bot.cogs.shared.types import Bot
from tests.bot.cogs.cases.desk import open_desk
from tests.discord_server import Channel, Member, Message
from tests.support.shop import BAD, Shop, jigi_in


class Town:
    """A shop, and another guild that knows nothing of it; `twin` is the customer there."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.other = shop.server.add_guild("다른 서버")
        self.reviews, self.log = self.other.add_text_channel("후기"), self.other.add_text_channel("기록실")
        self.twin = self.other.add_member("손님", user=shop.customer.user)
        self.moderator = self.other.add_member("옆 운영자", permissions=discord.Permissions(manage_messages=True))

    async def set_up(self, bot: Bot) -> None:
        """Have the other guild's messages judged, too."""
        settings = jigi_in(bot).settings
        await settings.change(self.other.id, 1, watched=_watching(self.reviews), log_channel_id=self.log.id)

    async def flagged_there(self, content: str = BAD) -> tuple[Message, Message]:
        """Have a message of the customer flagged in the other guild; return it and its alert."""
        message = await self.shop.flagged(await self.twin.send(self.reviews, content))
        alert = await self.shop.server.wait_for_message(self.log, author=self.shop.server.bot_user)
        return message, alert


def _watching(channel: Channel) -> Any:
    from bot.config import WatchedChannels

    return WatchedChannels(frozenset({channel.id}))


@asynccontextmanager
async def open_town(folder: Path, model: Path, **options: Any) -> AsyncIterator[Town]:
    """Open both guilds."""
    async with open_desk(folder, model, **options) as shop:
        yield Town(shop)


def link(message: Message) -> str:
    """Return the link that Discord copies."""
    assert message.channel.guild is not None
    return f"https://discord.com/channels/{message.channel.guild.id}/{message.channel.id}/{message.id}"


async def told(shop: Shop, member: Member) -> Message:
    """Return the next direct message of the bot to a member."""
    return await shop.server.wait_for_message(member.direct_messages, author=shop.server.bot_user)
