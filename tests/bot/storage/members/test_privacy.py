"""What is held of a member is found, and gone from the disk once they want it to be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.actions import CloseReason
from bot.domain.cases import ActKind, CaseState
from bot.domain.members.appeals import AppealState
from bot.domain.messages import IncomingMessage
from bot.domain.verdicts import EVERYTHING, Policy, Verdict, decide
from bot.storage.database import Database
from model.prediction import Prediction
from tests.bot.storage.members.test_appeals import deliver
from tests.support.keys import FIRST, on_disk
from tests.support.store import GOOD, eventually, open_store, rows

ANNA, BORA, MODERATOR = 410_000_000_000_000_001, 410_000_000_000_000_002, 410_000_000_000_000_003
TEXTS = {1: "첫째로 별로예요", 2: "둘째로 별로예요", 3: "보라도 별로예요", 4: "다른 곳도 별로예요"}
WORDS, NOTE = "그런 뜻이 아니었어요", "안나 님은 두 번째"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jigi.sqlite3"


def flagged(message_id: int, author_id: int, guild_id: int = 1, content: str | None = None) -> Verdict:
    new = IncomingMessage(message_id, 7, guild_id, author_id, content or TEXTS[message_id])
    return decide(new, "별로예요", Prediction(0.01), Policy(0.9, "keyword-1", EVERYTHING))


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    """Open a database in which Anna was flagged twice in one guild and once in another, and Bora once."""
    async with open_store(path) as database:
        judged = [flagged(1, ANNA), flagged(2, ANNA), flagged(3, BORA), flagged(4, ANNA, 2)]
        await database.verdicts.record(judged)
        await deliver(database)
        await database.decisions.decide(1, True, MODERATOR, guild_id=1, may_learn=True)
        await database.cases.note(1, 1, ActKind.NOTE, MODERATOR, NOTE)
        await database.appeals.make(ANNA, 2, 1, WORDS, "ko")
        await deliver(database)
        yield database


def written(*people: int) -> list[bytes]:
    """Return ids as SQLite writes them."""
    return [each.to_bytes(8, "big") for each in people]


class TestErasing:
    async def test_words_and_ids_are_gone_from_the_disk_and_those_of_others_stay(
        self, database: Database, path: Path
    ) -> None:
        theirs = [TEXTS[1].encode(), TEXTS[2].encode(), WORDS.encode(), NOTE.encode()]
        await eventually(lambda: all(each in on_disk(path) for each in theirs))
        erased = await database.privacy.erase(ANNA, 1)
        assert erased.n_messages == 2
        await eventually(lambda: not any(each in on_disk(path) for each in theirs))
        assert all(TEXTS[each].encode() in on_disk(path) for each in (3, 4))
        assert all(each in on_disk(path) for each in written(BORA, ANNA))
        await database.privacy.erase(ANNA, None)
        await eventually(lambda: written(ANNA)[0] not in on_disk(path) and TEXTS[4].encode() not in on_disk(path))
        assert written(BORA)[0] in on_disk(path)
        assert TEXTS[3].encode() in on_disk(path)

    async def test_no_row_bears_the_id_any_more_and_numbers_stay(self, database: Database, path: Path) -> None:
        n_verdicts = rows(path, "SELECT count(*) FROM verdicts")
        await database.privacy.erase(ANNA, 1)
        assert rows(path, "SELECT count(*) FROM verdicts") == n_verdicts
        assert rows(path, "SELECT message_id, text, author_id FROM verdicts WHERE guild_id = 1") == [
            (1, None, None), (2, None, None), (3, TEXTS[3], BORA),
        ]  # fmt: skip
        assert rows(path, "SELECT author_id FROM cases ORDER BY message_id") == [(None,), (None,), (BORA,), (ANNA,)]
        assert rows(path, "SELECT text FROM examples") == []
        assert rows(path, "SELECT is_right, decided_by FROM decisions") == [(1, MODERATOR)]
        held = await database.privacy.held(ANNA, 1)
        assert held.is_nothing
        assert await database.privacy.guilds_of(ANNA) == [2]

    async def test_cases_are_closed_and_say_so_and_every_alert_is_drawn_again(
        self, database: Database, path: Path
    ) -> None:
        await database.verdicts.erase([1])
        await deliver(database)
        await database.privacy.erase(ANNA, 1, by=MODERATOR)
        first, second, bora = [await database.cases.file(1, number) for number in (1, 2, 3)]
        assert (first.case.state, first.case.ended) == (CaseState.RIGHT, CloseReason.DELETED)
        assert (second.case.state, second.case.ended) == (CaseState.CLOSED, CloseReason.ERASED)
        assert [(file.acts[-1].kind, file.acts[-1].by) for file in (first, second)] == [
            (ActKind.ERASED, MODERATOR)
        ] * 2  # fmt: skip
        assert first.acts[1].reason is None
        assert second.appeal is not None
        assert (second.appeal.state, second.appeal.words) == (AppealState.ERASED, None)
        assert bora.case.state is CaseState.OPEN
        assert sorted(await deliver(database)) == ["close_alert 1", "close_alert 2", "close_alert 2"]

    async def test_what_is_due_for_a_message_is_dropped_and_nobody_is_told(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([flagged(1, ANNA)])
            await database.privacy.erase(ANNA, 1)
            assert await deliver(database) == ["react 1"]
            await database.verdicts.record([flagged(2, ANNA)])
            await deliver(database)
            await database.appeals.make(ANNA, 2, 1, WORDS, "ko")
            await database.decisions.decide(2, True, MODERATOR, guild_id=1, may_learn=False)
            await database.privacy.erase(ANNA, 1)
            found = await database.appeals.of_message(2)
        assert found is not None
        assert found[1].author_id is None

    async def test_an_example_does_not_outlive_the_knowledge_of_whose_it_is(
        self, database: Database, path: Path
    ) -> None:
        async with database._transactions.writing() as connection:
            await connection.exec_driver_sql("UPDATE cases SET created_at = '2020-01-01 00:00:00.000000'")
        assert rows(path, "SELECT count(*) FROM examples") == [(1,)]
        await database.verdicts.erase_older_than(30)
        assert rows(path, "SELECT count(*) FROM examples") == [(0,)]

    async def test_what_is_flagged_afterwards_is_theirs_again(self, database: Database) -> None:
        await database.privacy.erase(ANNA, None)
        await database.verdicts.record([flagged(9, ANNA, content="또 별로예요")])
        assert (await database.privacy.held(ANNA, 1)).n_cases == 1

    async def test_hundreds_of_messages_are_erased_whole(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([flagged(each, ANNA, content=f"{each} 별로예요") for each in range(1, 601)])
            assert (await database.privacy.held(ANNA, 1)).n_texts == 600
            assert (await database.privacy.erase(ANNA, 1)).n_messages == 600
            assert (await database.privacy.held(ANNA, 1)).is_nothing
        assert b"\xeb\xb3\x84\xeb\xa1\x9c" not in on_disk(path)


class TestHolding:
    async def test_a_member_sees_their_own_of_one_guild_without_moderators(self, database: Database) -> None:
        held = await database.privacy.held(ANNA, 1)
        assert (held.n_cases, held.n_appeals, held.n_texts, held.n_as_staff) == (2, 1, 3, 0)
        assert [row["text"] for row in held.rows["verdicts"]] == [None, TEXTS[2]]
        assert [row["words"] for row in held.rows["appeals"]] == [WORDS]
        assert [row["text"] for row in held.rows["examples"]] == [TEXTS[1]]
        assert [row["kind"] for row in held.rows["case_acts"]] == ["right", "appeal"]
        assert str(MODERATOR) not in str(held.rows)
        assert NOTE not in str(held.rows)
        assert TEXTS[3] not in str(held.rows)

    async def test_moderators_see_how_much_they_have_done_in_each_guild(self, database: Database) -> None:
        held = await database.privacy.held(MODERATOR, 1)
        assert (held.is_nothing, held.n_as_staff) == (True, 4)  # a decision, its act, a note, an example
        assert await database.privacy.guilds_of(MODERATOR) == [1]
        assert (await database.privacy.held(MODERATOR, 2)).n_as_staff == 0

    async def test_an_edit_to_something_harmless_leaves_numbers_that_are_still_theirs(self, database: Database) -> None:
        edited = IncomingMessage(4, 7, 2, ANNA, GOOD, 5)
        harmless = decide(edited, GOOD, Prediction(0.99), Policy(0.9, "keyword-1", EVERYTHING))
        await database.verdicts.record([harmless])
        held = await database.privacy.held(ANNA, 2)
        assert [row["is_flagged"] for row in held.rows["verdicts"]] == [True, False]
        assert held.n_texts == 0


async def test_with_a_key_words_of_appeals_are_sealed_and_their_author_reads_them(path: Path) -> None:
    async with open_store(path, text_keys=[FIRST]) as database:
        await database.verdicts.record([flagged(1, ANNA)])
        await database.appeals.make(ANNA, 1, 1, WORDS, "ko")
        held = await database.privacy.held(ANNA, 1)
    assert [row["words"] for row in held.rows["appeals"]] == [WORDS]
    assert [row["text"] for row in held.rows["verdicts"]] == [TEXTS[1]]
    assert WORDS.encode() not in on_disk(path)
