"""Stories of members who appeal, and of moderators who answer them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.members.appeals import MAX_WORDS, MOST_A_DAY
from bot.localisation.texts import Texts
from tests.bot.cogs.cases.desk import alert_of, buttons, field, press, said, settled
from tests.bot.cogs.members.people import Town, link, open_town, told
from tests.discord_server import Channel, Member, Message
from tests.discord_server.interactions import MODAL_SUBMIT, Answer
from tests.support.shop import BAD, FLAG, Shop, jigi_in
from tests.support.store import UNPACED
from tests.support.talk import EN, KO, LANGUAGES, say

WORDS = "친구와 농담한 거예요. 리뷰가 아니에요!"


@pytest.fixture
async def town(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path, tiny_model) as town:
        yield town


async def ask(shop: Shop, message: Message, *, where: Channel | None = None, locale: str = "ko") -> Message:
    """Let the customer ask why, and return the answer with its button."""
    return (await shop.customer.use_slash(where or shop.reviews, "why", message=link(message), locale=locale)).message


async def appeal(shop: Shop, explained: Message, words: str = WORDS, *, locale: str = "ko") -> Answer:
    """Let the customer press the button and write."""
    texts = KO if locale == "ko" else EN
    opened = await press(shop.customer, explained, texts("appeal.button"), locale)
    return await shop.customer.submit_modal(opened, {"words": words}, locale=locale)


async def forge(
    shop: Shop, member: Member, channel: Channel, guild_id: int, message_id: int, words: str = WORDS
) -> Answer:
    """Submit a modal that nobody has opened, as a client need not keep to what it was shown."""
    field = {"type": 18, "component": {"type": 4, "custom_id": "words", "value": words}}
    data = {"custom_id": f"jigi:appealing:{guild_id}:{message_id}", "components": [field]}
    return await shop.server.interactions.start(member, channel, MODAL_SUBMIT, data, "ko").answer("shown", 5.0)


class TestAppealing:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_moderators_see_the_words_decide_and_the_author_is_told_by_nobodys_name(
        self, town: Town, locale: str, texts: Texts
    ) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, first = await alert_of(shop)
            await said(shop, await press(shop.moderator, first, "맞음"))
            await settled(bot)
            answer = await appeal(shop, await ask(shop, message, locale=locale), locale=locale)
            assert await said(shop, answer) == texts("appeal.made")
            alert = await shop.alert()
            await settled(bot)
            assert first.embeds[0]["title"] == KO("case.title_appealed", number=1)
            assert buttons(first) == {}
            assert alert.embeds[0]["title"] == KO("case.title_appealed", number=1)
            assert field(alert, "appeal") == f"||{WORDS.replace('.', chr(92) + '.').replace('!', chr(92) + '!')}||"
            assert KO("case_act.appeal") in field(alert, "acts")
            await said(shop, await press(shop.moderator, alert, "오탐"))
            notice = await told(shop, shop.customer)
            await shop.server.wait_for(lambda: not message.has_reaction(FLAG), what="the flag's removal")
            await settled(bot)
            why = await ask(shop, message, locale=locale)
        outcome = texts("appeal.outcome_false_alarm")
        assert notice.content == texts("appeal.notice", guild=shop.guild.name, url=link(message), outcome=outcome)
        assert outcome in why.content
        assert str(shop.moderator.id) not in notice.content + why.content
        assert WORDS not in str(alert.embeds)
        assert buttons(why) == {}
        assert shop.rows("SELECT words, state, notice FROM appeals") == [(None, "answered", "sent")]

    async def test_in_a_direct_message_by_who_is_timed_out_and_across_restarts(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, _ = await alert_of(shop)
            await settled(bot)
            shop.customer.timed_out_until = datetime.now(UTC) + timedelta(hours=1)
            explained = await ask(shop, message, where=shop.customer.direct_messages)
        async with shop.bot():
            opened = await press(shop.customer, explained, KO("appeal.button"))
        async with shop.bot() as bot:
            answer = await shop.customer.submit_modal(opened, {"words": WORDS})
            assert await said(shop, answer) == KO("appeal.made")
        async with shop.bot() as bot:
            await settled(bot)
            alert = shop.log.history[-1]
            assert alert.embeds[0]["title"] == KO("case.title_appealed", number=1)
            await said(shop, await press(shop.moderator, alert, "맞음"))
            notice = await told(shop, shop.customer)
        assert KO("appeal.outcome_right") in notice.content

    async def test_of_a_deleted_message_the_words_suffice(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, _ = await alert_of(shop)
            await shop.moderator.delete(message)
            await shop.verdict(bot, message, where=lambda each: each.text is None)
            await settled(bot)
            explained = await ask(shop, message)
            assert KO("why.deleted") in explained.content
            await said(shop, await appeal(shop, explained))
            alert = await shop.alert()
            assert list(buttons(alert)) == ["맞음", "오탐", "닫기", "타임아웃"]
            await said(shop, await press(shop.moderator, alert, "닫기"))
            notice = await told(shop, shop.customer)
            await settled(bot)
        assert KO("appeal.outcome_close") in notice.content
        assert alert.embeds[0]["title"] == KO("case.title_deleted", number=1)
        assert list(buttons(alert)) == ["타임아웃"]  # whoever wrote it is still known

    async def test_one_of_a_burst_gets_an_alert_of_its_own(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot(patience=replace(UNPACED, n_of_author=1)) as bot:
            messages = [await shop.flagged(await shop.customer.send(shop.reviews, f"{BAD} {i}")) for i in range(4)]
            await settled(bot)
            assert len(shop.log.history) == 1
            await said(shop, await appeal(shop, await ask(shop, messages[2])))
            await settled(bot)
            lead, alert = shop.log.history
        assert alert.embeds[0]["title"] == KO("case.title_appealed", number=3)
        assert field(lead, "folded") == KO("case.folded_count", n=2, n_open=2)

    async def test_an_appeal_is_folded_into_no_alert_and_leads_none(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, _ = await alert_of(shop)
            await settled(bot)
            fault = shop.server.faults.add("POST", f"/channels/{shop.log.id}/messages", hangs=True)
            await said(shop, await appeal(shop, await ask(shop, message)))
            for i in range(6):
                await shop.flagged(await shop.customer.send(shop.reviews, f"{BAD} {i}"))
        fault.end()
        async with shop.bot(patience=replace(UNPACED, folds_from=3)) as bot:
            await settled(bot)
        _, *alerts = [each.embeds[0] for each in shop.log.history]
        assert [each["title"] for each in alerts] == [
            KO("case.title_appealed", number=1), KO("case.title_open", number=2),
        ]  # fmt: skip
        folded = [each["value"] for each in alerts[1]["fields"] if each["name"] == KO("case.folded")]
        assert folded == [KO("case.folded_count", n=5, n_open=5)]

    async def test_the_longest_words_beside_the_longest_text_have_room(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, _ = await alert_of(shop, f"{BAD} " + "!" * 1900)
            await settled(bot)
            await said(shop, await appeal(shop, await ask(shop, message), "!" * MAX_WORDS))
            alert = await shop.alert()
        shown = [each["value"] for each in alert.embeds[0]["fields"] if each["name"] == KO("case.appeal")]
        assert sum(each.count("!") for each in shown) == MAX_WORDS

    async def test_in_public_nobody_reads_the_words(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot():
            message, _ = await alert_of(shop)
            await said(shop, await appeal(shop, await ask(shop, message)))
            public = await say(shop, shop.moderator, "!cases show 1")
            private = await shop.moderator.use_slash(shop.log, "cases show", number=1)
        assert "친구와" not in str(public.embeds)
        assert "친구와" in str(private.embeds)

    async def test_it_comes_up_in_the_queue_again_also_for_who_has_skipped_it(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, _ = await alert_of(shop)
            queue = await shop.moderator.use_slash(shop.log, "queue")
            await press(shop.moderator, queue.message, KO("case_act.skip"))
            await said(shop, await appeal(shop, await ask(shop, message)))
            await settled(bot)
            queue = await shop.moderator.use_slash(shop.log, "queue")
            assert WORDS.split(".")[0] in str(queue.embeds)
            await press(shop.moderator, queue.message, "오탐")
            assert KO("appeal.outcome_false_alarm") in (await told(shop, shop.customer)).content

    async def test_who_takes_no_direct_messages_sees_that_in_why(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, _ = await alert_of(shop)
            await settled(bot)
            await said(shop, await appeal(shop, await ask(shop, message)))
            alert = await shop.alert()
            shop.customer.user.accepts_direct_messages = False
            await said(shop, await press(shop.moderator, alert, "맞음"))
            await settled(bot)
            why = await ask(shop, message)
        assert KO("appeal.outcome_right") in why.content
        assert KO("appeal.not_told") in why.content
        assert shop.rows("SELECT notice FROM appeals") == [("refused",)]

    async def test_a_notice_that_was_sent_before_a_crash_is_not_sent_twice(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, _ = await alert_of(shop)
            await settled(bot)
            await said(shop, await appeal(shop, await ask(shop, message)))
            await said(shop, await press(shop.moderator, await shop.alert(), "맞음"))
            await told(shop, shop.customer)
            await settled(bot)
        shop.change("UPDATE appeals SET notice = 'pending'")
        shop.change("UPDATE actions SET state = 'pending' WHERE kind = 'tell_author'")
        async with shop.bot() as bot:
            await settled(bot)
        assert shop.rows("SELECT notice FROM appeals") == [("sent",)]
        assert len([each for each in shop.customer.direct_messages.history if link(message) in each.content]) == 1

    async def test_an_alert_of_an_appeal_is_sent_once_also_after_a_crash(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, _ = await alert_of(shop)
            await settled(bot)
            fault = shop.server.faults.add("POST", f"/channels/{shop.log.id}/messages", hangs=True)
            await said(shop, await appeal(shop, await ask(shop, message)))
        fault.end()
        async with shop.bot() as bot:
            await settled(bot)
            await settled(bot)
        assert [each.embeds[0]["title"] for each in shop.log.history] == [KO("case.title_appealed", number=1)] * 2
        assert [bool(buttons(each)) for each in shop.log.history] == [False, True]


class TestLimits:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_one_a_message_is_open_and_none_follows_a_decision(
        self, town: Town, locale: str, texts: Texts
    ) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            message, _ = await alert_of(shop)
            await settled(bot)
            explained = await ask(shop, message, locale=locale)
            await said(shop, await appeal(shop, explained, locale=locale))
            again = await press(shop.customer, explained, texts("appeal.button"), locale)
            assert (again.content, again.is_ephemeral) == (texts("appeal.is_open"), True)
            await said(shop, await press(shop.moderator, await shop.alert(), "맞음"))
            await told(shop, shop.customer)
            final = await press(shop.customer, explained, texts("appeal.button"), locale)
            assert final.content == texts("appeal.was_decided")

    async def test_a_few_a_day(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            explained = []
            for i in range(MOST_A_DAY + 1):
                message, _ = await alert_of(shop, f"{BAD} {i}")
                explained.append(await ask(shop, message))
            await settled(bot)
            for each in explained[:-1]:
                assert await said(shop, await appeal(shop, each)) == KO("appeal.made")
            refused = await press(shop.customer, explained[-1], KO("appeal.button"))
        assert refused.content == KO("appeal.too_many", n=MOST_A_DAY)

    async def test_what_is_empty_or_too_long_is_one_sentence(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot():
            message, _ = await alert_of(shop)
            empty = await forge(shop, shop.customer, shop.reviews, shop.guild.id, message.id, " \n ")
            assert await said(shop, empty) == KO("appeal.empty")
            long = await forge(shop, shop.customer, shop.reviews, shop.guild.id, message.id, "가" * (MAX_WORDS + 1))
            assert await said(shop, long) == KO("appeal.too_long", most="1,000", received="1,001")
        assert shop.rows("SELECT * FROM appeals") == []


class TestForgery:
    async def test_nobody_appeals_for_another_or_across_guilds(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            message, _ = await alert_of(shop)
            there, _ = await town.flagged_there()
            await settled(bot)
            explained = await ask(shop, message, where=shop.customer.direct_messages)
            button = explained.components[0]["components"][0]
            neighbour = shop.guild.add_member("이웃")
            public = await shop.customer.send(shop.reviews, "봐 주세요")
            public.components = [{"type": 1, "components": [button]}]
            assert (await press(neighbour, public, KO("appeal.button"))).content == KO("why.unknown")
            for forged in (
                f"jigi:appeal:{town.other.id}:{there.id}",  # of the other guild, pressed here
                f"jigi:appeal:{shop.guild.id}:{there.id}",
                f"jigi:appeal:{town.other.id}:{message.id}",
                f"jigi:appeal:{shop.guild.id}:{'9' * 19}",
            ):
                button["custom_id"] = forged
                assert (await press(shop.customer, public, KO("appeal.button"))).content == KO("why.unknown"), forged
            for who, channel, guild_id, message_id in (
                (neighbour, shop.reviews, shop.guild.id, message.id),
                (shop.customer, shop.reviews, town.other.id, there.id),
                (shop.customer, shop.customer.direct_messages, shop.guild.id, there.id),
                (neighbour, neighbour.direct_messages, shop.guild.id, message.id),
            ):
                answer = await forge(shop, who, channel, guild_id, message_id)
                assert await said(shop, answer) == KO("why.unknown")
        assert shop.rows("SELECT * FROM appeals") == []

    async def test_the_other_guilds_moderators_see_and_decide_nothing(self, town: Town) -> None:
        shop = town.shop
        async with shop.bot() as bot:
            await town.set_up(bot)
            message, _ = await alert_of(shop)
            await settled(bot)
            await said(shop, await appeal(shop, await ask(shop, message)))
            await settled(bot)
            assert town.log.history == []
            assert await jigi_in(bot).database.cases.next_open(town.other.id, 0, town.moderator.id) is None
