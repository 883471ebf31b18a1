"""A case is opened with its verdict, settled once, ended with its message, and seen by its own guild alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.actions import ActionKind, CloseReason
from bot.domain.cases import (
    ActKind,
    Case,
    CaseEndedError,
    CaseFilter,
    CaseState,
    DoneBeforeError,
    NoSuchCaseError,
    Record,
)
from bot.domain.verdicts import NOTHING
from bot.storage.database import Database
from tests.support.records import GUILD, MODERATOR, OTHER, do_all, flag, kinds_done, make_older, say
from tests.support.store import BAD, GOOD, open_store, rows, verdict

RIGHT, FALSE_ALARM, OPEN, CLOSED = CaseState.RIGHT, CaseState.FALSE_ALARM, CaseState.OPEN, CaseState.CLOSED
AUTHOR = 99


async def case(database: Database, number: int = 1, guild_id: int = GUILD) -> Case:
    return (await database.cases.file(guild_id, number)).case


async def acts(database: Database, number: int = 1) -> list[tuple[str, int | None]]:
    return [(act.kind.value, act.by) for act in (await database.cases.file(GUILD, number)).acts]


async def numbers(database: Database, guild_id: int = GUILD, page: int = 1, **wanted: object) -> list[int]:
    found = await database.cases.page(guild_id, CaseFilter(**wanted), page, 10)  # type: ignore[arg-type]
    return [each.number for each, _ in found.cases]


class TestOpening:
    async def test_flagged_messages_are_numbered_in_each_guild(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record(
                [verdict(1, BAD), verdict(2, GOOD), verdict(3, BAD, guild_id=2), verdict(4, BAD)]
            )
            await database.verdicts.record([verdict(5, BAD), verdict(6, BAD, guild_id=None)])
        found = rows(path, "SELECT guild_id, number, message_id, channel_id, author_id, state FROM cases ORDER BY id")
        assert found == [
            (1, 1, 1, 7, 99, "open"),
            (2, 1, 3, 7, 99, "open"),
            (1, 2, 4, 7, 99, "open"),
            (1, 3, 5, 7, 99, "open"),
        ]

    async def test_what_nobody_is_shown_is_no_case(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD, acting=NOTHING)])
        assert rows(path, "SELECT count(*) FROM cases") == [(0,)]

    async def test_recording_again_opens_none(self, path: Path) -> None:
        async with open_store(path) as database:
            for _ in range(2):
                await database.verdicts.record([verdict(1, BAD)])
            assert await numbers(database) == [1]

    async def test_a_case_of_another_guild_is_none(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database, 1)
            await flag(database, 2, guild_id=2)
            await flag(database, 3, guild_id=2)
            assert await numbers(database) == [1]
            for number in (2, 0, -1, 10**30):
                with pytest.raises(NoSuchCaseError):
                    await database.cases.file(GUILD, number)

    async def test_an_edit_closes_the_case_and_another_opens_the_same_again(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.verdicts.record([verdict(1, GOOD, 1)])
            assert (await case(database)).ended is CloseReason.EDITED
            assert (await case(database)).state is CLOSED
            await database.verdicts.record([verdict(1, BAD, 2)])
            again = await case(database)
            assert (again.state, again.ended) == (OPEN, None)
            assert await acts(database) == [("message_edited", None), ("flagged_again", None)]
            assert await numbers(database) == [1]

    async def test_an_edit_of_a_decided_text_opens_its_case_again(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await say(database, 1, True, MODERATOR, may_learn=False)
            await database.verdicts.record([verdict(1, f"{BAD}!", 1, is_bad=True)])
            assert (await case(database)).state is OPEN
            assert await acts(database) == [("right", MODERATOR), ("flagged_again", None)]


class TestSettling:
    async def test_a_decision_settles_the_case_and_says_who_was_first(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            first = await say(database, 1, True, MODERATOR, may_learn=False)
            again = await say(database, 1, True, OTHER, may_learn=False)
            corrected = await say(database, 1, False, OTHER, may_learn=False)
            state = (await case(database)).state
            done = await acts(database)
        assert first is not None
        assert again is not None
        assert corrected is not None
        assert first.earlier is None
        for each in (again, corrected):
            assert each.earlier is not None
            assert (each.earlier.kind, each.earlier.by) == (ActKind.RIGHT, MODERATOR)
        assert state is FALSE_ALARM
        assert done == [("right", MODERATOR), ("false_alarm", OTHER)]
        assert rows(path, "SELECT is_right, decided_by FROM decisions") == [(0, OTHER)]

    async def test_closing_takes_the_text_and_no_decision(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            assert await database.cases.close(GUILD, 1, MODERATOR) is None
            earlier = await database.cases.close(GUILD, 1, OTHER)
            assert await kinds_done(database) == [ActionKind.UPDATE_ALERT]
            assert (await case(database)).state is CLOSED
        assert earlier is not None
        assert earlier.by == MODERATOR
        assert rows(path, "SELECT text FROM verdicts") == [(None,)]
        assert rows(path, "SELECT count(*) FROM decisions") == [(0,)]

    async def test_reopening_takes_a_decision_back_and_puts_the_flag_back(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            assert not await database.cases.reopen(GUILD, 1, OTHER)
            await say(database, 1, False, MODERATOR, may_learn=False)
            await do_all(database)
            assert await database.cases.reopen(GUILD, 1, OTHER)
            assert (await case(database)).state is OPEN
            assert sorted(await kinds_done(database)) == [ActionKind.REACT, ActionKind.UPDATE_ALERT]
        assert rows(path, "SELECT count(*) FROM decisions") == [(0,)]

    async def test_what_is_old_is_closed_at_once_in_its_own_guild(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2, 3):
                await flag(database, message_id)
            await flag(database, 4, guild_id=2)
            await say(database, 3, True, MODERATOR, may_learn=False)
            make_older(path, 5, "cases")
            await flag(database, 5)
            cutoff = datetime.now(UTC) - timedelta(days=4)
            assert await database.cases.close_older_than(GUILD, cutoff, OTHER) == 2
            assert [(await case(database, number)).state for number in (1, 2, 3, 4)] == [CLOSED, CLOSED, RIGHT, OPEN]
            assert (await case(database, 1, guild_id=2)).state is OPEN
            assert await acts(database, 2) == [("close", OTHER)]

    async def test_an_alert_whose_case_was_settled_while_it_was_sent_is_brought_up_to_date(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await database.cases.close(GUILD, 1, MODERATOR)
            assert (await kinds_done(database))[-1] is ActionKind.UPDATE_ALERT


class TestEnding:
    @pytest.mark.parametrize("is_decided", [True, False])
    async def test_a_deleted_message_ends_its_case_and_keeps_its_decision(self, path: Path, is_decided: bool) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id)
            if is_decided:
                await say(database, 1, True, MODERATOR, may_learn=False)
            for _ in range(2):
                await database.verdicts.erase([1])
            ended = await case(database)
            assert (ended.state, ended.ended) == (RIGHT if is_decided else CLOSED, CloseReason.DELETED)
            assert (await acts(database))[-1] == ("message_deleted", None)
            assert len(await acts(database)) == 1 + is_decided
            assert (await case(database, 2)).state is OPEN
            for work in (database.cases.close(GUILD, 1, OTHER), database.cases.reopen(GUILD, 1, OTHER)):
                with pytest.raises(CaseEndedError):
                    await work

    async def test_authors_are_forgotten_when_their_time_is_over(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id)
            await say(database, 1, True, MODERATOR, may_learn=False)
            await database.verdicts.erase([2])
            assert rows(path, "SELECT author_id FROM cases") == [(AUTHOR,), (AUTHOR,)]
            for table in ("cases", "verdicts"):
                make_older(path, 31, table)
            await flag(database, 3)
            await database.verdicts.erase_older_than(30)
        found = rows(path, "SELECT author_id, state, ended FROM cases ORDER BY number")
        assert found == [(None, "right", "expired"), (None, "closed", "deleted"), (AUTHOR, "open", None)]

    async def test_a_guild_that_the_bot_has_left_is_forgotten(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database, 1)
            await flag(database, 2)
            await say(database, 2, True, MODERATOR, may_learn=False)
            await flag(database, 3, guild_id=2)
            await database.verdicts.erase_guild(GUILD)
        found = rows(path, "SELECT guild_id, author_id, state, ended FROM cases ORDER BY id")
        assert found == [(1, None, "closed", "deleted"), (1, None, "right", "deleted"), (2, AUTHOR, "open", None)]


class TestOnDiscord:
    async def test_what_was_begun_is_found_until_it_is_done(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            begun, act = await database.cases.begin(GUILD, 1, ActKind.TIMEOUT, MODERATOR, "도배", 60)
        async with open_store(path) as database:
            ((found, left),) = await database.cases.begun()
            assert (found.number, left.kind, left.reason, left.minutes) == (1, ActKind.TIMEOUT, "도배", 60)
            await database.cases.finish(begun, act)
            assert await database.cases.begun() == []
            assert await acts(database) == [("timeout", MODERATOR)]
            assert (await case(database)).state is OPEN

    async def test_a_second_one_is_told_and_may_try_where_discord_refused_the_first(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            _, act = await database.cases.begin(GUILD, 1, ActKind.DELETE, MODERATOR, "욕설")
            with pytest.raises(DoneBeforeError) as told:
                await database.cases.begin(GUILD, 1, ActKind.DELETE, OTHER, "욕설")
            assert told.value.act.by == MODERATOR
            await database.cases.withdraw(act)
            await database.cases.begin(GUILD, 1, ActKind.DELETE, OTHER, "욕설")
            for _ in range(2):
                await database.cases.begin(GUILD, 1, ActKind.REPLY, OTHER, "안녕하세요")

    async def test_who_deleted_a_message_is_not_said_twice(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            begun, act = await database.cases.begin(GUILD, 1, ActKind.DELETE, MODERATOR, "욕설")
            await database.cases.finish(begun, act)
            assert (await case(database)).state is CLOSED
            await database.verdicts.erase([1])
            assert await acts(database) == [("delete", MODERATOR)]
            assert (await case(database)).ended is CloseReason.DELETED


class TestLists:
    async def test_filters_and_pages(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in range(1, 13):
                await database.verdicts.record([verdict(message_id, BAD, channel_id=7 + message_id % 2)])
            await say(database, 3, True, MODERATOR, may_learn=False)
            await database.cases.note(GUILD, 5, ActKind.NOTE, OTHER, "지켜보기")
            await database.cases.note(GUILD, 6, ActKind.SKIP, OTHER)
            assert await numbers(database) == list(range(12, 2, -1))
            assert await numbers(database, page=2) == [2, 1]
            assert await numbers(database, state=RIGHT) == [3]
            assert await numbers(database, channel_id=8) == [11, 9, 7, 5, 3, 1]
            assert await numbers(database, by=OTHER) == [5]
            assert await numbers(database, author_id=AUTHOR, since=datetime.now(UTC) + timedelta(hours=1)) == []
            assert await numbers(database, author_id=1) == []
            page = await database.cases.page(GUILD, CaseFilter(), 1, 10)
            assert (page.n_cases, page.cases[0][1].message_id) == (12, 12)

    async def test_the_queue_goes_round_without_what_was_skipped(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in range(1, 5):
                await flag(database, message_id)
            await flag(database, 9, guild_id=2)
            await say(database, 2, True, OTHER, may_learn=False)
            await database.cases.note(GUILD, 3, ActKind.SKIP, MODERATOR)

            async def queue(after: int, by: int) -> int | None:
                found = await database.cases.next_open(GUILD, after, by)
                return found.case.number if found else None

            assert [await queue(after, MODERATOR) for after in (0, 1, 4)] == [1, 4, 1]
            assert await queue(1, OTHER) == 3
            assert await database.cases.n_open(GUILD) == 3
            assert await database.cases.next_open(3, 0, MODERATOR) is None

    async def test_an_authors_record_counts_a_month_of_their_own_guild(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database, 1)
            make_older(path, 31, "cases")
            for message_id in (2, 3):
                await flag(database, message_id)
            await flag(database, 4, guild_id=2)
            await say(database, 2, True, MODERATOR, may_learn=False)
            assert (await database.cases.file(GUILD, 3)).record == Record(2, 1)
