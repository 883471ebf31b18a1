"""What is said in the tests of guilds, and how to wait for what the bot does by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.cogs.guilds.cog import Guilds
from bot.cogs.shared.types import Bot
from bot.domain.stays import KEPT_DAYS
from tests.discord_server import Channel, Guild
from tests.support.shop import Shop, cog_in
from tests.support.talk import KO

WELCOME, BACK = (KO(f"stay.{each}", prefix="!", days=KEPT_DAYS) for each in ("welcome", "back"))


def channel_of(guild: Guild, name: str = "인사") -> Channel:
    return next(each for each in guild.channels.values() if each.name == name)


def said(channel: Channel) -> list[str]:
    """Return what the bot has written in a channel, by itself."""
    return [each.content for each in channel.history if each.author is channel.server.bot_user]


def letters(shop: Shop, user: Any) -> list[str]:
    """Return what the bot has written to somebody."""
    return said(shop.server.state.direct_messages(getattr(user, "user", user)))


async def settled(bot: Bot) -> None:
    """Wait until all that the events until now have begun is done."""
    cog = cog_in(bot, Guilds)
    async with asyncio.timeout(10):
        while cog._background or cog.log_channels._soon:  # noqa: ASYNC110 (nobody tells when it is over)
            await asyncio.sleep(0.01)


async def stays(shop: Shop, holds: Callable[[dict[int, Any]], bool]) -> None:
    """Wait until something holds of when guilds were left, by guild."""

    def look() -> bool:
        return holds(dict(shop.rows("SELECT guild_id, left_at FROM stays")))

    await shop.server.wait_for(look, what="the stays")


def make_stays_older(shop: Shop, days: int) -> None:
    """Have everything that was left be left some days earlier."""
    shop.change(f"UPDATE stays SET left_at = datetime(left_at, '-{days} days') || '.000000'")
