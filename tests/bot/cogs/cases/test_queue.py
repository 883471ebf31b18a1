"""Stories of a moderator who works through what is open, in a message that nobody else sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.localisation.texts import Texts
from tests.bot.cogs.cases.desk import alert_of, buttons, open_desk, press, said, settled
from tests.discord_server.interactions import Answer
from tests.support.shop import BAD, FLAG, Shop, jigi_in
from tests.support.talk import EN, KO, LANGUAGES


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_desk(tmp_path, tiny_model) as shop:
        yield shop


async def open_queue(shop: Shop, n_cases: int, locale: str = "ko") -> Answer:
    for i in range(n_cases):
        await alert_of(shop, f"{BAD} {i}")
    return await shop.moderator.use_slash(shop.reviews, "queue", locale=locale)


async def go_on(shop: Shop, queue: Answer, label: str, locale: str = "ko") -> str:
    """Press a button of the queue, and return which case is shown then, or what is said where there is none."""
    n_edits = len(queue.message.edits)
    await press(shop.moderator, queue.message, label, locale)
    await shop.server.wait_for(lambda: len(queue.message.edits) > n_edits, what="the next case")
    return shown(queue)


def shown(queue: Answer) -> str:
    return str(queue.embeds[0]["title"]) if queue.embeds else queue.content


class TestQueue:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_it_goes_through_what_is_open_and_the_alerts_follow(
        self, shop: Shop, locale: str, texts: Texts
    ) -> None:
        async with shop.bot() as bot:
            queue = await open_queue(shop, 3, locale)
            assert queue.is_ephemeral
            assert shown(queue) == texts("case.title_open", number=1)
            assert queue.embeds[0]["description"] == f"||{BAD} 0||"
            names = ("case_act.right", "case_act.false_alarm", "case_act.next", "case_act.skip")
            assert list(buttons(queue.message)) == [texts(name) for name in names]
            right, false_alarm = texts("case_act.right"), texts("case_act.false_alarm")
            assert await go_on(shop, queue, right, locale) == texts("case.title_open", number=2)
            assert queue.content.startswith(f"#1 · {texts('decision.done_right')}")
            assert queue.content.endswith(texts("queue.left", n=2))
            assert await go_on(shop, queue, false_alarm, locale) == texts("case.title_open", number=3)
            assert (await go_on(shop, queue, right, locale)).endswith(texts("queue.empty"))
            assert buttons(queue.message) == {}
            await settled(bot)
        assert [alert.embeds[0]["title"] for alert in shop.log.history] == [
            KO("case.title_right", number=1), KO("case.title_false_alarm", number=2), KO("case.title_right", number=3),
        ]  # fmt: skip
        assert shop.rows("SELECT is_right FROM decisions ORDER BY verdict_id") == [(1,), (0,), (1,)]

    async def test_next_comes_back_and_skipped_does_not(self, shop: Shop) -> None:
        async with shop.bot():
            queue = await open_queue(shop, 3)
            titles = [await go_on(shop, queue, label) for label in ("다음", "건너뛰기", "다음", "다음")]
            assert titles == [KO("case.title_open", number=number) for number in (2, 3, 1, 3)]
            await go_on(shop, queue, "건너뛰기")
            assert await go_on(shop, queue, "건너뛰기") == KO("queue.all_skipped", n=3)
            again = await shop.guild.owner.use_slash(shop.reviews, "queue")
        assert shown(again) == KO("case.title_open", number=1)

    async def test_it_goes_on_after_a_restart(self, shop: Shop) -> None:
        async with shop.bot():
            queue = await open_queue(shop, 2)
        async with shop.bot():
            assert await go_on(shop, queue, "맞음") == KO("case.title_open", number=2)

    async def test_what_somebody_else_has_settled_meanwhile_is_told(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            queue = await open_queue(shop, 3)
            await jigi_in(bot).database.cases.close(shop.guild.id, 1, shop.guild.owner.id)
            await go_on(shop, queue, "맞음")
            assert f"<@{shop.guild.owner.id}>" in queue.content
            message = next(each for each in shop.reviews.history if each.content == f"{BAD} 1")
            await shop.customer.delete(message)
            await shop.verdict(bot, message, where=lambda each: each.text is None)
            assert await go_on(shop, queue, "오탐") == KO("case.title_open", number=3)
            assert KO("case_answer.ended_deleted") in queue.content

    async def test_an_alert_that_still_waits_is_not_sent_for_what_was_settled(self, shop: Shop) -> None:
        fault = shop.server.faults.add("PUT", "/reactions/", hangs=True)
        async with shop.bot() as bot:
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.verdict(bot, message)
            queue = await shop.moderator.use_slash(shop.reviews, "queue")
            await go_on(shop, queue, "맞음")
            fault.end()
            await settled(bot)
        assert shop.log.history == []
        assert message.has_reaction(FLAG)


class TestAfterAPrefix:
    async def test_a_button_opens_it_for_who_presses_alone(self, shop: Shop) -> None:
        async with shop.bot():
            await alert_of(shop)
            await shop.moderator.send(shop.reviews, "!queue")
            invitation = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
            assert invitation.content == KO("queue.invitation", n=1)
            assert BAD not in str(invitation.embeds)
            refused = await press(shop.customer, invitation, KO("case_act.open_queue"))
            opened = await press(shop.moderator, invitation, KO("case_act.open_queue"), "en-US")
        assert refused.content == KO("error.no_permission", names="메시지 관리")
        assert opened.is_ephemeral
        assert shown(opened) == EN("case.title_open", number=1)

    async def test_nothing_open_is_said(self, shop: Shop) -> None:
        async with shop.bot():
            await shop.moderator.send(shop.reviews, "!대기열")
            answer = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
        assert answer.content == KO("queue.empty")


async def test_a_button_of_another_server_is_refused(shop: Shop) -> None:
    async with shop.bot():
        _, alert = await alert_of(shop)
        forged = {"type": 2, "style": 2, "label": "위조", "custom_id": "jigi:queue:123:1:right"}
        alert.components = [{"type": 1, "components": [forged]}]
        assert await said(shop, await press(shop.guild.owner, alert, "위조")) == KO("case_answer.foreign")
    assert shop.rows("SELECT * FROM case_acts") == []
