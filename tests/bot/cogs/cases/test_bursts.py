"""Stories of raids: one alert that counts, and can be opened, in place of forty."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.localisation.texts import Texts
from tests.bot.cogs.cases.desk import alert_of, buttons, field, open_desk, press, said, settled
from tests.support.shop import BAD, FLAG, Shop, jigi_in
from tests.support.store import UNPACED, eventually
from tests.support.talk import KO, LANGUAGES

REPEATED = replace(UNPACED, n_of_author=1)
CROWDED = replace(UNPACED, n_of_channel=5)


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_desk(tmp_path, tiny_model) as shop:
        yield shop


async def burst(shop: Shop, n: int) -> None:
    """Let the customer repeat themselves, and wait until each is flagged."""
    for i in range(n):
        await shop.flagged(await shop.customer.send(shop.reviews, f"{BAD} {i}"))


class TestWhoRepeats:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_one_alert_counts_and_lists_the_others_to_who_asks(
        self, shop: Shop, locale: str, texts: Texts
    ) -> None:
        async with shop.bot(patience=REPEATED) as bot:
            await burst(shop, 12)
            await settled(bot)
            (alert,) = shop.log.history
            assert field(alert, "folded") == KO("case.folded_count", n=11, n_open=11)
            opened = await press(shop.moderator, alert, KO("case_act.folded", n=11), locale)
            assert opened.is_ephemeral
            assert opened.embeds[0]["title"] == texts("case_list.folded")
            assert f"||{BAD} 11||" in opened.embeds[0]["description"]
            await press(shop.moderator, opened.message, texts("case_act.next_page"), locale)
            await shop.server.wait_for(lambda: f"||{BAD} 1||" in opened.embeds[0]["description"], what="page two")

    async def test_what_becomes_of_the_others_is_counted_and_their_texts_go(self, shop: Shop) -> None:
        async with shop.bot(patience=REPEATED) as bot:
            await burst(shop, 3)
            await settled(bot)
            (alert,) = shop.log.history
            await jigi_in(bot).database.cases.close(shop.guild.id, 2, shop.moderator.id)
            message = next(each for each in shop.reviews.history if each.content == f"{BAD} 2")
            await shop.customer.delete(message)
            await shop.verdict(bot, message, where=lambda each: each.text is None)
            await settled(bot)
            assert field(alert, "folded") == KO("case.folded_count", n=2, n_open=0)
            opened = await press(shop.moderator, alert, KO("case_act.folded", n=2))
            assert BAD not in str(opened.embeds)

    async def test_the_others_can_be_opened_where_the_alert_is_closed(self, shop: Shop) -> None:
        async with shop.bot(patience=REPEATED) as bot:
            await burst(shop, 2)
            await settled(bot)
            (alert,) = shop.log.history
            await shop.customer.delete(shop.reviews.history[0])
            await shop.server.wait_for(
                lambda: alert.embeds[0]["title"] == KO("case.title_deleted", number=1), what="the alert's closing"
            )
            assert list(buttons(alert)) == ["타임아웃", KO("case_act.folded", n=1)]
            assert f"||{BAD} 1||" in str((await press(shop.moderator, alert, KO("case_act.folded", n=1))).embeds)

    async def test_who_may_not_manage_messages_sees_nothing_of_them(self, shop: Shop) -> None:
        async with shop.bot(patience=REPEATED) as bot:
            await burst(shop, 2)
            await settled(bot)
            (alert,) = shop.log.history
            refused = await press(shop.customer, alert, KO("case_act.folded", n=1))
        assert await said(shop, refused) == KO("error.no_permission", names="메시지 관리")


class TestACrowdedChannel:
    async def test_the_sixth_alert_of_a_minute_is_counted_in_the_fifth(self, shop: Shop) -> None:
        async with shop.bot(patience=CROWDED) as bot:
            for i in range(8):
                member = shop.guild.add_member(f"손님 {i}")
                await shop.flagged(await member.send(shop.reviews, f"{BAD} {i}"))
            await settled(bot)
        assert len(shop.log.history) == 5
        assert field(shop.log.history[-1], "folded") == KO("case.folded_count", n=3, n_open=3)


async def test_forty_alerts_are_one_ping(shop: Shop) -> None:
    role = shop.guild.add_role("당직")
    async with shop.bot() as bot:
        await jigi_in(bot).settings.change(shop.guild.id, 1, ping_role_id=role.id)
        messages = [await shop.customer.send(shop.reviews, f"{BAD} {i}") for i in range(40)]
        for message in messages:
            await shop.flagged(message)
        await settled(bot)
    assert len(shop.log.history) == 40
    assert [each.role_mentions for each in shop.log.history if each.role_mentions] == [[role]]


async def test_a_burst_that_a_restart_interrupts_is_one_burst(shop: Shop) -> None:
    fault = shop.server.faults.add("POST", f"/channels/{shop.log.id}/messages", hangs=True)
    async with shop.bot(patience=REPEATED):
        await burst(shop, 3)
    fault.end()
    async with shop.bot(patience=REPEATED) as bot:
        _ = await alert_of(shop)
        await burst(shop, 1)
        await settled(bot)
        await eventually(lambda: shop.rows("SELECT DISTINCT state FROM actions") == [("done",)])
    (alert,) = shop.log.history
    assert field(alert, "folded") == KO("case.folded_count", n=4, n_open=4)
    assert all(each.has_reaction(FLAG) for each in shop.reviews.history)
