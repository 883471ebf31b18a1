"""Stories of moderators who ask which words reviews use alike, and of others who may not."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.cogs.shared.replies import no_permission
from bot.domain.words.questions import Kind
from bot.localisation.texts import Texts
from model.vectors.keyed_vectors import Vectors
from model.vectors.table import FORMS, PRETRAINED_WORDS, VECTORS
from model.versions.archive import pack
from tests.discord_server import Attachment, Message
from tests.support.publishing import new_version
from tests.support.shop import Shop, jigi_in, open_shop
from tests.support.talk import let_in_everybody
from tests.support.tiny_words import make_words

KO, EN = Texts.load("ko"), Texts.load("en")
LANGUAGES = [pytest.param("ko", KO, id="Korean"), pytest.param("en-US", EN, id="English")]
QUESTIONS: dict[str, dict[str, Any]] = {
    "similar": {"word": "배송"},
    "analogy": {"positive": "배우, 배송", "negative": "영화"},
    "similarity": {"first": "배송", "second": "택배"},
    "oddone": {"words": "배송 택배 배우 포장"},
}

TITLES: dict[str, Callable[[Texts], str]] = {
    "similar": lambda texts: texts("words.similar_title", word="**배송**"),
    "analogy": lambda texts: texts("words.analogy_title", words="**배우** + **배송** − **영화**"),
    "similarity": lambda texts: texts("words.similarity_title", first="**배송**", second="**택배**", cosine="0.989"),
    "oddone": lambda texts: texts("words.oddone_title", word="**배우**"),
}


@pytest.fixture(scope="module", autouse=True)
def _matplotlib() -> None:
    """Import what draws before a story's clock runs: on a busy machine that takes seconds."""
    importlib.import_module("model.pictures.neighbours")


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    """Open a shop whose bot asks tiny word vectors."""
    make_words(tmp_path / "words")
    async with open_shop(tmp_path, tiny_model, words_folder=tmp_path / "words") as shop:
        yield shop


async def ask(shop: Shop, content: str) -> Message:
    """Let the moderator send a command and return the bot's answer."""
    await shop.moderator.send(shop.reviews, content)
    return await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)


def assert_a_picture(files: list[Attachment], words: str) -> None:
    """Check that there is one PNG with a description of the words on it."""
    (picture,) = files
    assert picture.data.startswith(b"\x89PNG")
    assert picture.content_type == "image/png"
    assert picture.description is not None
    assert words in picture.description


@contextmanager
def no_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check that nothing was logged that somebody would have to mend."""
    yield
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


class TestByPrefix:
    async def test_similar_words_come_with_cosine_count_leaning_and_a_picture(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!similar 배송 topn:2")
        assert answer.content.splitlines() == [
            "**배송** · 비슷하게 쓰이는 말",
            "리뷰에 800번 나왔어요. 쏠림: 중립",
            "```",
            "0.989  700×  부정  택배",
            "0.978  100×  부정  배달",
            "```",
            "-# 왼쪽부터 코사인 유사도, 나온 횟수, 쏠림이에요.",
        ]
        assert_a_picture(answer.attachments, "배송 둘레의 말을 평면에 그린 그림이에요. 가까운 말: 택배, 배달")

    @pytest.mark.parametrize("text", ["배우 배송 - 영화", "positive=['배우', '배송'], negative=['영화']"])
    async def test_an_analogy_may_be_written_as_a_sum_or_as_in_the_book(self, shop: Shop, text: str) -> None:
        async with shop.bot():
            answer = await ask(shop, f"!analogy {text}")
        title, _, best, *_ = answer.content.splitlines()
        assert title == "**배우** + **배송** − **영화** = ?"
        assert best == "1.130  300×  긍정  포장"
        assert_a_picture(answer.attachments, "배우, 배송, 영화")

    async def test_two_words_are_compared(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!similarity 배송 느려요")
        assert answer.content.splitlines()[:2] == [
            "**느려요** → **느리다**",
            "**배송** · **느리다**: 유사도 0.633",
        ]
        assert_a_picture(answer.attachments, "배송, 느리다")

    async def test_the_odd_one_is_picked(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!oddone 배송 택배 배우 포장")
        assert answer.content.startswith("**배우** · 나머지와 가장 달라요\n```\n")
        assert_a_picture(answer.attachments, "배송, 택배, 배우, 포장")

    async def test_a_character_is_compared_in_the_classifier(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!similar 굿 layer:classifier topn:2")
        title, _, *rows, _, _ = answer.content.splitlines()
        assert title == "**굿** · 판정 모델이 비슷하게 읽는 글자"
        assert sorted(rows) == ["1.000  좋", "1.000  짱"]
        assert_a_picture(answer.attachments, "굿")

    async def test_a_fresh_installation_answers_from_the_shipped_vectors(self, shop: Shop) -> None:
        async with shop.bot(words_folder=PRETRAINED_WORDS):
            answer = await ask(shop, "!similar 느려요 topn:20")
        assert answer.content.startswith("**느려요** → **느리다**\n")
        assert len(answer.content) < 2000
        assert answer.content.count("×") == 20

    async def test_the_channel_hears_the_configured_language(self, shop: Shop) -> None:
        async with shop.bot(language="en"):
            answer = await ask(shop, "!oddone 배송 택배 배우")
        assert answer.content.startswith(EN("words.oddone_title", word="**배우**"))
        assert_a_picture(answer.attachments, "A plane with the words around")

    @pytest.mark.parametrize("kind", Kind)
    async def test_without_words_it_says_how_it_is_used(
        self, shop: Shop, kind: Kind, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot():
            with no_errors(caplog):
                assert (await ask(shop, f"!{kind}")).content == KO(f"words.{kind}_usage", prefix="!")

    @pytest.mark.parametrize(
        "question", ["similar 배숑", "analogy 배숑 영화 - 배우", "similarity 영화 배숑", "oddone 배송 배숑 영화"]
    )
    async def test_a_misspelled_word_is_met_with_what_may_be_meant(
        self, shop: Shop, question: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot():
            with no_errors(caplog):
                answer = await ask(shop, f"!{question}")
        assert answer.content == KO("words.unknown_meant", word="**배숑**", meant="**배송**")
        assert answer.attachments == []

    @pytest.mark.parametrize("text", ["뷁뷁", "hello", "**@everyone** <#1>", "\u3164\u200b.", "\ud83d", "좋" * 1900])
    async def test_no_text_of_any_kind_breaks_it(self, shop: Shop, text: str, caplog: pytest.LogCaptureFixture) -> None:
        async with shop.bot():
            with no_errors(caplog):
                answer = await ask(shop, f"!similar {text}")
        assert answer.content.startswith(KO("words.unknown", word="")[:5])
        assert len(answer.content) < 200

    async def test_nobody_is_mentioned_by_an_answer(self, shop: Shop) -> None:
        async with shop.bot():
            await ask(shop, "!similar 배송")
        sent = shop.server.requests_to("POST", f"/channels/{shop.reviews.id}/messages")[-1]
        assert sent.json["allowed_mentions"] == {"parse": []}

    async def test_where_no_file_may_be_sent_the_words_come_alone(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        shop.reviews.set_permissions(shop.guild.bot, attach_files=False)
        async with shop.bot():
            with no_errors(caplog):
                answer = await ask(shop, "!similar 배송")
        assert "택배" in answer.content
        assert answer.content.endswith(f"-# {KO('words.no_picture')}")
        assert answer.attachments == []

    async def test_a_channel_in_which_the_bot_may_not_write_is_no_error(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        shop.reviews.set_permissions(shop.guild.bot, send_messages=False)
        async with shop.bot() as bot:
            await shop.moderator.send(shop.reviews, "!similar 배송")
            assert await shop.is_judged(bot, await shop.customer.send(shop.reviews, "좋아요"))
            await shop.server.wait_until_quiet()
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []

    @pytest.mark.parametrize("kind", Kind)
    async def test_without_the_permission_it_is_refused(
        self, shop: Shop, kind: Kind, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot():
            with no_errors(caplog):
                await shop.customer.send(shop.reviews, f"!{kind} 배송 택배 영화")
                answer = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
        assert answer.content == no_permission(["manage_messages"], KO)

    async def test_the_help_is_korean(self, shop: Shop) -> None:
        async with shop.bot():
            overview = (await ask(shop, "!help")).content
            of_one = (await ask(shop, "!help analogy")).content
        assert all(KO(f"command.{kind}_description") in overview for kind in Kind)
        assert KO("words.analogy_usage", prefix="!") in of_one


class TestBySlash:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    @pytest.mark.parametrize("kind", Kind)
    async def test_only_who_asks_gets_the_answer_in_their_language(
        self, shop: Shop, kind: Kind, locale: str, texts: Texts
    ) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, kind, **QUESTIONS[kind], locale=locale)
        assert answer.was_deferred
        assert answer.is_ephemeral
        assert answer.content.startswith(TITLES[kind](texts))
        assert_a_picture(answer.files, texts("words.picture", words="|", neighbours="").split("|")[-1])

    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("비슷한말", {"단어": "배송", "개수": 3, "층": "words"}),
            ("유추", {"더할말": "배우 배송", "뺄말": "영화"}),
            ("유사도", {"첫째말": "배송", "둘째말": "택배"}),
            ("다른말", {"말들": "배송 택배 배우"}),
        ],
    )
    async def test_koreans_find_it_by_its_korean_names(self, shop: Shop, name: str, options: dict[str, Any]) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, name, **options, locale="ko")
        assert_a_picture(answer.files, "배송")

    async def test_how_many_is_up_to_who_asks(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "similar", word="배송", topn=3)
            assert answer.content.count("×") == 3
            with pytest.raises(ValueError, match="limits"):
                await shop.moderator.use_slash(shop.reviews, "similar", word="배송", topn=21)

    async def test_the_classifiers_layer_is_a_choice(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "similar", word="굿", layer="classifier")
            refused = await shop.moderator.use_slash(shop.reviews, "similar", word="배송", layer="classifier")
        assert KO("words.characters_title", word="**굿**") in answer.content
        assert_a_picture(answer.files, "굿")
        assert refused.content == KO("words.one_character")
        assert refused.is_ephemeral

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_an_unknown_word_is_told_to_who_asked_alone(self, shop: Shop, locale: str, texts: Texts) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "similar", word="배숑", locale=locale)
        assert answer.is_ephemeral
        assert answer.content == texts("words.unknown_meant", word="**배숑**", meant="**배송**")

    async def test_too_few_words_are_answered_with_an_example(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "oddone", words="배송 택배")
        assert answer.content == KO("words.oddone_usage", prefix="/")

    async def test_6000_characters_are_answered(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "similar", word="배송 " * 2000)
        assert len(answer.content) < 200

    @pytest.mark.parametrize("kind", Kind)
    async def test_discord_offers_it_to_moderators_only(self, shop: Shop, kind: Kind) -> None:
        async with shop.bot():
            with pytest.raises(PermissionError):
                await shop.customer.use_slash(shop.reviews, kind, **QUESTIONS[kind])

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_whom_a_server_has_let_in_is_answered(self, shop: Shop, locale: str, texts: Texts) -> None:
        async with shop.bot():
            let_in_everybody(shop)
            answer = await shop.customer.use_slash(shop.reviews, "similar", word="배송", locale=locale)
            offered = await shop.customer.autocomplete(shop.reviews, "similar", option="word", value="배")
        assert answer.is_ephemeral
        assert texts("words.similar_title", word="**배송**") in answer.content
        assert offered


class TestAutocomplete:
    async def offered(self, shop: Shop, command: str, option: str, typed: str, **others: Any) -> list[str]:
        choices = await shop.moderator.autocomplete(shop.reviews, command, option=option, value=typed, **others)
        assert all(choice["name"] == choice["value"] for choice in choices)
        return [choice["value"] for choice in choices]

    async def test_words_are_offered_as_they_are_typed(self, shop: Shop) -> None:
        async with shop.bot():
            assert await self.offered(shop, "similar", "word", "배") == ["배송", "배우", "배달"]
            assert await self.offered(shop, "similar", "word", "배ㅅ") == ["배송"]
            assert await self.offered(shop, "similar", "word", "배숑") == ["배송"]
            assert await self.offered(shop, "similarity", "second", "느려", first="배송") == []
            assert (await self.offered(shop, "similar", "word", ""))[:2] == ["좋다", "배송"]

    async def test_the_last_of_several_words_is_completed(self, shop: Shop) -> None:
        async with shop.bot():
            assert await self.offered(shop, "oddone", "words", "영화 느") == ["영화 느리다"]
            assert await self.offered(shop, "analogy", "positive", "배우, 포") == ["배우, 포장"]
            assert await self.offered(shop, "analogy", "negative", "굿", positive="배우") == ["굿"]
            assert await self.offered(shop, "oddone", "words", "가 " * 60) == []  # longer than a choice may be

    async def test_for_the_classifier_characters_are_offered(self, shop: Shop) -> None:
        async with shop.bot():
            assert await self.offered(shop, "similar", "word", "ㅋ", layer="classifier") == ["ㅋ"]

    async def test_what_a_guilds_own_classifier_knows_is_unpacked_once_and_not_at_every_keystroke(
        self, shop: Shop, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened: list[str] = []
        load = Vectors.of_classifier.__func__  # type: ignore[attr-defined]

        def counted(cls: type[Vectors], folder: Path, name: str | None = None) -> Vectors:
            opened.append(folder.name)
            return load(cls, folder, name)  # type: ignore[no-any-return]

        monkeypatch.setattr(Vectors, "of_classifier", classmethod(counted))
        async with shop.bot() as bot:
            for n_published in (1, 2):
                version = new_version(pack(tiny_model), guild_id=shop.guild.id)
                await jigi_in(bot).database.versions.publish(version)
                for typed in ("ㅋ", "ㅎ", "ㅋ"):
                    assert typed in await self.offered(shop, "similar", "word", typed, layer="classifier")
                assert len(opened) == n_published

    async def test_damaged_vectors_offer_nothing(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        (shop.config.words_folder / VECTORS).write_bytes(b"")
        async with shop.bot():
            assert await self.offered(shop, "similar", "word", "배") == []
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


class TestOpening:
    async def test_nothing_is_opened_before_the_first_question(self, shop: Shop) -> None:
        for file in shop.config.words_folder.iterdir():
            file.unlink()
        async with shop.bot():
            assert "**긍정**" in (await ask(shop, "!check 좋아요")).content
            make_words(shop.config.words_folder)
            assert "택배" in (await ask(shop, "!similar 배송")).content

    async def test_two_first_questions_at_once_open_the_vectors_once(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened: list[Path] = []
        load = Vectors.load.__func__  # type: ignore[attr-defined]

        def counted(cls: type[Vectors], folder: Path) -> Vectors:
            opened.append(folder)
            return load(cls, folder)  # type: ignore[no-any-return]

        monkeypatch.setattr(Vectors, "load", classmethod(counted))
        async with shop.bot():
            questions = (shop.moderator.use_slash(shop.reviews, "similar", word=word) for word in ("배송", "영화"))
            answers = await asyncio.gather(*questions)
        assert ["배송" in answers[0].content, "영화" in answers[1].content] == [True, True]
        assert opened == [shop.config.words_folder]

    @pytest.mark.parametrize("file", [VECTORS, FORMS])
    async def test_damage_is_logged_and_kindly_answered(
        self, shop: Shop, file: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        (shop.config.words_folder / file).write_bytes(b"{}")
        async with shop.bot():
            by_slash = await shop.moderator.use_slash(shop.reviews, "similar", word="배송")
            by_prefix = await ask(shop, "!oddone 배송 택배 배우")
        assert [by_slash.content, by_prefix.content] == [KO("words.unavailable")] * 2
        logged = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
        assert len(logged) == 2
        assert all(f"{file} is damaged" in line for line in logged)

    async def test_a_command_that_discord_still_offers_is_answered(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            bot.tree.remove_command("similar")
            answer = await shop.moderator.use_slash(shop.reviews, "similar", word="배송")
        assert answer.content == KO("error.outdated")


async def test_the_commands_are_for_servers_and_moderators(shop: Shop) -> None:
    async with shop.bot():
        registered = {each["name"]: each for each in shop.server.state.commands.all()}
    for kind in Kind:
        assert registered[kind]["default_member_permissions"] == str(discord.Permissions(manage_messages=True).value)
        assert registered[kind]["contexts"] == [0] or registered[kind]["dm_permission"] is False


async def test_with_many_pictures_waiting_the_words_come_alone(shop: Shop) -> None:
    async with shop.bot():
        asking = [asyncio.create_task(shop.moderator.use_slash(shop.reviews, "similar", word="배송", within=30))
                  for _ in range(4)]  # fmt: skip
        await asyncio.gather(*asking)
    (alone,) = [each.result() for each in asking if not each.result().files]
    assert alone.content.endswith(KO("picture.too_many"))


async def test_if_no_picture_can_be_drawn_the_words_come_alone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "no such backend")
    async with shop.bot():
        answer = await shop.moderator.use_slash(shop.reviews, "similar", word="배송", within=30)
    assert answer.content.endswith(KO("picture.failed"))
    assert answer.files == []
