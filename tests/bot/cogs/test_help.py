"""Stories of people who ask what Jigi is and can do: moderators, admins, customers, and whoever writes to it alone."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from bot.cogs.shared.cog import limited_to
from bot.cogs.shared.types import Context
from bot.localisation.commands import Caller
from bot.localisation.texts import Texts
from tests.discord_server import Member
from tests.support.shop import BAD, Shop, open_shop
from tests.support.talk import EN, KO, LANGUAGES, ask, let_in_everybody, say


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


@pytest.fixture
def admin(shop: Shop) -> Member:
    """Return a member with Manage Server and Manage Messages."""
    return shop.guild.add_member("서버장", permissions=discord.Permissions(manage_guild=True, manage_messages=True))


def headings(answer: str) -> list[str]:
    return re.findall(r"^\*\*([^*]+)\*\*$", answer, re.MULTILINE)


def offered(answer: str) -> list[str]:
    """Return the commands in an overview."""
    lines = [line for line in answer.splitlines() if (line.startswith("`") and " · " in line) or line.endswith("`")]
    return [name for line in lines if line.startswith("`") for name in re.findall("`([^`]+)`", line)]


class TestOverview:
    async def test_moderators_see_what_they_may_do_in_korean_after_a_prefix(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!help")
        assert answer.startswith(KO("help.about"))
        assert headings(answer) == [KO("help.everyone"), KO("help.manage_messages")]
        assert {"!도움말", "!확인", "!예시 삭제", "!기준 보기", "!비슷한말", "!예시추가"} <= set(offered(answer))
        assert not {"!기준 정하기", "!학습", "!모델 목록"} & set(offered(answer))
        assert KO("help.menu", name="리뷰 확인") in answer
        assert answer.endswith(KO("help.ending", example="!도움말 확인"))

    async def test_admins_see_what_takes_manage_server_under_its_own_heading(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            answer = (await say(shop, admin, "!도움말")).content
        assert headings(answer) == [KO("help.everyone"), KO("help.manage_messages"), KO("help.manage_guild")]
        of_admins = answer.partition(KO("help.manage_guild"))[2]
        assert {"!기준 정하기", "!기준 되돌리기", "!학습", "!학습 취소", "!모델 가져오기"} <= set(offered(of_admins))
        assert "!기준 보기" not in offered(of_admins)
        assert offered(of_admins)[0] == "!처음설정"  # in the order of the cogs, and of what is in them

    @pytest.mark.parametrize("name", ["help", "도움말"])
    async def test_everybody_is_answered_with_what_everybody_may_do(self, shop: Shop, name: str) -> None:
        async with shop.bot():
            answer = (await say(shop, shop.customer, f"!{name}")).content
        assert headings(answer) == [KO("help.everyone")]
        assert offered(answer) == ["!도움말", "!이유", "!개인정보 보기", "!개인정보 내보내기", "!개인정보 삭제"]
        assert KO("help.menu", name="왜 표시되었나요?") in answer
        assert KO("help.menu", name="리뷰 확인") not in answer

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_by_slash_slash_commands_are_taught_in_the_language_of_who_asks(
        self, shop: Shop, admin: Member, locale: str, texts: Texts
    ) -> None:
        async with shop.bot():
            answer = await admin.use_slash(shop.reviews, "help", locale=locale)
            ending = texts("help.ending", example=Caller(texts).example("help"))
            await shop.server.wait_for(lambda: [answer.message, *answer.followups][-1].content.endswith(ending))
        content = "\n".join(each.content for each in (answer.message, *answer.followups))
        assert answer.is_ephemeral
        assert headings(content) == [texts(f"help.{each}") for each in ("everyone", "manage_messages", "manage_guild")]
        for command in ("check", "words similar", "retrain start", "model import"):
            assert Caller(texts).name(command) in offered(content)
        assert "`!" not in content

    async def test_an_english_channel_hears_english(self, shop: Shop) -> None:
        async with shop.bot(language="en"):
            answer = await ask(shop, "!help")
        assert {"!check", "!examples remove", "!similar"} <= set(offered(answer))
        assert headings(answer) == [EN("help.everyone"), EN("help.manage_messages")]
        assert not re.search("[가-힣]", answer)

    async def test_what_does_not_fit_into_one_message_comes_in_several(self, shop: Shop, admin: Member) -> None:
        async with shop.bot(language="en", command_prefix="jigi, be so kind as to do for me what I write here: "):
            await admin.send(shop.reviews, "jigi, be so kind as to do for me what I write here: help")
            first = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
            ending = EN("help.ending", example=f"{shop_prefix(first.content)}help check")
            parts = [first]
            while not parts[-1].content.endswith(ending):
                parts.append(await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user))
        assert len(parts) > 1
        assert all(len(each.content) <= 2000 for each in parts)

    async def test_nobody_is_shown_a_command_of_the_bot_that_is_not_jigis(self, shop: Shop) -> None:
        async with shop.bot() as bot:

            @bot.command()
            @limited_to(manage_messages=True)
            async def own(ctx: Context) -> None: ...

            assert "own" not in await ask(shop, "!help")


def shop_prefix(answer: str) -> str:
    return re.search(r"`([^`]*)help`", answer)[1]  # type: ignore[index]


class TestDetails:
    async def test_one_command_is_explained(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await ask(shop, "!help 예시 삭제")
        assert answer.splitlines() == [
            "**`!예시 삭제`**",
            KO("command.examples_remove_description"),
            KO("help.parameter", name="번호", description=KO("command.examples_remove_ids_description")),
            KO("help.example", example="!예시 삭제 3 7"),
            KO("help.other_names", names="`!examples remove`"),
            KO("help.needs", names="메시지 관리"),
        ]

    @pytest.mark.parametrize("written", ["check", "확인", "!확인", "/check", "  확인 "])
    async def test_it_is_found_by_any_of_its_names(self, shop: Shop, written: str) -> None:
        async with shop.bot():
            assert (await ask(shop, f"!help {written}")).startswith("**`!확인`**")

    async def test_by_slash_it_is_explained_as_a_slash_command(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await shop.moderator.use_slash(shop.reviews, "도움말", 명령어="비슷한말", locale="ko")
        assert answer.content.startswith("**`/단어 비슷한말`**")
        assert KO("help.example", example="/단어 비슷한말 단어:배송") in answer.content

    async def test_of_a_group_all_that_may_be_used_is_named(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            of_moderator = await ask(shop, "!help threshold")
            of_admin = (await say(shop, admin, "!help 기준")).content
        assert re.findall("`([^`]+)`", of_moderator) == ["!기준 보기", "!기준 추천"]
        assert re.findall("`([^`]+)`", of_admin) == ["!기준 보기", "!기준 추천", "!기준 정하기", "!기준 되돌리기"]

    @pytest.mark.parametrize("written", ["없음", "retrain", "학습 시작", "exa"])
    async def test_what_there_is_not_or_may_not_be_used_is_answered_alike(self, shop: Shop, written: str) -> None:
        async with shop.bot():
            answer = await ask(shop, f"!help {written}")
        assert answer == KO("help.unknown", name=written, command="!도움말")

    @pytest.mark.parametrize(
        "asked",
        [
            "**||https://example.com||**",
            "[x](https://example.com)",
            "@everyone",
            "`" * 9,
            "가" * 1985,
            "examples ||x||",
        ],
    )
    async def test_what_there_is_not_is_repeated_harmlessly_and_cut(self, shop: Shop, asked: str) -> None:
        async with shop.bot():
            answer = await ask(shop, f"!help {asked}")
        name = answer.partition("명령어는")[0]
        assert len(answer) < 250
        assert not set(re.sub(r"\\(.)", "", name)) & set("*|[]()`@_~/:")

    async def test_commands_are_offered_as_they_are_typed_to_who_may_use_them(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            let_in_everybody(shop)
            by = {}
            for member in (shop.customer, shop.moderator, admin):
                choices = await member.autocomplete(shop.reviews, "help", option="command", value="기준", locale="ko")
                by[member.user.name] = [choice["value"] for choice in choices]
        assert by == {
            "손님": [],
            shop.moderator.user.name: ["기준 보기", "기준 추천"],
            "서버장": ["설정 기준", "기준 보기", "기준 추천", "기준 정하기", "기준 되돌리기"],
        }


class TestBeingCalled:
    @pytest.mark.parametrize("mention", ["<@{}>", "<@!{}> "])
    async def test_a_bare_mention_is_answered(self, shop: Shop, mention: str) -> None:
        async with shop.bot():
            answer = await say(shop, shop.customer, mention.format(shop.server.bot_user.id))
        assert answer.content == KO("help.mentioned", slash="/도움말", typed="!도움말")

    async def test_a_server_that_has_chosen_a_language_hears_it_and_another_one_its_own(
        self, shop: Shop, admin: Member
    ) -> None:
        neighbour = shop.server.add_guild("옆 서버")
        theirs = neighbour.add_text_channel("잡담")
        async with shop.bot():
            await say(shop, admin, "!settings language 영어")
            answer = await say(shop, shop.customer, f"<@{shop.server.bot_user.id}>")
            overview = await say(shop, admin, "!help")
            await neighbour.owner.send(theirs, f"<@{shop.server.bot_user.id}>")
            to_them = await shop.server.wait_for_message(theirs, author=shop.server.bot_user)
        assert answer.content == EN("help.mentioned", slash="/help", typed="!help")
        assert headings(overview.content)[0] == EN("help.everyone")
        assert to_them.content == KO("help.mentioned", slash="/도움말", typed="!도움말")

    async def test_other_messages_are_not_made_events_of_for_the_helps_sake(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            assert len(bot.extra_events["on_message"]) == 1  # that of who judges; see `Client._take_in`

    async def test_a_mention_with_words_is_talk(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            said = await shop.customer.send(shop.reviews, f"<@{shop.server.bot_user.id}> {BAD}")
            assert await shop.is_judged(bot, said)
        assert shop.server.requests_to("POST", f"/channels/{shop.reviews.id}/messages") == []

    async def test_where_it_may_not_speak_it_stays_silent(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        shop.reviews.set_permissions(shop.guild.bot, send_messages=False)
        async with shop.bot() as bot:
            await shop.customer.send(shop.reviews, f"<@{shop.server.bot_user.id}>")
            assert await shop.is_judged(bot, await shop.customer.send(shop.reviews, BAD))
            await shop.server.wait_until_quiet()
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []

    @pytest.mark.parametrize("content", [BAD, "!check 별로예요", "!도움말"])
    async def test_a_direct_message_is_told_that_it_works_in_servers(self, shop: Shop, content: str) -> None:
        async with shop.bot():
            await shop.customer.send(shop.customer.direct_messages, content)
            answer = await shop.server.wait_for_message(shop.customer.direct_messages, author=shop.server.bot_user)
            await shop.server.wait_until_quiet()
            assert len(shop.customer.direct_messages.history) == 2
        assert answer.content == KO("help.direct", slash="/도움말", why="/이유", privacy="/개인정보")
        assert shop.rows("SELECT count(*) FROM verdicts") == [(0,)]

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_asked_by_slash_in_direct_messages_it_says_the_same(
        self, shop: Shop, locale: str, texts: Texts
    ) -> None:
        async with shop.bot():
            answer = await shop.customer.use_slash(shop.customer.direct_messages, "help", locale=locale)
        assert answer.content == texts(
            "help.direct",
            slash=Caller(texts).name("help"),
            why=Caller(texts).name("why"),
            privacy=Caller(texts).name("privacy"),
        )
