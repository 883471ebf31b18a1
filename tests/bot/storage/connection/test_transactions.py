"""A transaction is done whole or not at all, and leaves no thread behind."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage.connection.engine import DatabaseError
from tests.support.store import (
    BAD,
    CHANNEL,
    eventually,
    n_threads,
    open_store,
    rows,
    verdict,
)


class TestFailures:
    @pytest.mark.sqlite
    async def test_a_transaction_that_cannot_end_leaves_nothing_behind(self, path: Path) -> None:
        async with open_store(path) as database:
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute(
                    "CREATE TRIGGER no_actions BEFORE INSERT ON actions BEGIN SELECT RAISE(FAIL, 'no'); END"
                )
            with pytest.raises(DatabaseError, match="no"):
                await database.verdicts.record([verdict(1, BAD)], {CHANNEL: 1})
            assert await database.verdicts.newest(1) is None
            assert await database.cursors.find(CHANNEL) is None

    @pytest.mark.sqlite
    async def test_a_locked_database_is_a_clear_error_and_can_be_read(self, path: Path) -> None:
        async with open_store(path, timeout="0.05") as database:
            await database.verdicts.record([verdict(1, BAD)])
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(DatabaseError) as error:
                    await database.verdicts.record([verdict(2, BAD)])
                assert await database.verdicts.newest(1) is not None
            assert error.value.problem == "locked"
            assert await database.verdicts.record([verdict(2, BAD)])

    async def test_a_closed_database_stays_closed(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.close()
            with pytest.raises(DatabaseError, match="closed"):
                await database.verdicts.newest(1)

    @pytest.mark.sqlite
    async def test_closing_ends_every_thread(self, path: Path) -> None:
        n_before = n_threads()
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            assert n_threads() > n_before
        await eventually(lambda: n_threads() <= n_before)

    async def test_what_was_begun_is_done_although_its_caller_is_cancelled(self, path: Path) -> None:
        async with open_store(path) as database:
            recording = asyncio.create_task(database.verdicts.record([verdict(1, BAD)]))
            await asyncio.sleep(0)
            recording.cancel()
            with pytest.raises(asyncio.CancelledError):
                await recording
        assert rows(path, "SELECT message_id FROM verdicts") == [(1,)]

    async def test_finished_work_is_forgotten(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await database.verdicts.record([verdict(message_id, BAD)])
            assert database._transactions._unfinished == set()
