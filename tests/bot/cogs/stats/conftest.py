"""Where statistics are asked for: a shop, who may ask, and another server with the same bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from tests.discord_server import Guild, Member
from tests.support.shop import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


@pytest.fixture
def admin(shop: Shop) -> Member:
    """Return a member with Manage Server and Manage Messages."""
    return shop.guild.add_member("운영진", permissions=discord.Permissions(manage_guild=True, manage_messages=True))


@pytest.fixture
def neighbour(shop: Shop) -> Guild:
    """Return another guild with the same bot, its first text channel for the log."""
    guild = shop.server.add_guild()
    guild.add_text_channel("이웃 기록")
    return guild
