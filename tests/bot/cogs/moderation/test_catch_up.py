"""Messages wait for what was missed before them, and none of them waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cogs.moderation.catch_up import CatchUp
from bot.cogs.moderation.reader import Reader
from bot.cogs.shared.types import Bot
from bot.domain.messages import IncomingMessage
from tests.support.shop import BAD, Shop, jigi_in, open_shop


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


def session(bot: Bot, earlier: CatchUp | None = None) -> CatchUp:
    """Begin a gateway session."""
    return CatchUp(jigi_in(bot), Reader(bot, jigi_in(bot).config), earlier, first_pause=0.01)


def incoming(message_id: int, channel_id: int) -> IncomingMessage:
    return IncomingMessage(message_id, channel_id, 1, 99, BAD)


async def judged(bot: Bot, message_id: int) -> None:
    """Wait until a message has a verdict."""
    async with asyncio.timeout(5):
        while await jigi_in(bot).database.verdicts.newest(message_id) is None:  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.01)


async def test_what_an_earlier_session_has_parked_is_judged(shop: Shop) -> None:
    async with shop.bot() as bot:
        first = session(bot)
        await first.submit(incoming(1, channel_id=5))
        await jigi_in(bot).pipeline.drain()
        assert await jigi_in(bot).database.verdicts.newest(1) is None
        second = session(bot, first)
        await second.submit(incoming(2, channel_id=5))
        second.start([])
        await judged(bot, 1)
        await judged(bot, 2)
        await second.stop()


async def test_what_opens_when_catching_up_is_over_is_judged_at_once(shop: Shop) -> None:
    async with shop.bot() as bot:
        catch_up = session(bot)
        catch_up.start([])
        assert catch_up._task is not None
        await catch_up._task
        await catch_up.submit(incoming(3, channel_id=6))
        await judged(bot, 3)


async def test_a_database_that_refuses_is_sat_out(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    async with shop.bot() as bot:
        await shop.begin_watching(bot, shop.reviews)
        catch_up = session(bot)
        await catch_up.submit(incoming(4, channel_id=shop.reviews.id))
        await shop.change_beside(bot, "ALTER TABLE channels RENAME TO hidden")
        catch_up.start(bot.guilds)
        await shop.server.wait_for(lambda: caplog.text.count("could not be read") >= 2, what="two refusals")
        await asyncio.to_thread(shop.change, "ALTER TABLE hidden RENAME TO channels")
        await judged(bot, 4)
        await catch_up.stop()
