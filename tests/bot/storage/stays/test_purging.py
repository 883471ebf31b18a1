"""Of a guild that was left long ago nothing stays, whatever tables there are; all others keep everything."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Connection, Float, Integer, LargeBinary, String, Table, insert

from bot.domain.actions import ActionState
from bot.storage.database import Database
from bot.storage.schema import Sealed, UtcDateTime, metadata, stays
from bot.storage.stays.purging import NOT_OF_GUILDS, tables_of_guilds
from tests.support.paths import ROOT
from tests.support.store import change, next_action, open_store, rows, url, verdict

BOT, MINE, OTHER = 9, 1234567890123456789, 1098765432109876543
NOW = datetime.now(UTC)
SECRET = "비밀이 있는 글"


def fill(connection: Connection, n_rows: int = 2) -> None:
    """Put rows of two guilds into every table that there is, made up from its columns."""
    numbers = itertools.count(1)
    keys: dict[tuple[Table, int], list[int]] = {}
    for table in metadata.sorted_tables:
        for guild_id in (MINE, OTHER):
            made = [row_of(table, guild_id, numbers, keys, i) for i in range(n_rows)]
            made = made[:1] if list(table.primary_key.columns.keys()) == ["guild_id"] else made
            if table not in NOT_OF_GUILDS:
                connection.execute(insert(table), made)
                keys[table, guild_id] = [row[next(iter(table.primary_key)).name] for row in made]


def row_of(table: Table, guild_id: int, numbers: Any, keys: Any, i: int) -> dict[str, Any]:
    return {column.name: value_of(column, guild_id, numbers, keys, i) for column in table.c}


def value_of(column: Column[Any], guild_id: int, numbers: Any, keys: Any, i: int) -> Any:
    if column.name == "guild_id":
        return guild_id
    for key in column.foreign_keys:
        return keys[key.column.table, guild_id][i]
    n = next(numbers)
    made = {
        UtcDateTime: NOW - timedelta(days=40), Boolean: True, Float: 0.5, JSON: [n], Integer: n,
        LargeBinary: n.to_bytes(16, "big"), Sealed: f"{n} {SECRET}",
        String: f"{n} {SECRET}"[: getattr(column.type, "length", None)],
    }  # fmt: skip
    return next(value for kind, value in made.items() if isinstance(column.type, kind))


def of_guild(path: Path, guild_id: int) -> dict[str, int]:
    """Count the rows of a guild in each table that says whose they are."""
    tables = [table for table in metadata.sorted_tables if "guild_id" in table.c]
    return {
        each.name: rows(path, f"SELECT count(*) FROM {each.name} WHERE guild_id = {guild_id}")[0][0] for each in tables
    }


def counted(path: Path) -> dict[str, int]:
    """Count the rows of every table of guilds."""
    tables = [table for table in metadata.sorted_tables if table not in NOT_OF_GUILDS]
    return {each.name: rows(path, f"SELECT count(*) FROM {each.name}")[0][0] for each in tables}


def bytes_on_disk(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.iterdir() if each.name.startswith(path.name))


@pytest.fixture
async def filled(path: Path) -> Path:
    async with open_store(path) as database, database._transactions.writing() as connection:
        await connection.run_sync(fill)
    return path


def test_every_table_is_known_to_be_of_guilds_or_not_to_be() -> None:
    """A new table needs a `guild_id`, or a column that refers to a table that has one."""
    assert set(tables_of_guilds()) | NOT_OF_GUILDS == set(metadata.sorted_tables)
    assert tables_of_guilds()[-1] is stays


class TestPurge:
    async def test_everything_of_the_guild_goes_and_nothing_of_another(self, filled: Path) -> None:
        before, others = counted(filled), of_guild(filled, OTHER)
        async with open_store(filled) as database:
            assert await database.purging.purge(MINE, NOW)
        assert counted(filled) == {table: n // 2 for table, n in before.items()}
        assert (of_guild(filled, OTHER), set(of_guild(filled, MINE).values())) == (others, {0})

    @pytest.mark.sqlite
    async def test_nothing_is_left_on_the_disk(self, path: Path) -> None:
        async with open_store(path) as database:
            for i in range(600):
                await database.verdicts.record([verdict(10**18 + i, f"{SECRET} {i}", guild_id=MINE, is_bad=True)])
            await database.guilds.change(MINE, 7, retention_days=9)
            await database.stays.see(MINE, BOT, is_welcomed=False)
            await database.stays.leave(MINE, BOT)
        assert MINE.to_bytes(8, "big") in bytes_on_disk(path)
        assert SECRET.encode() in bytes_on_disk(path)
        async with open_store(path) as database:
            assert await database.purging.purge(MINE, datetime.now(UTC))
        left = bytes_on_disk(path)
        assert MINE.to_bytes(8, "big") not in left
        assert SECRET.encode() not in left
        assert not [i for i in range(600) if (10**18 + i).to_bytes(8, "big") in left]

    async def test_one_that_was_left_later_or_never_stays(self, filled: Path) -> None:
        before = counted(filled)
        async with open_store(filled) as database:
            assert not await database.purging.purge(MINE, NOW - timedelta(days=41))
            await database.stays.see(MINE, BOT, is_welcomed=False)
            assert not await database.purging.purge(MINE, NOW)
        assert counted(filled) == before

    async def test_it_ends_where_the_bot_comes_back(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(i, SECRET, guild_id=MINE, is_bad=True) for i in range(2000)])
            await database.stays.leave(MINE, BOT)
            purging = asyncio.create_task(database.purging.purge(MINE, datetime.now(UTC)))
            while not rows(path, "SELECT 1 FROM stays WHERE purge_begun_at IS NOT NULL"):  # noqa: ASYNC110 (the database tells nobody)
                await asyncio.sleep(0)
            await database.stays.see(MINE, BOT, is_welcomed=False)
            assert not await purging
            assert await database.stays.greetings([MINE]) == {MINE: "welcome"}  # not that all is still there
        assert rows(path, "SELECT count(*) FROM verdicts")[0][0] > 0

    async def test_others_come_in_between(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(i, SECRET, guild_id=MINE, is_bad=True) for i in range(4000)])
            await database.stays.leave(MINE, BOT)
            purging = asyncio.create_task(database.purging.purge(MINE, datetime.now(UTC)))
            for i in range(5):
                await database.verdicts.record([verdict(10_000 + i, SECRET, guild_id=OTHER, is_bad=True)])
            assert not purging.done()
            assert await purging

    async def test_what_was_being_done_for_the_guild_is_no_fault(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, SECRET, guild_id=MINE, is_bad=True)])
            action = await next_action(database)
            assert action is not None
            await database.stays.leave(MINE, BOT)
            assert await database.purging.purge(MINE, datetime.now(UTC))
            await database.outbox.finish(action, ActionState.DONE)
        assert rows(path, "SELECT * FROM actions") == []

    @pytest.mark.parametrize("n_deleted", [1, 4, 8])
    async def test_killed_it_goes_on_at_the_next_start(self, filled: Path, n_deleted: int) -> None:
        before = counted(filled)
        program = (
            "import asyncio, os, sys\n"
            "from datetime import UTC, datetime\n"
            "from bot.storage.database import Database\n"
            "async def purge():\n"
            f"    database = await Database.open({url(filled)!r})\n"
            f"    for _ in range({n_deleted}):\n"
            f"        await database.purging._purge_some({MINE}, datetime.now(UTC))\n"
            "    os._exit(9)\n"
            "asyncio.run(purge())\n"
        )
        died = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", program], timeout=60, cwd=ROOT, check=False
        )
        assert died.returncode == 9
        assert rows(filled, f"SELECT guild_id FROM stays WHERE guild_id = {MINE}") == [(MINE,)]
        async with open_store(filled) as database:
            assert await database.purging.purge(MINE, NOW)
        assert set(of_guild(filled, MINE).values()) == {0}
        assert counted(filled) == {table: n // 2 for table, n in before.items()}

    async def test_what_another_guild_refers_to_is_refused_and_not_deleted_with_it(self, filled: Path) -> None:
        mine = rows(filled, f"SELECT id FROM model_versions WHERE guild_id = {MINE}")[0][0]
        change(filled, f"UPDATE guilds SET model_version_id = {mine} WHERE guild_id = {OTHER}")
        async with open_store(filled) as database:
            with pytest.raises(Exception, match=r"(?i)foreign key"):
                await database.purging.purge(MINE, NOW)
        assert of_guild(filled, OTHER)["guilds"] == 1


async def test_it_takes_no_longer_for_many_verdicts_in_one_step(path: Path) -> None:
    """One transaction deletes a bounded number of rows, whatever the guild has."""
    database = await Database.open(url(path))
    await database.verdicts.record([verdict(i, SECRET, guild_id=MINE, is_bad=True) for i in range(3000)])
    await database.stays.leave(MINE, BOT)
    n_deleted = await database.purging._purge_some(MINE, datetime.now(UTC))
    await database.close()
    assert n_deleted == 256
    assert rows(path, "SELECT count(*) FROM verdicts WHERE id NOT IN (SELECT verdict_id FROM actions)") == [(0,)]
