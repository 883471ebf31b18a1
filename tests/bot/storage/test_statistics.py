"""Counts are of messages as they are by now, and stay when texts go."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.domain.actions import CloseReason
from bot.domain.statistics import Counts, Span, Statistics
from bot.domain.verdicts import NOTHING
from bot.storage.database import Database
from tests.support.records import GUILD, MODERATOR, OTHER, do_all, flag, say
from tests.support.store import BAD, CHANNEL, GOOD, message, open_store, verdict

OTHER_GUILD = 2


async def count(database: Database, guild_id: int | None = GUILD, n_days: int = 7) -> Statistics:
    return await database.statistics.count(guild_id, Span.last_days(n_days, datetime.now(UTC), "Asia/Seoul"))


async def total(database: Database, guild_id: int | None = GUILD) -> Counts:
    return (await count(database, guild_id)).total


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


async def test_judged_flagged_and_decided_are_counted_by_guild_and_channel(path: Path) -> None:
    async with open_store(path) as database:
        for message_id in (1, 2, 3):
            await flag(database, message_id)
        await flag(database, 11, guild_id=OTHER_GUILD)
        await database.verdicts.record([verdict(4, GOOD), verdict(5, GOOD, channel_id=8)])
        await say(database, 1, True, MODERATOR, may_learn=False)
        await say(database, 2, False, MODERATOR, may_learn=False)
        counted = await count(database)
        assert counted.total == Counts(n_judged=5, n_flagged=3, n_right=1, n_false_alarms=1)
        assert counted.by_channel[8] == Counts(n_judged=1)
        assert counted.by_channel[CHANNEL].n_judged == 4
        assert counted.by_part[-1] == counted.total
        assert await total(database, OTHER_GUILD) == Counts(n_judged=1, n_flagged=1)
        assert await total(database, 3) == Counts()


async def test_what_the_terminal_judges_is_of_no_guild(path: Path) -> None:
    async with open_store(path) as database:
        await database.verdicts.record([verdict(1, BAD, guild_id=None), verdict(2, GOOD)])
        assert await total(database, None) == Counts(n_judged=1, n_flagged=1)


async def test_what_shadow_mode_would_have_flagged_is_counted_apart(path: Path) -> None:
    async with open_store(path) as database:
        await database.verdicts.record([verdict(1, BAD, acting=NOTHING), verdict(2, BAD)])
        assert await total(database) == Counts(n_judged=2, n_flagged=1, n_shadow=1)


async def test_a_message_counts_once_as_it_was_judged_last(path: Path) -> None:
    async with open_store(path) as database:
        await flag(database, 1)
        await say(database, 1, True, MODERATOR, may_learn=False)
        await database.verdicts.record([verdict(1, "늦고 별로예요", 5, is_bad=True)])
        assert await total(database) == Counts(n_judged=1, n_flagged=1)  # another text, of which nobody has decided
        await database.verdicts.record([verdict(1, GOOD, 6)])
        assert await total(database) == Counts(n_judged=1)


async def test_counts_stay_when_texts_are_erased(path: Path) -> None:
    async with open_store(path) as database:
        for message_id in (1, 2, 3):
            await flag(database, message_id)
        await say(database, 1, False, MODERATOR, may_learn=False)
        before = await count(database)
        await database.verdicts.erase([1, 2])
        await database.verdicts.erase_older_than(0)
        assert (await database.cases.file(GUILD, 3)).case.ended is CloseReason.EXPIRED
        after = await count(database)
        assert after.total == before.total == Counts(n_judged=3, n_flagged=3, n_false_alarms=1)
        assert after.waited == before.waited


async def test_a_changed_decision_counts_as_it_is_and_a_reopened_case_is_undecided(path: Path) -> None:
    async with open_store(path) as database:
        await flag(database)
        await say(database, 1, True, MODERATOR, may_learn=False)
        await say(database, 1, False, OTHER, may_learn=False)
        assert await total(database) == Counts(n_judged=1, n_flagged=1, n_false_alarms=1)
        await database.cases.reopen(GUILD, 1, MODERATOR)
        counted = await count(database)
        assert (counted.total, counted.waited) == (Counts(n_judged=1, n_flagged=1), [])
        await do_all(database)
        assert await database.cases.close(GUILD, 1, MODERATOR) is None
        assert (await total(database)).n_undecided == 1


@pytest.mark.sqlite
async def test_the_time_to_a_decision_is_counted_from_the_verdict(path: Path) -> None:
    async with open_store(path) as database:
        await flag(database)
        await say(database, 1, True, MODERATOR, may_learn=False)
    judged_at = datetime.now(UTC) - timedelta(days=2)
    change(path, "UPDATE verdicts SET created_at = ?", f"{judged_at:%Y-%m-%d %H:%M:%S.%f}")
    change(path, "UPDATE decisions SET decided_at = ?", f"{judged_at + timedelta(minutes=90):%Y-%m-%d %H:%M:%S.%f}")
    async with open_store(path) as database:
        counted = await count(database)
        assert [each.seconds for each in counted.waited] == [5400]
        assert counted.by_part[-3] == Counts(n_judged=1, n_flagged=1, n_right=1)
        assert (await count(database, n_days=2)).total == Counts()


@pytest.mark.sqlite
async def test_nothing_is_looked_through_from_end_to_end(path: Path) -> None:
    """The plan of each statement, as SQLite makes it, goes by an index; what is flagged has one of its own."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    async with open_store(path) as database:
        await database.verdicts.record([verdict(1, BAD)])
        reader = database._transactions._reader.sync_engine
        event.listen(reader, "before_cursor_execute", lambda *seen: asked.append(seen[2:4]))
        await count(database)
    with closing(sqlite3.connect(path)) as connection:
        plans = [
            " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", [str(each) for each in values]))
            for sql, values in asked
            if "verdicts" in sql
        ]
    by_index = ["ix_verdicts_guild_id_created_at", "ix_verdicts_flagged", "ix_verdicts_flagged"]
    assert [index in plan for index, plan in zip(by_index, plans, strict=True)] == [True] * 3
    assert [plan for plan in plans if "SCAN verdicts" in plan or "SCAN cases" in plan] == []


async def test_a_message_that_was_passed_over_is_not_judged(path: Path) -> None:
    async with open_store(path) as database:
        await database.verdicts.record([], {message(1, "").channel_id: 1})
        assert await total(database) == Counts()
