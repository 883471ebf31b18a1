"""A copy is whole though the bot is writing, and can be brought back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage.connection.engine import DatabaseError
from bot.storage.copying.backup import back_up, restore
from tests.support.store import BAD, counts, open_store, rows, url, verdict


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jigi.sqlite3"


async def test_a_copy_holds_what_was_just_written(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    async with open_store(path) as database:
        await database.verdicts.record([verdict(n, BAD) for n in range(1, 21)])
        assert back_up(url(path), copy) == 20
        await database.verdicts.record([verdict(21, BAD)])
    assert counts(copy) == (20, 20)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir() if "copy" in each.name] == ["copy.sqlite3"]


async def test_it_is_brought_back_and_what_was_there_is_kept(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    async with open_store(path) as database:
        await database.verdicts.record([verdict(1, BAD)])
        back_up(url(path), copy)
        await database.verdicts.record([verdict(2, BAD)])
    assert restore(url(path), copy) == 1
    async with open_store(path) as database:
        assert await database.verdicts.newest(2) is None
        await database.verdicts.record([verdict(3, BAD)])
    assert rows(path, "SELECT message_id FROM verdicts") == [(1,), (3,)]
    assert rows(path.with_name("jigi.sqlite3.before-restore"), "SELECT message_id FROM verdicts") == [(1,), (2,)]


async def test_it_is_brought_back_where_nothing_is(path: Path, tmp_path: Path) -> None:
    async with open_store(path) as database:
        await database.verdicts.record([verdict(1, BAD)])
    back_up(url(path), tmp_path / "copy.sqlite3")
    assert restore(url(tmp_path / "new.sqlite3"), tmp_path / "copy.sqlite3") == 1


async def test_what_cannot_be_brought_back_changes_nothing(path: Path, tmp_path: Path) -> None:
    async with open_store(path) as database:
        await database.verdicts.record([verdict(1, BAD)])
    strange, newer, text = tmp_path / "strange", tmp_path / "newer", tmp_path / "text"
    text.write_text("백업 파일이 아니에요.\n" * 50, encoding="utf-8")
    with closing(sqlite3.connect(strange)) as connection, connection:
        connection.execute("CREATE TABLE notes (text)")
    back_up(url(path), newer)
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for copy, problem in ((strange, "not_ours"), (text, "not_ours"), (newer, "newer"), (tmp_path / "no", "not_there")):
        with pytest.raises(DatabaseError) as error:
            restore(url(path), copy)
        assert error.value.problem == problem
    assert counts(path) == (1, 1)


def test_a_server_has_tools_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="pg_dump"):
        back_up("postgresql+asyncpg://jigi:hunter2@db/jigi", tmp_path / "copy")
