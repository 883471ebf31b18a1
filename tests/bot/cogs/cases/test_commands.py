"""Stories of moderators who look for cases, read them, and look after them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.config import WatchedChannels
from bot.localisation.texts import Texts
from tests.bot.cogs.cases.desk import alert_of, buttons, field, open_desk, press, said, settled
from tests.discord_server import Channel, Guild, Member, Message
from tests.discord_server.interactions import Answer
from tests.support.shop import BAD, FLAG, Shop, jigi_in
from tests.support.talk import EN, KO, LANGUAGES

ONE_CASE: dict[str, dict[str, Any]] = {"show": {}, "reopen": {}, "note": {"text": "메모"}}
OLDER = "UPDATE cases SET created_at = datetime(created_at, '-{} days')"
COMMANDS: dict[str, dict[str, Any]] = {
    "cases open": {}, "cases mine": {}, "cases search": {}, "cases show": {"number": 1}, "cases reopen": {"number": 1},
    "cases note": {"number": 1, "text": "메모"}, "cases close-old": {"days": 1}, "queue": {},
}  # fmt: skip


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_desk(tmp_path, tiny_model) as shop:
        yield shop


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another server with the same bot, whose alerts go nowhere."""

    guild: Guild
    reviews: Channel
    customer: Member


@pytest.fixture
def neighbour(shop: Shop) -> Neighbour:
    guild = shop.server.add_guild()
    return Neighbour(guild, guild.add_text_channel("후기"), guild.add_member("이웃"))


async def use(shop: Shop, name: str, locale: str = "ko", **options: Any) -> Answer:
    return await shop.moderator.use_slash(shop.reviews, name, locale=locale, **options)


def listed(message: Message | Answer) -> list[int]:
    """Return the numbers of the cases in a list."""
    lines = message.embeds[0].get("description", "").splitlines()
    return [int(line.split("**")[1].removeprefix("#")) for line in lines if line.startswith("**#")]


class TestLists:
    async def test_open_cases_come_page_by_page_the_newest_first(self, shop: Shop) -> None:
        async with shop.bot():
            for i in range(10):
                await alert_of(shop, f"{BAD} {i}")
            answer = await use(shop, "cases open")
            assert listed(answer) == list(range(10, 2, -1))
            assert answer.embeds[0]["footer"]["text"] == KO("case_list.page", page=1, n_pages=2, n=10)
            assert "||배송이 너무 늦고 별로예요 9||" in answer.embeds[0]["description"]
            assert f"<@{shop.customer.id}>" in answer.embeds[0]["description"]
            await press(shop.moderator, answer.message, KO("case_act.next_page"))
            await shop.server.wait_for(lambda: listed(answer) == [2, 1], what="the second page")
        async with shop.bot():
            await press(shop.moderator, answer.message, KO("case_act.previous_page"))
            await shop.server.wait_for(lambda: listed(answer) == list(range(10, 2, -1)), what="the first page")

    async def test_a_page_that_is_no_more_is_the_last_one(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            for i in range(9):
                await alert_of(shop, f"{BAD} {i}")
            answer = await use(shop, "cases open")
            await jigi_in(bot).database.cases.close(shop.guild.id, 5, 1)
            await press(shop.moderator, answer.message, KO("case_act.next_page"))
            await shop.server.wait_for(lambda: 5 not in listed(answer), what="the page")
        assert listed(answer) == [9, 8, 7, 6, 4, 3, 2, 1]

    async def test_mine_are_those_that_who_asks_has_worked_on(self, shop: Shop) -> None:
        async with shop.bot():
            for i in range(2):
                _, alert = await alert_of(shop, f"{BAD} {i}")
            await said(shop, await press(shop.moderator, alert, "맞음"))
            assert listed(await use(shop, "cases mine")) == [2]
            assert listed(await shop.guild.owner.use_slash(shop.reviews, "cases mine")) == []

    async def test_search_filters_by_channel_person_time_and_label(self, shop: Shop) -> None:
        chat = shop.guild.add_text_channel("수다")
        other = shop.guild.add_member("다른 손님")
        async with shop.bot(watched=WatchedChannels(is_all=True)) as bot:
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await shop.flagged(await other.send(chat, BAD))
            alert = await shop.alert()
            await shop.flagged(await shop.customer.send(chat, BAD))
            await said(shop, await press(shop.moderator, alert, "오탐"))
            decided = int(alert.embeds[0]["title"].split("#")[1].split()[0])
            await shop.change_beside(
                bot, "UPDATE cases SET created_at = datetime(created_at, '-9 days') WHERE number = 1"
            )
            both = {await use_numbers(shop, channel=chat), await use_numbers(shop, days=7)}
            assert both == {(3, 2)}
            assert await use_numbers(shop, person=shop.customer) == (3, 1)
            assert await use_numbers(shop, label="false_alarm") == (decided,)
            assert await use_numbers(shop, channel=chat, person=other) == (2,)
            assert await use_numbers(shop) == (3, 2, 1)
            for written in (
                f"channel:<#{chat.id}> person:<@{shop.customer.id}>",
                f"days:7 person:<@{shop.customer.id}>",
            ):
                await shop.moderator.send(shop.reviews, f"!cases search {written}")
                assert listed(await answer_of(shop)) == [3]
            for label in ("오탐", "false alarm", "FALSE_ALARM"):
                await shop.moderator.send(shop.reviews, f"!케이스 검색 label:{label}")
                assert listed(await answer_of(shop)) == [decided]

    @pytest.mark.parametrize("wrong", ["label:빨강", "days:0", "days:x", "channel:없는채널", "person:없는사람"])
    async def test_a_filter_that_is_none_is_answered_with_the_usage(self, shop: Shop, wrong: str) -> None:
        async with shop.bot():
            await shop.moderator.send(shop.reviews, f"!cases search {wrong}")
            assert (await answer_of(shop)).content == KO("error.usage", example="!케이스 검색 channel:#리뷰 label:맞음")

    async def test_in_public_there_are_neither_texts_nor_authors(self, shop: Shop) -> None:
        async with shop.bot():
            await alert_of(shop)
            await shop.moderator.send(shop.reviews, "!cases open")
            answer = await answer_of(shop)
            assert listed(answer) == [1]
            await shop.moderator.send(shop.reviews, "!cases show 1")
            shown = await answer_of(shop)
        for each in (answer, shown):
            assert BAD not in str(each.embeds)
            assert str(shop.customer.id) not in str(each.embeds)

    async def test_nothing_found_is_said(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await use(shop, "cases open", "en-US")
        assert answer.embeds[0]["description"] == EN("case_list.none")
        assert answer.is_ephemeral


async def use_numbers(shop: Shop, **options: Any) -> tuple[int, ...]:
    return tuple(listed(await use(shop, "cases search", **options)))


async def answer_of(shop: Shop) -> Message:
    return await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)


class TestOneCase:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_it_is_shown_with_its_buttons_which_change_what_is_shown(
        self, shop: Shop, locale: str, texts: Texts
    ) -> None:
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            answer = await use(shop, "cases show", locale, number=1)
            assert answer.embeds[0]["title"] == texts("case.title_open", number=1)
            assert answer.embeds[0]["description"] == f"||{BAD}||"
            await said(shop, await press(shop.moderator, answer.message, texts("case_act.right"), locale))
            await settled(bot)
        assert answer.embeds[0]["title"] == texts("case.title_right", number=1)
        assert BAD not in str(answer.embeds)
        assert alert.embeds[0]["title"] == KO("case.title_right", number=1)

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_a_number_that_is_none_is_told(self, shop: Shop, locale: str, texts: Texts) -> None:
        async with shop.bot():
            for name, options in ONE_CASE.items():
                answer = await use(shop, f"cases {name}", locale, number=99, **options)
                assert answer.content == texts("case_answer.unknown")

    async def test_reopening_takes_the_decision_back(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            assert (await use(shop, "cases reopen", number=1)).content == KO("case_answer.is_open", number=1)
            await said(shop, await press(shop.moderator, alert, "오탐"))
            await shop.server.wait_for(lambda: not message.has_reaction(FLAG), what="the flag's removal")
            assert (await use(shop, "cases reopen", number=1)).content == KO("case_answer.reopen", number=1)
            await shop.flagged(message)
            await settled(bot)
        assert alert.embeds[0]["title"] == KO("case.title_open", number=1)
        assert shop.rows("SELECT * FROM decisions") == []

    async def test_a_deleted_one_cannot_be_opened_again(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message, _ = await alert_of(shop)
            await shop.customer.delete(message)
            await shop.verdict(bot, message, where=lambda each: each.text is None)
            assert (await use(shop, "cases reopen", number=1)).content == KO("case_answer.ended_deleted")

    async def test_a_note_is_seen_in_the_alert(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            await use(shop, "cases note", number=1, text="**세 번째**예요")
            await shop.moderator.send(shop.reviews, "!cases note 1 지켜봐요")
            await answer_of(shop)
            await settled(bot)
        lines = field(alert, "acts").splitlines()
        assert lines[1] == "> \\*\\*세 번째\\*\\*예요"
        assert lines[3] == "> 지켜봐요"
        assert lines[0].startswith(f"메모 · <@{shop.moderator.id}>")

    async def test_a_note_that_is_too_long_is_told(self, shop: Shop) -> None:
        async with shop.bot():
            await alert_of(shop)
            answer = await use(shop, "cases note", number=1, text="가" * 4000)
        assert answer.content == KO("case_answer.reason_too_long", most="500", received="4,000")
        assert shop.rows("SELECT * FROM case_acts") == []

    async def test_closing_and_opening_again_by_buttons(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            heard = await said(shop, await press(shop.moderator, alert, "닫기"))
            await settled(bot)
            assert heard == KO("case_answer.close", number=1)
            assert BAD not in str(alert.embeds)
            assert list(buttons(alert)) == ["다시 열기", "앞 대화"]
            await said(shop, await press(shop.moderator, alert, "다시 열기"))
            await settled(bot)
        assert "맞음" in buttons(alert)
        assert shop.rows("SELECT state FROM cases") == [("open",)]


class TestClosingWhatIsOld:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_only_what_is_older_is_closed(self, shop: Shop, locale: str, texts: Texts) -> None:
        async with shop.bot() as bot:
            for i in range(3):
                await alert_of(shop, f"{BAD} {i}")
            nothing = await use(shop, "cases close-old", locale, days=3)
            await shop.change_beside(
                bot, "UPDATE cases SET created_at = datetime(created_at, '-4 days') WHERE number < 3"
            )
            answer = await use(shop, "cases close-old", locale, days=3)
            await settled(bot)
        assert nothing.content == texts("case_answer.nothing_old", n_days=3)
        assert answer.content == texts("case_answer.closed_old", n=2, n_days=3)
        assert shop.rows("SELECT state FROM cases ORDER BY number") == [("closed",), ("closed",), ("open",)]
        assert shop.rows("SELECT count(*) FROM verdicts WHERE text IS NOT NULL") == [(1,)]


class TestWhoMay:
    @pytest.mark.parametrize("name", COMMANDS)
    async def test_it_takes_manage_messages(self, shop: Shop, name: str) -> None:
        async with shop.bot():
            with pytest.raises(PermissionError):
                await shop.customer.use_slash(shop.reviews, name, **COMMANDS[name])
            words = " ".join(str(value) for value in COMMANDS[name].values())
            await shop.customer.send(shop.reviews, f"!{name} {words}")
            assert (await answer_of(shop)).content == KO("error.no_permission", names="메시지 관리")

    async def test_paging_takes_it_too(self, shop: Shop) -> None:
        async with shop.bot():
            for i in range(9):
                await alert_of(shop, f"{BAD} {i}")
            await shop.moderator.send(shop.reviews, "!cases open")
            answer = await answer_of(shop)
            pressed = await press(shop.customer, answer, "다음")
        assert pressed.content == KO("error.no_permission", names="메시지 관리")
        assert listed(answer)[0] == 9


class TestTwoServers:
    async def test_neither_sees_the_other(self, shop: Shop, neighbour: Neighbour) -> None:
        async with shop.bot(watched=WatchedChannels(is_all=True)):
            await alert_of(shop)
            for i in range(2):
                await shop.flagged(await neighbour.customer.send(neighbour.reviews, f"{BAD} {i}"))
            assert listed(await use(shop, "cases open")) == [1]
            assert (await use(shop, "cases show", number=2)).content == KO("case_answer.unknown")
            theirs = await neighbour.guild.owner.use_slash(neighbour.reviews, "cases open")
            assert listed(theirs) == [2, 1]
            assert str(shop.customer.id) not in str(theirs.embeds)

    @pytest.mark.parametrize("act", ["right", "close", "delete", "timeout", "reply", "context", "folded"])
    async def test_a_forged_button_for_a_case_of_another_is_refused(
        self, shop: Shop, neighbour: Neighbour, act: str
    ) -> None:
        async with shop.bot(watched=WatchedChannels(is_all=True)):
            theirs = await shop.flagged(await neighbour.customer.send(neighbour.reviews, BAD))
            _, alert = await alert_of(shop)
            forged = {"type": 2, "style": 2, "label": "위조", "custom_id": f"jigi:case:{neighbour.guild.id}:1:{act}"}
            alert.components = [{"type": 1, "components": [forged]}]
            answer = await press(shop.guild.owner, alert, "위조")
            old = {"type": 2, "style": 2, "label": "위조", "custom_id": f"jigi:decision:{theirs.id}:right"}
            alert.components = [{"type": 1, "components": [old]}]
            heard = await said(shop, await press(shop.guild.owner, alert, "위조"))
            alert.components = [
                {"type": 1, "components": [{**old, "custom_id": "jigi:decision:" + "9" * 19 + ":right"}]}
            ]
            nobody = await said(shop, await press(shop.guild.owner, alert, "위조"))
        assert answer.content == KO("case_answer.foreign")
        assert heard == nobody == KO("case_answer.unknown")
        assert shop.rows("SELECT * FROM case_acts") == []
        assert not theirs.is_deleted
