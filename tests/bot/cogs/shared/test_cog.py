"""Text commands are called as the slash commands are shown: in English or Korean, all of them answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from discord.ext import commands

from bot import plugin
from bot.client import INTENTS
from bot.config import Config
from bot.localisation.texts import Texts
from bot.plugin import COGS
from bot.runtime import PluginError
from tests.support.shop import BAD, Shop, open_shop
from tests.support.talk import ask

KO = Texts.load("ko")


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


def test_every_text_command_has_its_korean_name() -> None:
    for cog in COGS:
        for command in cog.__cog_commands__:
            key = f"command.{'_'.join(command.qualified_name.split())}_name"
            assert command.aliases == [KO(key)]


@pytest.mark.parametrize(
    ("written", "answer"), [(f"!확인 {BAD}", "부정"), ("!예시 목록", "이 서버의 예시"), ("!기준 보기", "지금 기준")]
)
async def test_by_its_korean_name_a_text_command_is_answered_and_not_judged(
    shop: Shop, written: str, answer: str
) -> None:
    async with shop.bot():
        assert answer in await ask(shop, written)
        assert shop.rows("SELECT count(*) FROM verdicts") == [(0,)]


async def test_a_korean_name_that_is_taken_is_a_clash(tmp_path: Path, tiny_model: Path) -> None:
    async with commands.Bot("!", intents=INTENTS) as bot:

        @bot.command(name="확인")
        async def own(ctx: commands.Context[commands.Bot]) -> None:
            """Do something else."""

        url = f"sqlite+aiosqlite:///{tmp_path / 'jigi.sqlite3'}"
        bot.jigi_config = Config(database_url=url, model_folder=tiny_model)  # type: ignore[attr-defined]
        with pytest.raises(PluginError, match="확인"):
            await plugin.setup(bot)
