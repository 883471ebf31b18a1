"""Appeals open cases again, whatever became of these, and end with what moderators say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.actions import NO_RESULT, ActionKind, ActionResult, ActionState, CloseReason
from bot.domain.cases import ActKind, CaseEndedError, CaseState
from bot.domain.members.appeals import MAX_WORDS, MOST_A_DAY, AppealError, AppealProblem, AppealState, NoticeState
from bot.domain.verdicts import Acting
from bot.storage.database import Database
from tests.support.store import BAD, GOOD, next_action, open_store, rows, verdict

AUTHOR, OTHER, MODERATOR = 99, 98, 5  # the helper's messages are all by 99
WORDS = "농담으로 한 말이에요"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jigi.sqlite3"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_store(path) as database:
        await database.verdicts.record([verdict(1, BAD), verdict(2, BAD, guild_id=2)])
        yield database


async def appeal(database: Database, message_id: int = 1, guild_id: int = 1, words: str = WORDS) -> None:
    await database.appeals.make(AUTHOR, message_id, guild_id, words, "ko")


async def decide(database: Database, is_right: bool, message_id: int = 1, guild_id: int = 1) -> bool:
    return (
        await database.decisions.decide(message_id, is_right, MODERATOR, guild_id=guild_id, may_learn=False)
    ) is not None


async def deliver(database: Database) -> list[str]:
    """Have done what is due, as if on Discord, and return what that was."""
    done = []
    while action := await next_action(database):
        done.append(f"{action.kind} {action.verdict.message_id}")
        await database.outbox.finish(action, ActionState.DONE, None, _result(action.kind, action.id))
    return done


def _result(kind: ActionKind, action_id: int) -> ActionResult:
    return ActionResult(5, 1000 + action_id) if kind is ActionKind.ALERT else NO_RESULT


async def problem(database: Database, *args: object) -> AppealProblem:
    with pytest.raises(AppealError) as error:
        await database.appeals.make(*args)  # type: ignore[arg-type]
    return error.value.problem


class TestMaking:
    async def test_the_case_is_open_with_the_words_and_gets_an_alert_of_its_own(self, database: Database) -> None:
        await deliver(database)
        await decide(database, is_right=True)
        assert await deliver(database) == ["update_alert 1"]
        await appeal(database)
        file = await database.appeals.file(AUTHOR, 1)
        assert file is not None
        assert file.appeal is not None
        assert (file.case.state, file.case.is_appealed) == (CaseState.OPEN, True)
        assert (file.appeal.words, file.appeal.state) == (WORDS, AppealState.OPEN)
        assert [act.kind for act in file.acts] == [ActKind.RIGHT, ActKind.APPEAL]
        assert file.acts[-1].by is None
        assert sorted(await deliver(database)) == ["alert 1", "close_alert 1", "update_alert 1"]

    async def test_nobody_else_and_nobody_of_another_guild_can(self, database: Database) -> None:
        assert await problem(database, OTHER, 1, 1, WORDS, "ko") is AppealProblem.UNKNOWN
        assert await problem(database, AUTHOR, 2, 1, WORDS, "ko") is AppealProblem.UNKNOWN
        assert await problem(database, AUTHOR, 3, 1, WORDS, "ko") is AppealProblem.UNKNOWN
        assert await database.appeals.file(OTHER, 1) is None
        assert await database.appeals.file(AUTHOR, 2, 1) is None
        assert await database.appeals.file(AUTHOR, 2, 2) is not None

    @pytest.mark.parametrize(
        ("words", "expected"),
        [("", AppealProblem.EMPTY), (" \n", AppealProblem.EMPTY), ("가" * (MAX_WORDS + 1), AppealProblem.TOO_LONG)],
    )
    async def test_words_are_neither_none_nor_too_many(
        self, database: Database, words: str, expected: AppealProblem
    ) -> None:
        assert await problem(database, AUTHOR, 1, 1, words, "ko") is expected
        await appeal(database, words="가" * MAX_WORDS)

    async def test_what_no_database_takes_is_replaced(self, database: Database, path: Path) -> None:
        await appeal(database, words="반\ud83d쪽\0")
        assert rows(path, "SELECT words FROM appeals") == [("반\ufffd쪽\ufffd",)]

    async def test_one_is_open_at_a_time_and_a_decided_one_is_final(self, database: Database) -> None:
        await deliver(database)
        await appeal(database)
        assert await problem(database, AUTHOR, 1, 1, WORDS, "ko") is AppealProblem.IS_OPEN
        await deliver(database)
        await decide(database, is_right=True)
        assert await problem(database, AUTHOR, 1, 1, WORDS, "ko") is AppealProblem.WAS_DECIDED

    async def test_a_few_a_day_in_each_guild(self, database: Database) -> None:
        many = range(10, 10 + MOST_A_DAY + 1)
        await database.verdicts.record([verdict(each, BAD) for each in many])
        for each in many[:-1]:
            await appeal(database, each)
        assert await problem(database, AUTHOR, many[-1], 1, WORDS, "ko") is AppealProblem.TOO_MANY
        await appeal(database, 2, guild_id=2)

    async def test_what_is_no_longer_flagged_needs_none(self, database: Database) -> None:
        await deliver(database)
        await decide(database, is_right=False)
        assert await problem(database, AUTHOR, 1, 1, WORDS, "ko") is AppealProblem.NOT_FLAGGED
        await database.verdicts.record([verdict(2, GOOD, 5, guild_id=2)])
        assert await problem(database, AUTHOR, 2, 2, WORDS, "ko") is AppealProblem.NOT_FLAGGED

    async def test_in_shadow_mode_there_is_nothing_to_ask_about(self, database: Database) -> None:
        shadow = Acting(reacts=False, alerts=False, takes_back=True)
        await database.verdicts.record([verdict(9, BAD, acting=shadow)])
        assert await database.appeals.file(AUTHOR, 9) is None
        assert [each.case.message_id for each in await database.appeals.newest(AUTHOR, None, 5)] == [2, 1]
        assert [each.case.message_id for each in await database.appeals.newest(AUTHOR, 1, 5)] == [1]


class TestAfterTheEnd:
    async def test_a_deleted_message_can_be_appealed_and_decided(self, database: Database, path: Path) -> None:
        await deliver(database)
        await database.verdicts.erase([1])
        await deliver(database)
        assert not await decide(database, is_right=False)
        await appeal(database)
        assert sorted(await deliver(database)) == ["alert 1"]
        assert await decide(database, is_right=False)
        file = await database.appeals.file(AUTHOR, 1)
        assert file is not None
        assert file.appeal is not None
        assert (file.case.state, file.case.ended) == (CaseState.FALSE_ALARM, CloseReason.DELETED)
        assert (file.appeal.state, file.appeal.outcome, file.appeal.words) == (
            AppealState.ANSWERED, ActKind.FALSE_ALARM, None
        )  # fmt: skip
        assert "tell_author 1" in await deliver(database)
        assert rows(path, "SELECT words, notice FROM appeals") == [(None, "pending")]

    async def test_an_appeal_outlives_the_deletion_of_its_message_in_an_open_alert(self, database: Database) -> None:
        await deliver(database)
        await appeal(database)
        await database.verdicts.erase([1])
        done = await deliver(database)
        assert "alert 1" in done
        file = await database.appeals.file(AUTHOR, 1)
        assert file is not None
        assert file.appeal is not None
        assert (file.case.state, file.case.ended, file.appeal.words) == (CaseState.OPEN, CloseReason.DELETED, WORDS)
        assert file.case.acts == (ActKind.RIGHT, ActKind.FALSE_ALARM, ActKind.CLOSE, ActKind.TIMEOUT)
        with pytest.raises(CaseEndedError):
            await database.cases.begin(1, 1, ActKind.DELETE, MODERATOR, "")
        assert await database.cases.close(1, 1, MODERATOR) is None
        closed = await database.appeals.file(AUTHOR, 1)
        assert closed is not None
        assert closed.appeal is not None
        assert closed.appeal.outcome is ActKind.CLOSE
        with pytest.raises(CaseEndedError):
            await database.cases.close(1, 1, MODERATOR)

    async def test_what_a_moderator_deletes_is_still_to_be_answered(self, database: Database) -> None:
        await deliver(database)
        await appeal(database)
        case, act = await database.cases.begin(1, 1, ActKind.DELETE, MODERATOR, "사유")
        await database.cases.finish(case, act)
        file = await database.appeals.file(AUTHOR, 1)
        assert file is not None
        assert (file.case.state, file.case.is_appealed) == (CaseState.OPEN, True)

    async def test_an_edit_to_something_harmless_settles_it(self, database: Database, path: Path) -> None:
        await deliver(database)
        await appeal(database)
        await database.verdicts.record([verdict(1, GOOD, 5)])
        assert rows(path, "SELECT state, words FROM appeals") == [("edited", None)]
        assert rows(path, "SELECT state, is_appealed FROM cases WHERE message_id = 1") == [("closed", 0)]

    async def test_time_ends_it_and_forgets_the_author(self, database: Database, path: Path) -> None:
        await appeal(database)
        await database.verdicts.erase_older_than(30)
        assert rows(path, "SELECT state FROM appeals") == [("open",)]
        await database.verdicts.erase_older_than(-1)
        assert rows(path, "SELECT state, words, author_id FROM appeals") == [("expired", None, None)]
        assert rows(path, "SELECT DISTINCT state, is_appealed, author_id FROM cases") == [("closed", 0, None)]

    async def test_a_case_whose_time_is_over_waits_for_the_answer_to_a_younger_appeal(
        self, database: Database, path: Path
    ) -> None:
        await appeal(database)
        async with database._transactions.writing() as connection:
            for table in ("cases", "verdicts"):
                await connection.exec_driver_sql(f"UPDATE {table} SET created_at = '2020-01-01 00:00:00.000000'")
        await database.verdicts.erase_older_than(30)
        assert rows(path, "SELECT state, ended, author_id FROM cases ORDER BY message_id") == [
            ("open", "expired", AUTHOR), ("closed", "expired", None),
        ]  # fmt: skip
        assert await decide(database, is_right=True)

    async def test_a_guild_that_the_bot_has_left_is_told_nothing(self, database: Database, path: Path) -> None:
        await appeal(database)
        await database.verdicts.erase_guild(1)
        assert rows(path, "SELECT state, words, author_id FROM appeals") == [("expired", None, None)]


class TestTheOutcome:
    async def test_who_decides_otherwise_later_is_reported_too_and_a_repetition_is_not(
        self, database: Database, path: Path
    ) -> None:
        await deliver(database)
        await appeal(database)
        await deliver(database)
        told = []
        for is_right in (True, True, False):
            await decide(database, is_right)
            told.append([each for each in await deliver(database) if each.startswith("tell")])
        assert told == [["tell_author 1"], [], ["tell_author 1"]]
        found = await database.appeals.of_message(1)
        assert found is not None
        await database.appeals.note_notice(found[1], NoticeState.REFUSED)
        assert rows(path, "SELECT outcome, notice FROM appeals") == [("false_alarm", "refused")]

    async def test_a_notice_survives_the_deletion_of_the_message(self, database: Database) -> None:
        await deliver(database)
        await appeal(database)
        await deliver(database)
        await decide(database, is_right=True)
        await database.verdicts.erase([1])
        assert "tell_author 1" in await deliver(database)
