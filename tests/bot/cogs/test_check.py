"""Stories of moderators who ask, and of others who may not."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cogs.shared.replies import no_permission
from bot.localisation.texts import Texts
from tests.support.shop import BAD, GOOD, Shop, jigi_in, open_shop
from tests.support.talk import EN, KO, LANGUAGES, ask, let_in_everybody


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


class TestByPrefix:
    async def test_a_negative_text_is_explained(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!check 배송이 늦어요")
        assert answer.splitlines() == [
            KO("check.result", label="부정", percent="100.0%"),
            "`████████████████████`",
            KO("check.flagged", threshold="90.0%"),
            KO("check.marks", marks="||배송이 __**늦**__어요||"),
        ]

    async def test_a_positive_text_is_not_flagged(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!check 좋아요")
        assert "**긍정**" in answer
        assert KO("check.not_flagged", threshold="90.0%") in answer

    async def test_the_threshold_is_the_configured_one(self, shop: Shop) -> None:
        async with shop.bot(threshold=0.3):
            answer = await ask(shop, "!check 오늘 저녁 뭐 먹지")
        assert KO("check.flagged", threshold="30.0%") in answer

    async def test_the_channel_hears_the_configured_language(self, shop: Shop) -> None:
        async with shop.bot(language="en"):
            assert "**negative**" in await ask(shop, "!check 배송이 늦어요")

    async def test_a_reply_without_text_checks_what_it_replies_to(self, shop: Shop) -> None:
        async with shop.bot():
            review = await shop.customer.send(shop.reviews, GOOD)
            assert "**긍정**" in await ask(shop, "!check", reply_to=review)

    async def test_without_any_text_it_says_how_it_is_used(self, shop: Shop) -> None:
        async with shop.bot():
            assert await ask(shop, "!check") == KO("check.usage", prefix="!")

    @pytest.mark.parametrize("text", ["hello 🙂", "\u3164\u200b", "\ud83d"])
    async def test_a_text_that_says_nothing_is_answered_kindly(self, shop: Shop, text: str) -> None:
        async with shop.bot():
            assert await ask(shop, f"!check {text}") == KO("check.empty")

    async def test_a_long_text_gets_a_short_answer(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!check " + "최악이에요 " * 300)
        assert len(answer) < 2000
        assert KO("check.cut") in answer

    @pytest.mark.parametrize("text", ["가" * 100, "배 송 이 늦 어 요 " * 10, "가" * 100 + "!?😡" * 30])
    async def test_a_text_that_was_read_whole_is_not_called_cut(self, shop: Shop, text: str) -> None:
        async with shop.bot():
            assert KO("check.cut") not in await ask(shop, f"!check {text}")

    async def test_a_text_of_one_character_too_many_is(self, shop: Shop) -> None:
        async with shop.bot():
            assert KO("check.cut") in await ask(shop, "!check " + "가나" * 51)

    async def test_nobody_is_mentioned_by_an_answer(self, shop: Shop) -> None:
        async with shop.bot():
            await ask(shop, "!check 최악 @everyone")
        (sent,) = shop.server.requests_to("POST", f"/channels/{shop.reviews.id}/messages")
        assert sent.json["allowed_mentions"] == {"parse": []}

    async def test_without_the_permission_it_is_refused_and_judged_like_any_message(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            command = await shop.customer.send(shop.reviews, f"!check {BAD}")
            answer = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
            assert await shop.is_judged(bot, command)
        assert answer.content == no_permission(["manage_messages"], KO)
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []

    async def test_the_help_is_korean(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!help")
            of_check = await ask(shop, "!help check")
            of_nothing = await ask(shop, "!help 없음")
        assert KO("command.check_description") in answer
        assert KO("help.ending", prefix="!", name="help") in answer
        assert KO("check.usage", prefix="!") in of_check
        assert EN("command.check_description") not in of_check
        assert of_nothing == KO("help.unknown", name="없음")


class TestBySlash:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_only_who_asks_gets_the_answer_in_their_language(self, shop: Shop, locale: str, texts: Texts) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "check", text="배송이 늦어요", locale=locale)
        assert answer.message.is_ephemeral
        assert answer.message.content.splitlines() == [
            texts("check.result", label=texts("label.negative"), percent="100.0%"),
            "`████████████████████`",
            texts("check.flagged", threshold="90.0%"),
            texts("check.marks", marks="배송이 __**늦**__어요"),
        ]

    async def test_koreans_find_it_by_its_korean_name(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "확인", 글="좋아요", locale="ko")
        assert "**긍정**" in answer.message.content

    async def test_without_a_text_it_says_how_it_is_used(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "check")
        assert answer.message.content == KO("check.usage", prefix="!")

    async def test_a_text_of_6000_characters_is_answered(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "check", text="별로예요 " * 1200)
        assert len(answer.message.content) < 2000

    async def test_discord_offers_it_to_moderators_only(self, shop: Shop) -> None:
        async with shop.bot():
            with pytest.raises(PermissionError):
                await shop.customer.use_slash(shop.reviews, "check", text=BAD)

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_whom_a_server_has_let_in_is_answered(self, shop: Shop, locale: str, texts: Texts) -> None:
        async with shop.bot():
            let_in_everybody(shop)
            answer = await shop.customer.use_slash(shop.reviews, "check", text=BAD, locale=locale)
        assert answer.message.is_ephemeral
        assert texts("check.flagged", threshold="90.0%") in answer.message.content


class TestByMenu:
    @pytest.mark.parametrize(
        ("locale", "name", "texts"), [("ko", "리뷰 확인", KO), ("en-US", "Check review", EN)], ids=["Korean", "English"]
    )
    async def test_a_message_is_checked(self, shop: Shop, locale: str, name: str, texts: Texts) -> None:
        async with shop.bot():
            review = await shop.customer.send(shop.reviews, BAD)
            answer = await shop.moderator.use_context_menu(shop.reviews, name, review, locale=locale)
        assert answer.message.is_ephemeral
        assert texts("check.flagged", threshold="90.0%") in answer.message.content

    async def test_a_message_without_text_is_answered_kindly(self, shop: Shop) -> None:
        async with shop.bot():
            review = await shop.customer.send(shop.reviews, "🙂")
            answer = await shop.moderator.use_context_menu(shop.reviews, "리뷰 확인", review)
        assert answer.message.content == KO("check.empty")

    async def test_whom_a_server_has_let_in_is_answered(self, shop: Shop) -> None:
        async with shop.bot():
            let_in_everybody(shop)
            review = await shop.customer.send(shop.reviews, BAD)
            answer = await shop.customer.use_context_menu(shop.reviews, "리뷰 확인", review)
        assert answer.message.is_ephemeral
        assert KO("check.flagged", threshold="90.0%") in answer.message.content


class TestFaults:
    async def test_a_fault_of_ours_is_logged_and_the_asker_hears_of_it(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            jigi_in(bot).models.configured = None  # type: ignore[assignment]
            answer = await shop.moderator.use_slash(shop.reviews, "check", text=BAD)
        assert answer.message.content == KO("error.fault")
        (fault,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
        assert fault.name == "bot.cogs.shared.replies"
        assert BAD not in fault.getMessage()

    async def test_a_command_that_discord_still_offers_is_answered(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            bot.tree.remove_command("check")
            answer = await shop.moderator.use_slash(shop.reviews, "check", text=BAD)
        assert answer.message.content == KO("error.outdated")

    async def test_a_channel_in_which_the_bot_may_not_write_is_no_error(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        shop.reviews.set_permissions(shop.guild.bot, send_messages=False)
        async with shop.bot() as bot:
            await shop.moderator.send(shop.reviews, "!check 좋아요")
            assert await shop.is_judged(bot, await shop.customer.send(shop.reviews, GOOD))
            await shop.server.wait_until_quiet()
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []
