"""Stories of messages: a real client, a real database and a real (tiny) model, on the loopback Discord."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest

from bot import alerts, catch_up
from bot.config import WatchedChannels
from bot.embeds import MAX_TEXT
from bot.incoming import Bot
from bot.localisation import Texts
from bot.plugin import PluginError
from tests.discord_server import Message
from tests.shop import BAD, FLAG, GOOD, Shop, jigi_in, open_shop

KO = Texts.load("ko")


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


def field(alert: Message, key: str) -> str:
    """Return the value of a field of an alert's embed."""
    return next(each["value"] for each in alert.embeds[0]["fields"] if each["name"] == KO(f"alert.{key}"))


def rows(shop: Shop, query: str) -> list[tuple[object, ...]]:
    """Read the database of a bot that has stopped."""
    connection = sqlite3.connect(shop.database_path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


class TestNewMessages:
    async def test_a_negative_review_is_stored_flagged_and_reported(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.flagged(message)
            alert = await shop.alert()
            verdict = await shop.verdict(bot, message)
        assert (verdict.is_flagged, verdict.text, verdict.author_id) == (True, BAD, shop.customer.id)
        embed = alert.embeds[0]
        assert embed["title"] == KO("alert.title")
        assert embed["description"] == f"||{BAD}||"
        assert field(alert, "label") == "부정"
        assert "100.0%" in field(alert, "probability")
        assert field(alert, "channel") == f"<#{shop.reviews.id}>"
        assert f"/channels/{shop.guild.id}/{shop.reviews.id}/{message.id}" in field(alert, "message")
        assert "keyword-1" in embed["footer"]["text"]

    async def test_a_positive_review_is_stored_and_nothing_else(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.customer.send(shop.reviews, GOOD)
            verdict = await shop.verdict(bot, message)
            await jigi_in(bot).pipeline.drain()
        assert (verdict.is_flagged, verdict.text, verdict.author_id) == (False, None, None)
        assert message.reactions == []
        assert shop.log.history == []

    async def test_bots_webhooks_notices_and_commands_are_not_judged(self, shop: Shop) -> None:
        other_bot = shop.guild.add_member("다른 봇", is_bot=True)
        async with shop.bot() as bot:
            by_bot = await other_bot.send(shop.reviews, BAD)
            by_webhook = await shop.reviews.add_webhook("소식").send(BAD)
            command = await shop.moderator.send(shop.reviews, f"!check {BAD}")
            assert [await shop.is_judged(bot, each) for each in (by_bot, by_webhook, command)] == [False] * 3

    async def test_an_exclamation_that_is_no_command_is_judged(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.customer.send(shop.reviews, f"!!! {BAD}")
            assert (await shop.verdict(bot, message)).is_flagged

    async def test_unwatched_channels_and_direct_messages_are_not_judged(self, shop: Shop) -> None:
        chat = shop.guild.add_text_channel("수다")
        async with shop.bot() as bot:
            elsewhere = await shop.customer.send(chat, BAD)
            direct = await shop.customer.send(shop.customer.direct_messages, BAD)
            assert [await shop.is_judged(bot, each) for each in (elsewhere, direct)] == [False, False]

    async def test_watching_all_leaves_out_the_log_channel(self, shop: Shop) -> None:
        chat = shop.guild.add_text_channel("수다")
        async with shop.bot(watched=WatchedChannels(is_all=True)) as bot:
            quoted = await shop.guild.owner.send(shop.log, BAD)
            assert (await shop.verdict(bot, await shop.customer.send(chat, BAD))).is_flagged
            assert not await shop.is_judged(bot, quoted)

    async def test_a_thread_and_a_forum_post_count_as_their_parent(self, shop: Shop) -> None:
        forum = shop.guild.add_forum("후기 게시판")
        async with shop.bot(watched=WatchedChannels(frozenset({shop.reviews.id, forum.id}))) as bot:
            thread = shop.reviews.add_thread("교환 문의", author=shop.customer)
            in_thread = await shop.customer.send(thread, BAD)
            post = forum.add_thread("최악이에요", author=shop.customer, content=BAD)
            for message in (in_thread, post.history[0]):
                assert (await shop.verdict(bot, message)).is_flagged
                await shop.flagged(message)


class TestEdits:
    async def test_an_edit_to_negative_is_flagged_and_one_back_to_positive_takes_it_back(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.customer.send(shop.reviews, GOOD)
            await shop.verdict(bot, message)
            await shop.customer.edit(message, BAD)
            await shop.flagged(message)
            alert = await shop.alert()
            await shop.customer.edit(message, GOOD)
            await shop.server.wait_for(lambda: not message.has_reaction(FLAG), what="the flag's removal")
            await shop.server.wait_for(lambda: alert.edits, what="the alert's closing")
            verdict = await shop.verdict(bot, message, where=lambda each: not each.is_flagged)
        assert alert.embeds[0]["title"] == KO("alert.edited")
        assert BAD not in str(alert.embeds)
        assert verdict.text is None
        assert BAD not in str(rows(shop, "SELECT * FROM verdicts"))

    async def test_an_edit_that_leaves_no_text_takes_the_flag_back(self, shop: Shop) -> None:
        async with shop.bot():
            message = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await shop.customer.edit(message, "🙂")
            await shop.server.wait_for(lambda: not message.has_reaction(FLAG), what="the flag's removal")

    async def test_the_preview_of_a_link_is_no_edit(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.customer.send(shop.reviews, f"{BAD} https://example.com")
            first = await shop.verdict(bot, message)
            message.embeds = [{"type": "link", "url": "https://example.com", "title": "최악"}]
            announce_update(message)
            assert await shop.is_judged(bot, message)
            assert await shop.verdict(bot, message) == first
        assert rows(shop, f"SELECT count(*) FROM verdicts WHERE message_id = {message.id}") == [(1,)]


def announce_update(message: Message) -> None:
    """Let Discord report a message that nobody edited, as it does when a link's preview is there."""
    from tests.discord_server import messages

    messages.announce("MESSAGE_UPDATE", message)


class TestDeletions:
    async def test_a_deleted_message_leaves_no_text_anywhere(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            alert = await shop.alert()
            await shop.customer.delete(message)
            await shop.server.wait_for(lambda: alert.edits, what="the alert's closing")
            verdict = await shop.verdict(bot, message)
        assert (verdict.text, verdict.author_id, verdict.is_flagged) == (None, None, True)
        assert alert.embeds[0]["title"] == KO("alert.deleted")
        assert BAD not in str(alert.embeds)
        assert str(message.id) not in str(alert.embeds)

    async def test_messages_deleted_in_bulk_leave_no_text_either(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            messages = [await shop.flagged(await shop.customer.send(shop.reviews, f"{BAD} {i}")) for i in range(3)]
            await shop.moderator.delete(*messages)
            for message in messages:
                await shop.verdict(bot, message, where=lambda each: each.text is None)

    async def test_a_message_deleted_before_the_flag_reaches_it_gets_no_alert(self, shop: Shop) -> None:
        shop.server.faults.add("PUT", "/reactions/", delay=0.3)
        async with shop.bot() as bot:
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.verdict(bot, message)
            await shop.customer.delete(message)
            await shop.verdict(bot, message, where=lambda each: each.text is None)
            await jigi_in(bot).pipeline.drain()
        assert shop.log.history == []

    async def test_a_message_deleted_unseen_is_found_out_by_its_flag(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.customer.send(shop.reviews, BAD)
            del shop.reviews.messages[message.id]  # without the event
            await shop.verdict(bot, message, where=lambda each: each.text is None)
            await jigi_in(bot).pipeline.drain()
        assert shop.log.history == []

    async def test_texts_go_when_their_time_is_over(self, shop: Shop) -> None:
        async with shop.bot():
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            alert = await shop.alert()
        make_older(shop, days=31)
        async with shop.bot():
            await shop.server.wait_for(lambda: alert.edits, what="the alert's closing")
        assert alert.embeds[0]["title"] == KO("alert.expired")
        assert rows(shop, "SELECT text, author_id FROM verdicts WHERE is_flagged") == [(None, None)]


def make_older(shop: Shop, days: int) -> None:
    """Let the verdicts of a bot that has stopped have been stored so many days ago."""
    connection = sqlite3.connect(shop.database_path)
    then = datetime.now(UTC) - timedelta(days=days)
    connection.execute("UPDATE verdicts SET created_at = ?", [then.strftime("%Y-%m-%d %H:%M:%S.%f")])
    connection.commit()
    connection.close()
