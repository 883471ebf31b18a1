"""A database is opened by one bot or several, or refused in one sentence; the disk keeps no more than it should."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.verdicts import Acting, Policy, Verdict, decide
from bot.localisation.texts import Texts
from bot.storage.connection.engine import IN_MEMORY, DatabaseError
from bot.storage.database import Database
from model.prediction import Prediction
from tests.support.store import (
    BAD,
    CHANNEL,
    counts,
    eventually,
    message,
    n_threads,
    open_store,
    rows,
    verdict,
)


def on_disk(path: Path) -> bytes:
    """Return all that lies on the disk of a database."""
    return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))


def flagged(message_id: int, content: str) -> Verdict:
    """Flag a message, whatever it says."""
    return decide(message(message_id, content), content, Prediction(0.01), Policy(0.9, "keyword-1", Acting()))


class TestOpen:
    @pytest.mark.parametrize(
        ("address", "problem"),
        [
            ("jigi.sqlite3", "wrong_url"),
            ("sqlite:///jigi.sqlite3", "wrong_url"),
            ("sqlite+aiosqlite://", "wrong_url"),
            ("sqlite+aiosqlite:///:memory:", "wrong_url"),
            ("mysql://jigi:hunter2@db/jigi", "wrong_url"),
            ("sqlite+aiosqlite:///{folder}", "not_opened"),
            ("sqlite+aiosqlite:///{folder}/none/jigi.sqlite3", "not_opened"),
            ("sqlite+aiosqlite:///{folder}/text", "not_a_database"),
            ("sqlite+aiosqlite:///file:{folder}/empty?mode=ro&uri=true", "read_only"),
        ],
    )
    async def test_what_cannot_be_opened_is_one_sentence(self, tmp_path: Path, address: str, problem: str) -> None:
        (tmp_path / "text").write_text("이 파일은 데이터베이스가 아니에요.\n" * 100, encoding="utf-8")
        (tmp_path / "empty").touch()
        n_before = n_threads()
        with pytest.raises(DatabaseError) as error:
            await Database.open(address.format(folder=tmp_path))
        assert error.value.problem == problem
        assert "DATABASE_URL" in str(error.value)
        assert "hunter2" not in str(error.value)
        assert "DATABASE_URL" in error.value.sentence(Texts.load("ko"))
        await eventually(lambda: n_threads() <= n_before)

    async def test_one_in_memory_is_read_and_written_by_turns_and_is_gone_when_it_is_closed(self) -> None:
        n_before = n_threads()
        for _ in range(2):
            database = await Database.open(IN_MEMORY)
            assert await database.verdicts.newest(1) is None
            writing = [database.verdicts.record([verdict(number, BAD)], {CHANNEL: number}) for number in range(1, 40)]
            reading = [database.verdicts.newest(number) for number in range(1, 40)]
            await asyncio.gather(*writing, *reading)
            found = [await database.verdicts.newest(number) for number in range(1, 40)]
            assert [each.text for each in found if each is not None] == [BAD] * 39
            await database.close()
        await eventually(lambda: n_threads() <= n_before)

    async def test_two_bots_can_open_one_file_and_share_its_key(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            await first.verdicts.record([verdict(1, BAD)])
            assert await second.verdicts.record([verdict(1, BAD, 9)]) == []

    async def test_two_bots_that_write_at_the_same_time_wait_for_each_other(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            writing = [
                database.verdicts.record([verdict(message_id, BAD)], {CHANNEL: message_id})
                for message_id, database in enumerate([first, second] * 30, 1)
            ]
            await asyncio.gather(*writing)
            assert counts(path) == (60, 60)

    @pytest.mark.sqlite
    async def test_the_file_is_kept_as_a_write_ahead_log(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
        assert rows(path, "PRAGMA journal_mode") == [("wal",)]

    async def test_times_are_kept_in_utc(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
        ((stored,),) = rows(path, "SELECT created_at FROM verdicts")
        in_utc = stored if isinstance(stored, datetime) else datetime.fromisoformat(stored).replace(tzinfo=UTC)
        assert abs(in_utc - datetime.now(UTC)) < timedelta(minutes=1)


class TestOnTheDisk:
    @pytest.mark.sqlite
    async def test_what_is_erased_is_in_neither_the_file_nor_its_log(self, path: Path) -> None:
        texts = [f"{BAD} {'가나다라마바사'[n % 7] * 40} {n:04}" for n in range(40)]
        async with open_store(path) as database:
            await database.verdicts.record([flagged(n, text) for n, text in enumerate(texts, 1)])
            assert all(text.encode() in on_disk(path) for text in texts)
            await database.verdicts.erase(range(1, 41))
            await eventually(lambda: not any(text.encode() in on_disk(path) for text in texts))
        assert rows(path, "SELECT DISTINCT content_digest FROM verdicts") == [(b"",)]

    @pytest.mark.sqlite
    async def test_what_was_decided_leaves_nothing_either(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await database.decisions.decide(1, True, 7, guild_id=1, may_learn=False)
        assert BAD.encode() not in on_disk(path)

    @pytest.mark.sqlite
    async def test_nobody_else_may_read_it(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
        assert set(modes.values()) == {0o600}, modes

    @pytest.mark.sqlite
    async def test_a_file_that_is_gone_is_noticed_and_nothing_written_into_nowhere(self, path: Path) -> None:
        async with open_store(path) as database:
            moved = path.rename(f"{path}.moved")
            with pytest.raises(DatabaseError) as error:
                await database.verdicts.record([verdict(1, BAD)])
            assert error.value.problem == "replaced"
            moved.rename(path)
            assert await database.verdicts.record([verdict(1, BAD)])

    @pytest.mark.sqlite
    async def test_an_error_does_not_repeat_what_people_wrote(self, path: Path) -> None:
        async with open_store(path) as database:
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("CREATE TRIGGER no BEFORE INSERT ON verdicts BEGIN SELECT RAISE(FAIL, 'no'); END")
            with pytest.raises(DatabaseError) as error:
                await database.verdicts.record([verdict(1, BAD)])
        assert BAD not in str(error.value)
        assert BAD not in str(error.value.__cause__)
