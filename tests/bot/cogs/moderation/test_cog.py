"""Stories of messages: a real client, a real database and a real (tiny) model, on the loopback Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest

from bot.cogs.moderation.cog import Moderation
from bot.cogs.shared.replies import MAX_TEXT
from bot.config import WatchedChannels
from bot.localisation.texts import Texts
from tests.discord_server import Message, messages
from tests.support.shop import BAD, FLAG, GOOD, Shop, cog_in, jigi_in, open_shop
from tests.support.store import UNPACED, eventually

KO = Texts.load("ko")


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


def field(alert: Message, key: str) -> str:
    """Return the value of a field of an alert's embed."""
    return str(next(each["value"] for each in alert.embeds[0]["fields"] if each["name"] == KO(f"case.{key}")))


class TestNewMessages:
    async def test_a_negative_review_is_stored_flagged_and_reported(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.flagged(message)
            alert = await shop.alert()
            verdict = await shop.verdict(bot, message)
        assert (verdict.is_flagged, verdict.text, verdict.author_id) == (True, BAD, shop.customer.id)
        embed = alert.embeds[0]
        assert embed["title"] == KO("case.title_open", number=1)
        assert embed["description"] == f"||{BAD}||"
        assert field(alert, "author").startswith(f"<@{shop.customer.id}>\n<t:")
        assert field(alert, "author").endswith(KO("case.record", n_days=30, n_flagged=1, n_right=0))
        assert KO("case.nearly_all") in field(alert, "probability")
        assert field(alert, "channel").startswith(f"<#{shop.reviews.id}>")
        assert f"/channels/{shop.guild.id}/{shop.reviews.id}/{message.id}" in field(alert, "channel")
        assert field(alert, "marks") == "||배송이 너무 __**늦**__고 __**별**__로예요||"
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
            for channel in (shop.reviews, forum):
                await shop.begin_watching(bot, channel)  # what comes now comes live, not out of the history
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
        assert alert.embeds[0]["title"] == KO("case.title_edited", number=1)
        assert BAD not in str(alert.embeds)
        assert verdict.text is None
        assert BAD not in str(shop.rows("SELECT * FROM verdicts"))

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
            messages.announce("MESSAGE_UPDATE", message)
            assert await shop.is_judged(bot, message)
            assert await shop.verdict(bot, message) == first
        assert shop.rows(f"SELECT count(*) FROM verdicts WHERE message_id = {message.id}") == [(1,)]


class TestDeletions:
    async def test_a_deleted_message_leaves_no_text_anywhere(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            alert = await shop.alert()
            await jigi_in(bot).pipeline.drain()  # where the alert is has been noted
            await shop.customer.delete(message)
            await shop.server.wait_for(lambda: alert.edits, what="the alert's closing")
            verdict = await shop.verdict(bot, message, where=lambda each: each.text is None)
        assert (verdict.text, verdict.author_id, verdict.is_flagged) == (None, None, True)
        assert alert.embeds[0]["title"] == KO("case.title_deleted", number=1)
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
        a_month_ago = datetime.now(UTC) - timedelta(days=31)
        shop.change("UPDATE verdicts SET created_at = ?", a_month_ago.strftime("%Y-%m-%d %H:%M:%S.%f"))
        async with shop.bot():
            await shop.server.wait_for(lambda: alert.edits, what="the alert's closing")
        assert alert.embeds[0]["title"] == KO("case.title_expired", number=1)
        assert shop.rows("SELECT text, author_id FROM verdicts WHERE is_flagged") == [(None, None)]

    async def test_erasing_goes_on_daily_after_a_database_has_refused(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            jigi, erasing = jigi_in(bot), cog_in(bot, Moderation).erase_expired
            await jigi.pipeline.close()
            await jigi.database.close()
            erasing.restart()
            await shop.server.wait_for(lambda: "could not be erased" in caplog.text, what="the refusal")
            assert erasing.is_running()
            assert (erasing.hours, erasing.failed()) == (24, False)


class TestAbsence:
    async def test_a_restart_keeps_everything_and_judges_what_was_missed_exactly_once(self, shop: Shop) -> None:
        async with shop.bot():
            before = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await shop.alert()
        missed = [await shop.customer.send(shop.reviews, f"{BAD} {i}") for i in range(3)]
        command = await shop.moderator.send(shop.reviews, f"!check {BAD}")
        async with shop.bot() as bot:
            after = await shop.customer.send(shop.reviews, GOOD)
            await shop.verdict(bot, after)
            await jigi_in(bot).pipeline.drain()
        async with shop.bot() as bot:
            assert await shop.is_judged(bot, before)
            await jigi_in(bot).pipeline.drain()
        judged = [message_id for (message_id,) in shop.rows("SELECT message_id FROM verdicts ORDER BY id")]
        assert judged[:5] == [each.id for each in (before, *missed, after)]
        assert command.id not in judged
        assert len(shop.log.history) == 4
        assert all(each.has_reaction(FLAG, shop.server.bot_user) for each in (before, *missed))

    async def test_threads_and_posts_opened_meanwhile_were_missed_too(self, shop: Shop) -> None:
        forum = shop.guild.add_forum("후기 게시판")
        watched = WatchedChannels(frozenset({shop.reviews.id, forum.id}))
        async with shop.bot(watched=watched) as bot:
            for channel in (shop.reviews, forum):
                await shop.begin_watching(bot, channel)
        thread = shop.reviews.add_thread("교환 문의", author=shop.customer)
        in_thread = await shop.customer.send(thread, BAD)
        in_parent = await shop.customer.send(shop.reviews, BAD)
        post = forum.add_thread("최악이에요", author=shop.customer, content=BAD).history[0]
        async with shop.bot(watched=watched):
            for message in (in_thread, in_parent, post):
                await shop.flagged(message)

    async def test_a_channel_watched_for_the_first_time_begins_now(self, shop: Shop) -> None:
        earlier = await shop.customer.send(shop.reviews, BAD)
        async with shop.bot() as bot:
            assert not await shop.is_judged(bot, earlier)

    async def test_only_so_many_hours_are_caught_up_with(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
        ago = datetime.now(UTC) - timedelta(hours=30)
        shop.change("UPDATE channels SET last_message_id = ?", discord.utils.time_snowflake(ago))
        old = await shop.customer.send(shop.reviews, BAD, sent_at=ago + timedelta(hours=1))
        recent = await shop.customer.send(shop.reviews, BAD, sent_at=ago + timedelta(hours=10))
        async with shop.bot() as bot:
            await shop.flagged(recent)
            assert not await shop.is_judged(bot, old)

    async def test_nothing_is_caught_up_with_where_that_is_switched_off(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
        missed = await shop.customer.send(shop.reviews, BAD)
        async with shop.bot(catch_up_hours=0) as bot:
            assert not await shop.is_judged(bot, missed)

    async def test_live_messages_wait_for_the_missed_ones_and_nothing_is_lost_if_the_bot_dies_then(
        self, shop: Shop
    ) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
        missed = await shop.customer.send(shop.reviews, BAD)
        shop.server.faults.add("GET", f"/channels/{shop.reviews.id}/messages", hangs=True)
        async with shop.bot() as bot:
            live = await shop.customer.send(shop.reviews, BAD)
            await shop.server.wait_until_quiet()
            assert await jigi_in(bot).database.verdicts.newest(live.id) is None
        shop.server.faults.release()
        async with shop.bot():
            await shop.flagged(live)
            await shop.flagged(missed)

    async def test_a_message_deleted_while_it_waits_is_not_judged(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
        missed = await shop.customer.send(shop.reviews, BAD)
        shop.server.faults.add("GET", f"/channels/{shop.reviews.id}/messages", hangs=True)
        async with shop.bot() as bot:
            live = await shop.customer.send(shop.reviews, BAD)
            await shop.customer.delete(live)
            await shop.server.wait_until_quiet()
            shop.server.faults.release()
            await shop.flagged(missed)
            assert not await shop.is_judged(bot, live)

    async def test_a_channel_that_may_not_be_read_stops_no_other(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        secret = shop.guild.add_text_channel("비밀")
        watched = WatchedChannels(frozenset({shop.reviews.id, secret.id}))
        async with shop.bot(watched=watched) as bot:
            for channel in (secret, shop.reviews):
                await shop.begin_watching(bot, channel)
        missed = [await shop.customer.send(channel, BAD) for channel in (secret, shop.reviews)]
        secret.set_permissions(shop.guild.bot, view_channel=False)
        async with shop.bot(watched=watched):
            await shop.flagged(missed[1])
        assert str(secret.id) in caplog.text
        assert missed[0].reactions == []

    async def test_a_channel_that_may_not_be_read_is_not_tried_for_ever_and_judged_from_now_on(
        self, shop: Shop
    ) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
        await shop.customer.send(shop.reviews, BAD)
        history = f"/channels/{shop.reviews.id}/messages"
        shop.server.faults.add("GET", history, status=403, times=100)
        async with shop.bot():
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
        assert len(shop.server.requests_to("GET", history)) == 1

    async def test_an_outage_of_the_history_is_sat_out(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
        missed = await shop.customer.send(shop.reviews, BAD)
        shop.server.faults.add("GET", f"/channels/{shop.reviews.id}/messages", status=503)
        async with shop.bot():
            await shop.flagged(missed)

    async def test_a_resumed_session_loses_and_doubles_nothing(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            before = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            async with shop.server.gateway.outage():
                meanwhile = await shop.customer.send(shop.reviews, BAD)
            after = await shop.customer.send(shop.reviews, BAD)
            for message in (meanwhile, after):
                await shop.flagged(message)
            await jigi_in(bot).pipeline.drain()
        assert shop.server.gateway.n_resumes == 1
        assert shop.rows("SELECT message_id FROM verdicts") == [(each.id,) for each in (before, meanwhile, after)]
        assert len(shop.log.history) == 3

    async def test_a_new_session_catches_up_with_what_was_said_between_the_two(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            before = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await shop.server.gateway.invalidate()
            meanwhile = await shop.customer.send(shop.reviews, BAD)
            await shop.server.wait_for(lambda: shop.server.gateway.n_identifies == 2, what="a new session")
            after = await shop.customer.send(shop.reviews, BAD)
            for message in (meanwhile, after):
                await shop.flagged(message)
            await jigi_in(bot).pipeline.drain()
        assert shop.rows("SELECT message_id FROM verdicts") == [(each.id,) for each in (before, meanwhile, after)]
        assert len(shop.log.history) == 3


QUICK = replace(UNPACED, first_pause=0.01, longest_pause=0.05)


class TestRefusals:
    async def test_limits_and_outages_only_delay_flag_and_alert(self, shop: Shop) -> None:
        for method, path in (("PUT", "/reactions/"), ("POST", f"/channels/{shop.log.id}/messages")):
            shop.server.faults.add(method, path, status=429)
            shop.server.faults.add(method, path, status=503, times=2)
        async with shop.bot(patience=QUICK):
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await shop.alert()
            await eventually(lambda: {state for (state,) in shop.rows("SELECT state FROM actions")} == {"done"})

    async def test_an_alert_whose_receipt_was_lost_is_not_posted_twice(self, shop: Shop) -> None:
        shop.server.faults.add("POST", f"/channels/{shop.log.id}/messages", status=503, after_effect=True)
        async with shop.bot(patience=QUICK):
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await eventually(lambda: shop.rows("SELECT 1 FROM actions WHERE kind = 'alert' AND state = 'done'") != [])
        assert len(shop.log.history) == 1
        recorded = shop.rows("SELECT alert_message_id FROM actions WHERE kind = 'alert'")
        assert recorded == [(shop.log.history[0].id,)]

    async def test_without_the_permission_to_react_there_is_still_an_alert(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        shop.reviews.set_permissions(shop.guild.bot, add_reactions=False)
        async with shop.bot() as bot:
            for i in range(2):
                await shop.customer.send(shop.reviews, f"{BAD} {i}")
                await shop.alert()
            await jigi_in(bot).pipeline.drain()
        assert shop.rows("SELECT state, n_tries FROM actions WHERE kind = 'react'") == [("pending", 1), ("pending", 1)]
        (warning,) = [each for each in caplog.records if each.name == "bot.cogs.moderation.alerts"]
        assert "반응 추가하기" in warning.getMessage()

    async def test_a_log_channel_that_is_not_there_leaves_the_flag_and_the_alert_waits(self, shop: Shop) -> None:
        async with shop.bot(log_channel_id=shop.server.snowflakes.make()) as bot:
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await jigi_in(bot).pipeline.drain()
        assert shop.rows("SELECT kind, state FROM actions") == [("react", "done"), ("alert", "pending")]

    async def test_an_alert_that_a_moderator_deleted_is_closed_without_complaint(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await shop.guild.owner.delete(await shop.alert())
            await shop.customer.delete(message)
            await shop.verdict(bot, message, where=lambda each: each.text is None)
            await jigi_in(bot).pipeline.drain()
        assert shop.rows("SELECT state FROM actions WHERE kind = 'close_alert'") == [("done",)]

    async def test_work_left_by_a_stopped_bot_is_done_at_the_next_start(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await jigi_in(bot).pipeline.drain()
        shop.change("UPDATE actions SET state = 'pending', alert_message_id = NULL")
        message.reactions.clear()
        async with shop.bot() as bot:
            await shop.flagged(message)
            await jigi_in(bot).pipeline.drain()
        assert len(shop.log.history) == 1


class TestBadInput:
    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(BAD + " 최악이에요" * 700, id="4,000 characters"),
            pytest.param("\u1107\u1167\u11af\u1105\u1169\u110b\u1168\u110b\u116d", id="NFD"),
            pytest.param("별\u200b로\u3164예\u2060요", id="zero-width"),
            pytest.param("\u202e별로예요\u202c", id="right-to-left"),
            pytest.param("\ud83d 별로예요 \udc00", id="lone surrogates"),
            pytest.param("별로\0예요", id="NUL"),
            pytest.param("|| `별로` @everyone <@1> || # 별로\n> ```별로``` [a||](b||)", id="markdown"),
        ],
    )
    async def test_it_is_judged_flagged_and_reported(self, shop: Shop, content: str) -> None:
        async with shop.bot() as bot:
            message = await shop.say(content)
            await shop.flagged(message)
            description = (await shop.alert()).embeds[0]["description"]
            assert (await shop.verdict(bot, message)).is_flagged
        shown = description.removeprefix("||").removesuffix("||")
        assert "||" not in shown.replace("\\|", "")
        assert len(description) <= 2 * MAX_TEXT + 4
        assert "\ud83d" not in description

    @pytest.mark.parametrize("content", ["", "🙂🚩", "hello!", "\u3164\u200b", "   ", "\0"])
    async def test_what_says_nothing_is_not_judged(self, shop: Shop, content: str) -> None:
        async with shop.bot() as bot:
            assert not await shop.is_judged(bot, await shop.say(content))
