"""A shop, and another server with the same bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from tests.discord_server import Guild
from tests.support.shop import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


@pytest.fixture
def neighbour(shop: Shop) -> Guild:
    """Return another guild, which has the same bot since today; of its channels the second is open to it."""
    guild = shop.server.add_guild("이웃")
    guild.bot.joined_at = discord.utils.utcnow()
    closed = guild.add_text_channel("닫힌 방")
    closed.set_permissions(guild.everyone, send_messages=False)
    guild.add_text_channel("인사")
    return guild
