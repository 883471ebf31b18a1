"""Text commands are called as the slash commands are shown: in English or Korean, all of them answered."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import discord
import pytest
from discord.ext import commands

from bot import plugin
from bot.client import INTENTS
from bot.cogs.shared.help_pages import STANDS_FOR
from bot.config import Config
from bot.localisation.texts import Texts
from bot.plugin import COGS, HELP
from bot.runtime import PluginError
from tests.support.shop import BAD, Shop, open_shop
from tests.support.talk import ask

KO = Texts.load("ko")


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


def test_every_text_command_has_its_korean_name() -> None:
    for cog in (*COGS, *HELP):
        for command in cog.__cog_commands__:
            name = command.extras.get(STANDS_FOR) or command.qualified_name
            assert command.aliases == [KO(f"command.{'_'.join(name.split())}_name")]


@pytest.mark.parametrize(
    ("written", "answer"), [(f"!확인 {BAD}", "부정"), ("!예시 목록", "이 서버의 예시"), ("!기준 보기", "지금 기준")]
)
async def test_by_its_korean_name_a_text_command_is_answered_and_not_judged(
    shop: Shop, written: str, answer: str
) -> None:
    async with shop.bot():
        assert answer in await ask(shop, written)
        assert shop.rows("SELECT count(*) FROM verdicts") == [(0,)]


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("check", {"text": BAD}), ("teach", {"label": "negative", "text": BAD}), ("examples list", {}),
        ("examples remove", {"ids": "1"}), ("examples export", {}), ("threshold show", {}), ("threshold suggest", {}),
        ("threshold set", {"value": "0.9"}), ("threshold reset", {}), ("retrain start", {}), ("model list", {}),
        ("model show", {}), ("model use", {"version": "v1"}), ("model rollback", {}), ("model export", {}),
        ("words similar", {"word": "배송"}), ("words analogy", {"positive": "배송 영화"}), 
        ("words oddone", {"words": "배송 택배 영화"}),
        ("words similarity", {"first": "배송", "second": "영화"}),
    ],
)  # fmt: skip
async def test_what_may_take_long_says_first_that_it_is_thinking(
    shop: Shop, command: str, options: dict[str, Any]
) -> None:
    permissions = discord.Permissions(manage_messages=True, manage_guild=True)
    admin = shop.guild.add_member("운영진", permissions=permissions)
    async with shop.bot():
        answer = await admin.use_slash(shop.reviews, command, within=20, **options)
    assert answer.was_deferred
    assert answer.is_ephemeral


async def test_a_busy_database_makes_nobody_think_that_nothing_happened(shop: Shop) -> None:
    async with shop.bot():
        with closing(sqlite3.connect(shop.database_path, check_same_thread=False)) as other:
            await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")  # while the bot writes, it needs the loop
            asking = asyncio.create_task(
                shop.moderator.use_slash(shop.reviews, "teach", label="negative", text=BAD, within=20)
            )
            await asyncio.sleep(3.5)  # Discord gives up after 3
            other.rollback()
        answer = await asking
    assert KO("examples.counts", positive=0, negative=1, neutral=0) in answer.content


async def test_a_korean_name_that_is_taken_is_a_clash(tmp_path: Path, tiny_model: Path) -> None:
    async with commands.Bot("!", intents=INTENTS) as bot:

        @bot.command(name="확인")
        async def own(ctx: commands.Context[commands.Bot]) -> None:
            """Do something else."""

        url = f"sqlite+aiosqlite:///{tmp_path / 'jigi.sqlite3'}"
        bot.jigi_config = Config(database_url=url, model_folder=tiny_model)  # type: ignore[attr-defined]
        with pytest.raises(PluginError, match="확인"):
            await plugin.setup(bot)
