"""Each channel is caught up with by itself: nothing is lost, nothing judged twice, and no channel waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.cogs.moderation.catch_up import CatchUp
from bot.cogs.reading.reader import Reader
from bot.cogs.shared.types import Bot
from bot.domain.messages import IncomingMessage
from tests.support.shop import BAD, GOOD, Shop, jigi_in, open_shop


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


def session(bot: Bot, **options: Any) -> CatchUp:
    """Begin a gateway session."""
    return CatchUp(jigi_in(bot), Reader(bot, jigi_in(bot).settings), first_pause=0.01, **options)


def incoming(message_id: int, channel: Any) -> IncomingMessage:
    return IncomingMessage(message_id, channel.id, 1, 99, BAD)


async def judged(bot: Bot, message_id: int) -> None:
    """Wait until a message has a verdict."""
    async with asyncio.timeout(10):
        while await jigi_in(bot).database.verdicts.newest(message_id) is None:  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.01)


def messages_judged(shop: Shop) -> list[int]:
    return [message_id for (message_id,) in shop.rows("SELECT message_id FROM verdicts ORDER BY id")]


class TestParking:
    async def test_what_comes_before_the_session_is_ready_is_judged_when_it_is(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
            channel: Any = bot.get_channel(shop.reviews.id)
            catch_up = session(bot)
            catch_up.begin_session()
            catch_up.submit(incoming(1 << 62, channel), channel)
            await jigi_in(bot).pipeline.drain()
            assert await jigi_in(bot).database.verdicts.newest(1 << 62) is None
            catch_up.read(bot.guilds)
            await judged(bot, 1 << 62)
            catch_up.submit(incoming((1 << 62) + 1, channel), channel)
            await judged(bot, (1 << 62) + 1)
            await catch_up.stop()

    async def test_a_database_that_refuses_is_sat_out(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
            channel: Any = bot.get_channel(shop.reviews.id)
            catch_up = session(bot)
            await shop.change_beside(bot, "ALTER TABLE channels RENAME TO hidden")
            catch_up.read(bot.guilds)
            catch_up.submit(incoming(1 << 62, channel), channel)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(shop.change, "ALTER TABLE hidden RENAME TO channels")
            await judged(bot, 1 << 62)
            await catch_up.stop()

    async def test_more_than_can_be_parked_is_read_from_the_history_in_order(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
            channel: Any = bot.get_channel(shop.reviews.id)
            said = [await shop.customer.send(shop.reviews, f"{GOOD} {n}") for n in range(30)]
            for message in said:
                await judged(bot, message.id)
        shop.change("DELETE FROM verdicts")
        shop.change("UPDATE channels SET last_message_id = ?", said[0].id - 1)
        async with shop.bot() as bot:
            channel = bot.get_channel(shop.reviews.id)
            catch_up = session(bot, n_parked=2)
            catch_up.begin_session()
            for message in said:
                catch_up.submit(IncomingMessage(message.id, channel.id, 1, 99, message.content), channel)
            assert len(catch_up._behind[channel.id].parked) == 2
            catch_up.read(bot.guilds)
            for message in said:
                await judged(bot, message.id)
            await catch_up.stop()
        assert messages_judged(shop) == [message.id for message in said]

    async def test_a_channel_for_which_there_is_no_room_is_read_afterwards(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
            jigi_in(bot).pipeline._judge._queue_size = 3
            said = [await shop.customer.send(shop.reviews, f"{GOOD} {n}") for n in range(60)]
            for message in said:
                await judged(bot, message.id)
            late = await shop.customer.send(shop.reviews, GOOD)
            await judged(bot, late.id)
        assert messages_judged(shop) == [message.id for message in (*said, late)]


class TestOneChannelsTrouble:
    async def test_a_history_that_cannot_be_read_holds_up_no_other_channel(self, shop: Shop) -> None:
        other = shop.guild.add_text_channel("질문")
        watched = shop.config.watched.__class__(frozenset({shop.reviews.id, other.id}))
        async with shop.bot(watched=watched) as bot:
            for channel in (shop.reviews, other):
                await shop.begin_watching(bot, channel)
        missed = await shop.customer.send(other, BAD)
        await shop.customer.send(shop.reviews, BAD)
        shop.server.faults.add("GET", f"/channels/{shop.reviews.id}/messages", status=503, times=200)
        async with shop.bot(watched=watched) as bot:
            await judged(bot, missed.id)
            live = await shop.customer.send(other, BAD)
            await judged(bot, live.id)

    async def test_a_message_that_nobody_can_parse_is_left_out_alone(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
        before = await shop.customer.send(shop.reviews, BAD)
        await shop.customer.ask(shop.reviews, "언제 올까요?", ["오늘", "내일"])  # it never ends: discord.py stumbles
        after = await shop.customer.send(shop.reviews, BAD)
        async with shop.bot() as bot:
            for message in (before, after):
                await judged(bot, message.id)

    async def test_a_channel_that_may_not_be_read_is_not_tried_for_ever(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
        await shop.customer.send(shop.reviews, BAD)
        shop.reviews.set_permissions(shop.guild.bot, read_message_history=False)
        async with shop.bot() as bot:
            live = await shop.customer.send(shop.reviews, BAD)
            await judged(bot, live.id)


class TestLateComers:
    async def test_a_guild_that_comes_later_is_caught_up_with(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
        missed = await shop.customer.send(shop.reviews, BAD)
        shop.guild.is_unavailable = True
        async with shop.bot() as bot:
            await bot.wait_until_ready()
            shop.guild.become_available()
            await judged(bot, missed.id)

    async def test_a_thread_that_was_archived_meanwhile_is_read(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            start = await shop.customer.send(shop.reviews, GOOD)
            await judged(bot, start.id)
        thread = shop.reviews.add_thread("교환")
        missed = await shop.customer.send(thread, BAD)
        thread.archive()
        async with shop.bot() as bot:
            await judged(bot, missed.id)


class TestDeletions:
    async def test_what_is_deleted_with_its_channel_leaves_no_text(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await jigi_in(bot).pipeline.drain()
            shop.reviews.delete()
            await forgotten(shop)

    async def test_what_is_deleted_with_its_thread_leaves_no_text(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            thread = shop.reviews.add_thread("교환")
            message = await shop.customer.send(thread, BAD)
            await judged(bot, message.id)
            thread.delete()
            await forgotten(shop)

    async def test_what_was_deleted_in_our_absence_leaves_no_text(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await jigi_in(bot).pipeline.drain()
        await shop.customer.delete(message)
        async with shop.bot():
            await forgotten(shop)

    async def test_what_was_edited_in_our_absence_is_judged_again(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await jigi_in(bot).pipeline.drain()
        await shop.customer.edit(message, GOOD)
        async with shop.bot() as bot:
            await shop.verdict(bot, message, where=lambda each: not each.is_flagged)


async def forgotten(shop: Shop) -> None:
    """Wait until no text is left in the database."""
    async with asyncio.timeout(10):
        while shop.rows("SELECT 1 FROM verdicts WHERE text IS NOT NULL"):  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.02)
