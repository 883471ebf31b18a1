"""Stories of owners who take their server's cases and verdicts with them."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.cogs.history import exports
from bot.cogs.shared.replies import no_permission
from bot.localisation.texts import Texts
from tests.bot.cogs.history.office import Office, open_office, table_in
from tests.support.shop import BAD, GOOD, jigi_in
from tests.support.talk import EN, KO, LANGUAGES, let_in_everybody, usage

KINDS = ["cases", "verdicts"]
SPOILED = "=별로 SUM(A1)"


@pytest.fixture
async def office(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, tiny_model) as office:
        yield office


async def judged(office: Office, bot: Any, *contents: str) -> list[int]:
    """Have the customer say something in the watched channel, and wait until it is judged."""
    said = await office.say(*contents, channel=office.shop.reviews)
    for message in said:
        await office.shop.verdict(bot, message)
    await jigi_in(bot).pipeline.drain()
    return [message.id for message in said]


async def export(office: Office, kind: str, locale: str = "ko", **options: Any) -> Any:
    return await office.admin.use_slash(office.desk, f"export {kind}", locale=locale, within=10.0, **options)


class TestFile:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_cases_come_to_who_asks_alone(self, office: Office, locale: str, texts: Texts) -> None:
        async with office.bot() as bot:
            ids = await judged(office, bot, BAD, GOOD, SPOILED)
            await jigi_in(bot).database.decisions.decide(
                ids[0], True, office.shop.moderator.id, guild_id=office.shop.guild.id, may_learn=False
            )
            answer = await export(office, "cases", locale)
        assert answer.is_ephemeral
        assert answer.content == texts("export.cases", n="2")
        first, second = table_in(answer.message, "jigi-cases.csv")
        assert (first["number"], first["message_id"], first["state"]) == ("1", str(ids[0]), "right")
        assert (first["is_right"], first["decided_by"], first["text"]) == ("true", str(office.shop.moderator.id), "")
        assert (second["text"], second["is_right"], second["author_id"]) == (
            f"'{SPOILED}", "", str(office.shop.customer.id)
        )  # fmt: skip
        assert second["opened_at"].endswith("Z")

    async def test_verdicts_come_as_an_object_a_line(self, office: Office) -> None:
        async with office.bot() as bot:
            ids = await judged(office, bot, BAD, GOOD)
            answer = await export(office, "verdicts", format="json")
        lines = answer.message.file("jigi-verdicts.jsonl").data.decode().splitlines()
        found = [json.loads(line) for line in lines]
        assert [each["message_id"] for each in found] == [str(each) for each in ids]
        assert [each["text"] for each in found] == [BAD, None]
        assert [each["is_flagged"] for each in found] == [True, False]
        assert found[1]["author_id"] is None

    async def test_after_a_prefix_it_comes_as_a_direct_message(self, office: Office) -> None:
        async with office.bot() as bot:
            await judged(office, bot, BAD)
            answer = await office.ask("!내보내기 케이스 format:csv", who=office.admin)
            sent = office.admin.direct_messages.history[-1]
        assert answer.content == KO("export.sent_directly")
        assert answer.attachments == []
        assert len(table_in(sent, "jigi-cases.csv")) == 1
        assert sent.content == KO("export.cases", n="1")

    async def test_who_takes_no_direct_messages_is_told_what_to_do(self, office: Office) -> None:
        office.admin.user.accepts_direct_messages = False
        async with office.bot() as bot:
            await judged(office, bot, BAD)
            answer = await office.ask("!export verdicts", who=office.admin)
        assert answer.content == KO("export.no_direct_messages", command="/내보내기 판정")

    async def test_what_is_too_large_comes_packed(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exports, "_most_bytes", lambda ctx: 300)  # Discord's own bound takes 100,000 cases
        async with office.bot() as bot:
            await judged(office, bot, *[f"{BAD} {n}" for n in range(3)])
            answer = await export(office, "cases")
        assert [each.filename for each in answer.message.attachments] == ["jigi-cases-1.zip"]


class TestFilter:
    async def test_days_and_channel_narrow_it(self, office: Office) -> None:
        async with office.bot() as bot:
            await judged(office, bot, BAD, BAD + "!")
            await office.shop.change_beside(
                bot, "UPDATE cases SET created_at = '2026-03-01 15:30:00.000000' WHERE number = 1"
            )
            seoul = await export(office, "cases", 시작="2026-03-02", 끝="2026-03-02")
            before = await export(office, "cases", 끝="2026-03-01")
            here = await export(office, "cases", channel=office.shop.reviews)
            elsewhere = await export(office, "cases", channel=office.talk)
        assert [row["number"] for row in table_in(seoul.message, "jigi-cases.csv")] == ["1"]
        assert before.content == elsewhere.content == KO("export.nothing")
        assert len(table_in(here.message, "jigi-cases.csv")) == 2

    async def test_another_guild_sees_nothing_of_it(self, office: Office) -> None:
        other = office.shop.server.add_guild("다른 상점")
        channel = other.add_text_channel("후기")
        async with office.bot() as bot:
            await judged(office, bot, BAD)
            for kind in KINDS:
                answer = await other.owner.use_slash(channel, f"export {kind}")
                assert answer.content == KO("export.nothing")
                await other.owner.send(channel, f"!export {kind} channel:{office.shop.reviews.id}")
                refused = await office.heard(channel)
                assert refused.attachments == []
                assert other.owner.direct_messages.history == []


class TestMistakes:
    @pytest.mark.parametrize("written", ["어제", "2026-13-01", "11/03"])
    async def test_what_is_no_day_is_one_sentence(self, office: Office, written: str) -> None:
        async with office.bot():
            answer = await export(office, "cases", "en-US", since=written)
        assert answer.content.replace("\\", "") == EN("export.bad_day", received=written)

    async def test_days_the_wrong_way_round_are_one_sentence(self, office: Office) -> None:
        async with office.bot():
            answer = await export(office, "verdicts", 시작="2026-11-03", 끝="2026-11-02")
        assert answer.content == KO("export.no_time")

    async def test_used_wrongly_it_says_how_it_is_used(self, office: Office, caplog: pytest.LogCaptureFixture) -> None:
        async with office.bot():
            answer = await office.ask("!export cases format:xlsx", who=office.admin)
        assert answer.content == usage("export cases")
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


class TestPermission:
    @pytest.mark.parametrize("kind", KINDS)
    async def test_it_takes_manage_server(self, office: Office, kind: str) -> None:
        async with office.bot():
            by_prefix = await office.ask(f"!export {kind}")
            with pytest.raises(PermissionError):
                await office.shop.moderator.use_slash(office.desk, f"export {kind}")
        assert by_prefix.content == no_permission(["manage_guild"], KO)
        assert office.shop.moderator.direct_messages.history == []

    async def test_whom_a_server_has_let_in_may(self, office: Office) -> None:
        async with office.bot():
            let_in_everybody(office.shop)
            answer = await office.shop.moderator.use_slash(office.desk, "export cases")
        assert answer.content == KO("export.nothing")
