"""A database is carried over whole, to a server and back, also when it is killed on its way."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Float, Integer, LargeBinary, String, Table, insert, select

from bot import maintenance
from bot.localisation.texts import Texts
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database
from bot.storage.schema import UtcDateTime, metadata
from bot.storage.schema.sealed import Sealed
from bot.storage.upkeep.moving import move
from tests.support import postgresql
from tests.support.paths import ROOT
from tests.support.records import do_all
from tests.support.store import BAD, GOOD, change, open_store, rows, url, verdict

N_ROWS = 5


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "원본 100%.sqlite3"


@pytest.fixture
def path(server: postgresql.Server, tmp_path: Path) -> Path:
    """Return what stands for an empty database on the server."""
    server.make(found := tmp_path / f"target{postgresql.SUFFIX}", is_empty=True)
    return found


def tell_nobody(table: str, n_done: int, n_all: int) -> None:
    assert n_done <= n_all


def value_of(column: Column[Any], number: int) -> Any:
    """Return something that a column can hold, another in each row, and sometimes nothing."""
    if column.nullable and not column.foreign_keys and number == 3:
        return None
    short = f"{number:02}"
    values: dict[type, Any] = {
        UtcDateTime: datetime(2026, 1, number, 12, 30, 59, 123456, UTC),
        JSON: {"값": [number, None, 0.5], "이름": "지기"},
        Boolean: number % 2 == 0,
        Integer: number,
        Float: number / 7,
        LargeBinary: bytes([number, 0, 255]) + b"x" * 13,
        String: short if getattr(column.type, "length", None) else f"값 {short}",
        Sealed: f"값 {short}",
    }
    return next(value for kind, value in values.items() if isinstance(column.type, kind))


async def fill(path: Path) -> None:
    """Put rows into every table that there is."""
    async with open_store(path) as database, database._transactions.writing() as connection:
        for table in metadata.sorted_tables:
            rows = [{column.name: value_of(column, n) for column in table.c} for n in range(1, N_ROWS + 1)]
            await connection.execute(insert(table), rows)


async def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables."""
    async with open_store(path) as database, database._transactions.reading() as connection:
        return {table.name: await _all(connection, table) for table in metadata.sorted_tables}


async def _all(connection: Any, table: Table) -> list[tuple[Any, ...]]:
    query = select(table).order_by(*table.primary_key.columns)
    return [tuple(row) for row in await connection.execute(query)]


def is_carried(name: str) -> bool:
    return not metadata.tables[name].info.get("is_passing")


async def test_every_table_arrives_to_the_last_digit_and_comes_back(path: Path, source: Path, tmp_path: Path) -> None:
    await fill(source)
    n_rows = await move(url(source), url(path), tell_nobody)
    before, after = await contents(source), await contents(path)
    assert {name: rows for name, rows in after.items() if is_carried(name)} == {
        name: rows for name, rows in before.items() if is_carried(name)
    }
    assert n_rows == sum(len(rows) for name, rows in after.items() if is_carried(name))
    back = tmp_path / "back.sqlite3"
    await move(url(path), url(back), tell_nobody)
    assert await contents(back) == after


async def test_a_bot_goes_on_where_it_was(path: Path, source: Path) -> None:
    async with open_store(source) as database:
        await database.verdicts.record([verdict(1, BAD), verdict(2, GOOD), verdict(3, BAD)], {7: 3})
        await do_all(database)
    await move(url(source), url(path), tell_nobody)
    async with open_store(path) as database:
        assert await database.verdicts.record([verdict(1, BAD, 9)]) == []  # the key of the digests has come along
        assert await database.verdicts.record([verdict(4, BAD)], {7: 4})
        assert len(await do_all(database)) == 2
        assert (await database.cases.file_of_message(4)).case.number == 3  # type: ignore[union-attr]
    assert rows(path, "SELECT id FROM verdicts ORDER BY id") == [(1,), (2,), (3,), (4,)]


async def test_texts_that_only_a_file_takes_arrive_readable(path: Path, source: Path) -> None:
    async with open_store(source) as database:
        await database.verdicts.record([verdict(1, BAD)])
    change(source, "UPDATE verdicts SET text = 'a' || char(0) || 'b'")
    await move(url(source), url(path), tell_nobody)
    assert rows(path, "SELECT text FROM verdicts") == [("a\ufffdb",)]


async def test_sealed_texts_are_carried_without_their_key(path: Path, source: Path) -> None:
    keys = [maintenance.new_key()]
    async with open_store(source, text_keys=keys) as database:
        await database.verdicts.record([verdict(1, BAD)])
    ((sealed,),) = rows(source, "SELECT text FROM verdicts")
    await move(url(source), url(path), tell_nobody)
    assert rows(path, "SELECT text FROM verdicts") == [(sealed,)]
    with pytest.raises(DatabaseError):
        await Database.open(url(path))
    async with open_store(path, text_keys=keys) as database:
        found = await database.verdicts.newest(1)
        assert found is not None
        assert found.text == BAD
        assert await database.verdicts.record([verdict(1, BAD, 9)]) == []


async def test_a_source_that_has_changed_since_is_carried_anew(path: Path, source: Path) -> None:
    async with open_store(source) as database:
        await database.verdicts.record([verdict(n, BAD) for n in range(1, 4_500)])

    def stop(table: str, n_done: int, n_all: int) -> None:
        if table == "verdicts" and n_done > 2_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await move(url(source), url(path), stop)
    with pytest.raises(DatabaseError) as error:
        await Database.open(url(path))
    assert error.value.problem == "unfinished"
    change(source, "UPDATE verdicts SET probability = 0.5 WHERE id = 7")
    await move(url(source), url(path), tell_nobody)
    assert rows(path, "SELECT count(*), count(*) FILTER (WHERE probability = 0.5) FROM verdicts") == [(4_499, 1)]


def test_killed_on_its_way_it_goes_on(path: Path, source: Path) -> None:
    async def record() -> None:
        async with open_store(source) as database:
            for start in range(1, 40_000, 4_000):
                await database.verdicts.record([verdict(n, GOOD) for n in range(start, start + 4_000)])

    postgresql.waiting(record)
    command = [sys.executable, "-m", "bot", "move-database", str(source), url(path)]
    environ = os.environ | {"LANGUAGE": "en", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=source.parent, env=environ) as process:
        assert process.stdout is not None
        while b"verdicts: 20,000" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert 0 < rows(path, "SELECT count(*) FROM verdicts")[0][0] < 40_000
    done = subprocess.run(command, capture_output=True, text=True, cwd=source.parent, env=environ, check=True)
    assert "verdicts: 40,000/40,000 rows" in done.stdout
    assert "40,001 rows, counted on both sides" in done.stdout
    assert rows(path, "SELECT count(*), sum(message_id) FROM verdicts") == [(40_000, 800_020_000)]


class TestRefusals:
    async def test_a_bot_that_works_with_the_source_is_left_alone(self, path: Path, source: Path) -> None:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _BOT, url(source), stdout=subprocess.PIPE, stdin=subprocess.PIPE, cwd=ROOT
        )
        assert running.stdout is not None
        assert await running.stdout.readline() == b"open\n"
        with pytest.raises(DatabaseError) as error:
            await move(url(source), url(path), tell_nobody)
        await running.communicate(b"\n")
        assert error.value.problem == "in_use"
        await move(url(source), url(path), tell_nobody)

    async def test_a_bot_that_works_with_the_server_is_left_alone(self, path: Path, source: Path) -> None:
        async with open_store(source):
            pass
        async with open_store(path):
            for way in ((source, path), (path, source.with_name("new.sqlite3"))):
                with pytest.raises(DatabaseError) as error:
                    await move(url(way[0]), url(way[1]), tell_nobody)
                assert error.value.problem == "in_use"

    async def test_a_target_that_holds_something_else_is_left_as_it_is(self, path: Path, source: Path) -> None:
        async with open_store(source) as database:
            await database.verdicts.record([verdict(1, BAD)])
        async with open_store(path) as database:
            await database.verdicts.record([verdict(2, GOOD)])
        with pytest.raises(DatabaseError) as error:
            await move(url(source), url(path), tell_nobody)
        assert error.value.problem == "not_empty"
        assert rows(path, "SELECT message_id FROM verdicts") == [(2,)]

    async def test_the_source_is_not_written(self, path: Path, source: Path) -> None:
        async with open_store(source) as database:
            await database.verdicts.record([verdict(1, BAD)])
        before = source.read_bytes()
        await move(url(source), url(path), tell_nobody)
        assert source.read_bytes() == before

    async def test_what_cannot_be_moved_is_one_sentence(self, path: Path, source: Path) -> None:
        older = source.with_name("older.sqlite3")
        async with open_store(older):
            pass
        with closing(sqlite3.connect(older)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        async with open_store(source):
            pass
        for way, problem in (
            ((url(source), url(source)), "same_database"),
            ((url(source.with_name("none.sqlite3")), url(path)), "not_there"),
            ((url(older), url(path)), "older"),
            ((url(source), "postgresql+asyncpg://jigi:hunter2@127.0.0.1:1/jigi"), "unreachable"),
        ):
            with pytest.raises(DatabaseError) as error:
                await move(*way, tell_nobody)
            assert error.value.problem == problem
            for language in ("ko", "en"):
                assert "hunter2" not in error.value.sentence(Texts.load(language))

    @pytest.mark.parametrize(("language", "sentence"), [("ko", "옮길 수 없어요"), ("en", "cannot be moved")])
    def test_refused_in_the_operators_language(
        self,
        source: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        language: str,
        sentence: str,
    ) -> None:
        monkeypatch.setenv("LANGUAGE", language)
        assert maintenance.run("move-database", str(source), str(source)) == 1
        assert sentence in capsys.readouterr().err


_BOT = """
import asyncio, sys
from bot.storage.database import Database

async def main():
    database = await Database.open(sys.argv[1])
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await database.close()

asyncio.run(main())
"""
