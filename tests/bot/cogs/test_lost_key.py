"""Stories of moderators whose bot has lost the key of what was written: it says so, and goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.cases import ActKind
from bot.localisation.texts import Texts
from tests.bot.cogs.cases.desk import alert_of, open_desk, press, settled
from tests.support.keys import FIRST
from tests.support.shop import BAD, Shop, jigi_in
from tests.support.talk import LANGUAGES


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_desk(tmp_path, tiny_model) as shop:
        yield shop


@pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
async def test_what_cannot_be_read_is_told_wherever_it_would_stand(shop: Shop, locale: str, texts: Texts) -> None:
    async with shop.bot(text_keys=(FIRST,)):
        await alert_of(shop)
        for name, options in (
            ("cases note", {"number": 1, "text": "메모"}),
            ("teach", {"label": "negative", "text": BAD}),
        ):
            await shop.moderator.use_slash(shop.reviews, name, **options)
    unreadable = texts("case.unreadable")
    async with shop.bot(allow_unreadable_texts=True) as bot:
        assert await jigi_in(bot).retraining.examples(shop.guild.id) == []
        shown = await shop.moderator.use_slash(shop.reviews, "cases show", locale=locale, number=1)
        assert shown.embeds[0]["description"] == unreadable
        acts = next(each["value"] for each in shown.embeds[0]["fields"] if each["name"] == texts("case.acts"))
        assert unreadable in acts
        for name in ("cases open", "examples list"):
            answer = await shop.moderator.use_slash(shop.reviews, name, locale=locale)
            assert unreadable in (answer.content or answer.embeds[0]["description"])
            assert BAD not in (answer.content or answer.embeds[0]["description"])


async def test_it_can_be_decided_all_the_same(shop: Shop) -> None:
    async with shop.bot(text_keys=(FIRST,)):
        _, alert = await alert_of(shop)
    async with shop.bot(allow_unreadable_texts=True, allow_training_on_messages=True) as bot:
        await press(shop.moderator, alert, "맞음")
        await settled(bot)
    assert shop.rows("SELECT state FROM cases") == [("right",)]
    assert shop.rows("SELECT text FROM verdicts") == [(None,)]
    assert shop.rows("SELECT count(*) FROM examples") == [(0,)]


async def test_a_reply_that_nobody_can_read_any_more_is_not_sent(shop: Shop) -> None:
    async with shop.bot(text_keys=(FIRST,)) as bot:
        await alert_of(shop)
        await jigi_in(bot).database.cases.begin(shop.guild.id, 1, ActKind.REPLY, shop.moderator.id, "죄송해요")
    n_before = len(shop.reviews.history)
    async with shop.bot(allow_unreadable_texts=True):
        await shop.server.wait_for(lambda: not shop.rows("SELECT 1 FROM case_acts"), what="the end of the act")
    assert len(shop.reviews.history) == n_before
