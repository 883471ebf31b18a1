"""Stories of moderators who teach, by prefix, by slash, by modal and by file."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.cogs.shared.replies import no_permission
from bot.localisation.texts import Texts
from model.example_files import Limits, read_examples
from tests.discord_server import Message, Upload
from tests.support.shop import BAD, Shop, jigi_in, open_shop
from tests.support.talk import EN, KO, LANGUAGES, ask, let_in_everybody

BAD_FILE = "text,label\n늦어요,부정\nhello,긍정\n좋아요,나쁨\n좋아요,긍정,더\n늦어요!,긍정\n"


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


def counts(texts: Texts, positive: int = 0, negative: int = 0, neutral: int = 0) -> str:
    return texts("examples.counts", positive=positive, negative=negative, neutral=neutral)


def taught(shop: Shop) -> list[tuple[str, str, str]]:
    return shop.rows("SELECT text, label, source FROM examples ORDER BY id")


def errors_in(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [each for each in caplog.records if each.levelno >= logging.ERROR]


async def upload_by_prefix(shop: Shop, content: bytes, name: str = "예시.csv") -> Message:
    await shop.moderator.send(shop.reviews, "!examples upload", files=[Upload(name, content)])
    return await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)


class TestTeachByPrefix:
    @pytest.mark.parametrize("label", ["부정", "negative", "Negative", "\u1107\u116e\u110c\u1165\u11bc"])
    async def test_a_text_is_learned_and_not_repeated(self, shop: Shop, label: str) -> None:
        async with shop.bot():
            answer = await ask(shop, f'!teach {label} 포장이 "엉망 @everyone')
        assert answer == KO("examples.added", n=1) + "\n" + counts(KO, negative=1)
        assert taught(shop) == [('포장이 "엉망 @everyone', "negative", "typed")]
        (sent,) = shop.server.requests_to("POST", f"/channels/{shop.reviews.id}/messages")
        assert sent.json["allowed_mentions"] == {"parse": []}

    async def test_each_line_is_an_example(self, shop: Shop) -> None:
        async with shop.bot(language="en"):
            answer = await ask(shop, "!teach 긍정 빨라요\n튼튼해요")
        assert answer == EN("examples.added", n=2) + "\n" + counts(EN, positive=2)

    async def test_a_bad_line_keeps_all_out_and_is_not_repeated_in_public(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!teach 긍정 빨라요\nrubbish")
        assert (
            KO("teach.line", row=2, problem=KO("problem.no_hangul")).replace(":", "\\:").replace(".", "\\.") in answer
        )
        assert "rubbish" not in answer
        assert taught(shop) == []

    @pytest.mark.parametrize("command", ["!teach", "!teach 부정", "!teach 나쁨 늦어요", '!teach "부정 늦어요'])
    async def test_used_wrongly_it_says_how_it_is_used(
        self, shop: Shop, command: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot():
            assert await ask(shop, command) == KO("teach.usage", prefix="!")
        assert taught(shop) == []
        assert errors_in(caplog) == []

    async def test_a_newer_label_of_the_text_replaces_the_older(self, shop: Shop) -> None:
        async with shop.bot():
            await ask(shop, "!teach 부정 그냥 그래요")
            assert counts(KO, neutral=1) in await ask(shop, "!teach 중립 그냥 그래요")

    async def test_a_lesson_is_not_judged_as_a_review(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            lesson = await shop.moderator.send(shop.reviews, f"!teach 부정 {BAD}")
            assert not await shop.is_judged(bot, lesson)


class TestTeachBySlash:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_only_who_teaches_gets_the_answer_in_their_language(
        self, shop: Shop, locale: str, texts: Texts
    ) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(
                shop.reviews, "teach", label="negative", text="늦어요", locale=locale
            )
        assert answer.is_ephemeral
        assert answer.content == texts("examples.added", n=1) + "\n" + counts(texts, negative=1)

    async def test_koreans_find_it_by_its_korean_name(self, shop: Shop) -> None:
        async with shop.bot():
            await shop.moderator.use_slash(shop.reviews, "가르치기", 판정="positive", 글="빨라요", locale="ko")
        assert taught(shop) == [("빨라요", "positive", "typed")]

    async def test_an_option_longer_than_any_message_is_refused_kindly(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "teach", label="negative", text="늦어요 " * 1400)
        assert "4000자" in answer.content
        assert taught(shop) == []

    async def test_a_full_store_is_answered_kindly(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            jigi_in(bot).database.examples._limit = 0
            answer = await shop.moderator.use_slash(shop.reviews, "teach", label="negative", text="늦어요")
        assert answer.content == KO("examples.full", most="20,000")
        assert taught(shop) == []


class TestModal:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_without_a_text_a_window_takes_several_lines(self, shop: Shop, locale: str, texts: Texts) -> None:
        async with shop.bot():
            opened = await shop.moderator.use_slash(
                shop.reviews, "teach", label="neutral", locale=locale, until="acknowledged"
            )
            assert opened.modal["title"] == texts("teach.modal_title", label=texts("label.neutral"))
            lines = {texts("teach.modal_field"): "몇 시에 열어요?\n\n내일 가요"}
            answer = await shop.moderator.submit_modal(opened, lines, locale=locale)
        assert answer.is_ephemeral
        assert answer.content == texts("examples.added", n=2) + "\n" + counts(texts, neutral=2)

    async def test_bad_lines_are_named_and_everything_typed_is_handed_back(self, shop: Shop) -> None:
        typed = "몇 시에 열어요?\nhello"
        async with shop.bot():
            opened = await shop.moderator.use_slash(shop.reviews, "teach", label="neutral", until="acknowledged")
            answer = await shop.moderator.submit_modal(opened, {"lines": typed})
        assert "2번째 줄" in answer.content
        assert "hello" in answer.content
        assert answer.files[0].data.decode() == typed
        assert taught(shop) == []

    async def test_who_has_lost_the_permission_meanwhile_is_refused(self, shop: Shop) -> None:
        async with shop.bot():
            opened = await shop.moderator.use_slash(shop.reviews, "teach", label="neutral", until="acknowledged")
            shop.moderator.remove_roles(*shop.moderator.roles)
            answer = await shop.moderator.submit_modal(opened, {"lines": "몇 시에 열어요?"})
        assert answer.content == no_permission(["manage_messages"], KO)
        assert taught(shop) == []

    async def test_a_fault_of_ours_is_logged_and_told(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        async with shop.bot() as bot:
            opened = await shop.moderator.use_slash(shop.reviews, "teach", label="neutral", until="acknowledged")
            await jigi_in(bot).pipeline.close()
            await jigi_in(bot).database.close()
            answer = await shop.moderator.submit_modal(opened, {"lines": "몇 시에 열어요?"})
        assert answer.content == KO("error.fault")
        assert len([each for each in errors_in(caplog) if each.name == "bot.cogs.shared.replies"]) == 1


class TestList:
    async def test_in_public_the_texts_stand_behind_spoilers(self, shop: Shop) -> None:
        async with shop.bot():
            await ask(shop, "!teach 부정 늦어요 || @everyone")
            answer = await ask(shop, "!examples list")
        assert answer.startswith(counts(KO, negative=1))
        assert f"부정 · {KO('source.typed')} · <@{shop.moderator.id}>" in answer
        assert answer.endswith("||늦어요 \\|\\| \\@everyone||")

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_by_slash_they_come_page_by_page_newest_first(self, shop: Shop, locale: str, texts: Texts) -> None:
        async with shop.bot():
            await ask(shop, "!teach 부정 " + "\n".join(f"아주 긴 글 {n} " + "_*가" * 30 for n in range(18)))
            pages = [
                await shop.moderator.use_slash(shop.reviews, "examples list", page=page, locale=locale)
                for page in (1, 3, 4)
            ]
        assert [page.is_ephemeral for page in pages] == [True] * 3
        assert "글 17 " in pages[0].content
        assert "글 10 " in pages[0].content
        assert "글 9 " not in pages[0].content
        assert "글 0 " in pages[1].content
        assert texts("examples.page", page=3, n_pages=3) in pages[1].content
        assert "글" not in pages[2].content.replace("가르친 글", "")

    async def test_after_a_prefix_a_page_can_be_asked_for(self, shop: Shop) -> None:
        async with shop.bot():
            await ask(shop, "!teach 부정 " + "\n".join(f"글 {n} 늦어요" for n in range(18)))
            last, none = await ask(shop, "!examples list 3"), await ask(shop, "!예시 목록 4")
        assert "글 0 늦어요" in last
        assert KO("examples.page", page=3, n_pages=3) in last
        assert none.endswith(KO("examples.no_page", n_pages=3))

    async def test_without_any_it_says_so(self, shop: Shop) -> None:
        async with shop.bot():
            assert await ask(shop, "!examples list") == counts(KO)

    @pytest.mark.parametrize("command", ["!examples", "!examples list 영", "!examples list 0", "!examples dance"])
    async def test_used_wrongly_it_says_how_it_is_used(self, shop: Shop, command: str) -> None:
        async with shop.bot():
            assert await ask(shop, command) == KO("examples.usage", prefix="!")


class TestRemove:
    async def test_those_named_are_removed_and_counted(self, shop: Shop) -> None:
        async with shop.bot():
            await ask(shop, "!teach 부정 하나\n둘\n셋")
            (first,), (second,), _ = shop.rows("SELECT id FROM examples ORDER BY id")
            answer = await ask(shop, f"!examples remove #{first}, 9999")
            assert answer == KO("examples.removed", n=1, n_asked=2) + "\n" + counts(KO, negative=2)
            by_slash = await shop.moderator.use_slash(shop.reviews, "예시 지우기", 번호=str(second))
            assert by_slash.is_ephemeral
        assert [text for text, _, _ in taught(shop)] == ["셋"]

    async def test_those_of_another_guild_stay(self, shop: Shop) -> None:
        async with shop.bot():
            await ask(shop, "!teach 부정 하나")
        shop.change("UPDATE examples SET guild_id = 1")
        async with shop.bot():
            assert KO("examples.removed", n=0, n_asked=1) in await ask(shop, "!examples remove 1")
        assert len(taught(shop)) == 1

    @pytest.mark.parametrize("ids", ["", "셋", "1 셋"])
    async def test_what_is_no_number_removes_nothing(self, shop: Shop, ids: str) -> None:
        async with shop.bot():
            await ask(shop, "!teach 부정 하나")
            assert await ask(shop, f"!examples remove {ids}") == KO("examples.usage", prefix="!")
        assert len(taught(shop)) == 1


class TestExport:
    async def test_by_slash_who_asks_gets_a_file_that_can_be_uploaded_again(self, shop: Shop) -> None:
        async with shop.bot():
            await ask(shop, "!teach 부정 늦어요, 많이")
            await ask(shop, "!teach 긍정 빨라요")
            answer = await shop.moderator.use_slash(shop.reviews, "examples export")
        assert answer.is_ephemeral
        (file,) = answer.files
        assert [(each.text, each.label.value) for each in read_examples(file.data)] == [
            ("늦어요, 많이", "negative"), ("빨라요", "positive")
        ]  # fmt: skip
        assert f"typed,{shop.moderator.id}" in file.data.decode()

    async def test_by_prefix_the_file_comes_as_a_direct_message(self, shop: Shop) -> None:
        async with shop.bot():
            await ask(shop, "!teach 부정 늦어요")
            answer = await ask(shop, "!examples export")
            sent = shop.moderator.direct_messages.history
        assert answer == KO("examples.sent_directly")
        assert [file.filename for message in sent for file in message.attachments] == ["jigi-examples-1.csv"]

    async def test_who_takes_no_direct_messages_hears_what_to_do(self, shop: Shop) -> None:
        shop.moderator.user.accepts_direct_messages = False
        async with shop.bot():
            await ask(shop, "!teach 부정 늦어요")
            assert await ask(shop, "!examples export") == KO("examples.no_direct_messages")

    async def test_without_any_there_is_no_file(self, shop: Shop) -> None:
        async with shop.bot():
            assert await ask(shop, "!examples export") == counts(KO)
            answer = await shop.moderator.use_slash(shop.reviews, "examples export")
        assert (answer.content, answer.files) == (counts(KO), [])


class TestUpload:
    @pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
    async def test_a_file_of_labels_is_learned(self, shop: Shop, encoding: str) -> None:
        async with shop.bot():
            answer = await upload_by_prefix(shop, "text,label\n늦어요,부정\n빨라요,긍정\n".encode(encoding))
        assert answer.content == KO("examples.added", n=2) + "\n" + counts(KO, positive=1, negative=1)
        assert taught(shop) == [("늦어요", "negative", "uploaded"), ("빨라요", "positive", "uploaded")]

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_a_file_of_ratings_is_learned_by_slash(self, shop: Shop, locale: str, texts: Texts) -> None:
        file = Upload("ratings.tsv", "rating\treview\n5\t최고예요\n3\t보통이에요\n".encode())
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "examples upload", file=file, locale=locale)
        assert answer.is_ephemeral
        assert answer.content == texts("examples.added", n=2) + "\n" + counts(texts, positive=1, neutral=1)

    async def test_every_bad_row_is_named_and_nothing_is_half_imported(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(
                shop.reviews, "examples upload", file=Upload("예시.csv", BAD_FILE.encode())
            )
        said = answer.content.replace("\\", "").splitlines()
        assert said[0] == KO("problem.nothing_added", n=4)
        problems = ["no_hangul", "label", "columns", "contradiction"]
        for line, row, problem in zip(said[1:], (3, 4, 5, 6), problems, strict=True):
            assert line.startswith(KO("examples.row", row=row, problem=KO(f"problem.{problem}")))
        assert "hello" in said[1]
        assert taught(shop) == []

    async def test_in_public_the_rows_are_named_and_not_repeated(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await upload_by_prefix(shop, BAD_FILE.encode())
        assert "6행" in answer.content
        assert "hello" not in answer.content

    async def test_more_bad_rows_than_fit_come_as_a_file(self, shop: Shop) -> None:
        many = "text,label\n" + "\n".join(f"글 {n},나쁨" for n in range(300))
        async with shop.bot():
            public = await upload_by_prefix(shop, many.encode())
            shop.reviews.set_permissions(shop.guild.bot, attach_files=False)
            without = await upload_by_prefix(shop, many.encode())
        assert len(public.content) <= 2000
        assert len(public.attachments[0].data.decode().splitlines()) == 301
        assert "301행" in public.attachments[0].data.decode()
        assert without.content == public.content
        assert without.attachments == []

    async def test_a_file_that_is_too_large_is_not_even_fetched(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot():
            large = Upload("예시.csv", b"text,label\n" + b"x" * Limits().n_bytes)
            await shop.moderator.send(shop.reviews, "!examples upload", files=[large])
            shop.server.state.files.clear()  # who fetches it finds nothing
            answer = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
        assert answer.content.replace("\\", "") == KO("problem.too_large", n_bytes="1,000,000")
        assert errors_in(caplog) == []

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"text,label\n\xff\xfe\xff", "no_text"),
            ("늦어요,부정".encode(), "no_columns"),
            (b"text,label\n", "empty"),
            ('text,label\n"늦어요,부정'.encode(), "no_table"),
        ],
    )
    async def test_a_file_of_another_kind_is_refused_kindly(
        self, shop: Shop, content: bytes, problem: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot():
            answer = await upload_by_prefix(shop, content)
        assert answer.content.replace("\\", "") == KO(f"problem.{problem}")
        assert errors_in(caplog) == []

    async def test_a_file_that_is_gone_is_answered_kindly(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        async with shop.bot():
            message = await shop.moderator.send(
                shop.reviews, "!examples upload", files=[Upload("예시.csv", b"text,label")]
            )
            del shop.server.state.files[message.attachments[0].id]
            answer = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
        assert answer.content == KO("examples.not_downloaded")
        assert errors_in(caplog) == []

    async def test_without_a_file_it_says_how_it_is_used(self, shop: Shop) -> None:
        async with shop.bot():
            assert await ask(shop, "!examples upload") == KO("examples.usage", prefix="!")


class TestPermission:
    @pytest.mark.parametrize(
        "command",
        ["!teach 부정 늦어요", "!examples", "!examples list", "!examples remove 1", "!examples export",
         "!examples upload"],
    )  # fmt: skip
    async def test_without_it_a_command_is_refused(
        self, shop: Shop, command: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot():
            await shop.customer.send(shop.reviews, command, files=[Upload("예시.csv", BAD_FILE.encode())])
            answer = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
        assert answer.content == no_permission(["manage_messages"], KO)
        assert taught(shop) == []
        assert errors_in(caplog) == []

    @pytest.mark.parametrize(
        ("command", "options"),
        [("teach", {"label": "negative"}), ("examples list", {}), ("examples remove", {"ids": "1"}),
         ("examples export", {}), ("examples upload", {"file": Upload("a.csv", b"")})],
    )  # fmt: skip
    async def test_whom_a_server_has_let_in_is_answered(
        self, shop: Shop, command: str, options: dict[str, Any]
    ) -> None:
        async with shop.bot():
            with pytest.raises(PermissionError):
                await shop.customer.use_slash(shop.reviews, command, **options)
            let_in_everybody(shop)
            answer = await shop.customer.use_slash(shop.reviews, command, until="acknowledged", **options)
            if command == "teach":
                answer = await shop.customer.submit_modal(answer, {"lines": "몇 시에 열어요?"})
        assert answer.is_ephemeral
        assert answer.content != no_permission(["manage_messages"], KO)

    async def test_they_are_not_offered_in_direct_messages(self, shop: Shop) -> None:
        async with shop.bot():
            for command in ("teach", "examples list"):
                with pytest.raises(PermissionError):
                    await shop.moderator.use_slash(shop.moderator.direct_messages, command)

    async def test_the_help_is_korean(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!help")
            of_group = await ask(shop, "!help examples")
        assert KO("command.teach_description")[:20] in answer
        assert "remove" in of_group
        assert KO("examples.usage", prefix="!").splitlines()[0] in of_group
