"""One step back is as safe as one forward: what both versions know stays as it is.

Every revision is tested as it comes; a new one needs nothing but its `downgrade`.
"""

from __future__ import annotations

import gzip
import itertools
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

import migrations
from bot.storage.connection import sqlite
from bot.storage.connection.engine import DatabaseError, parse_url
from bot.storage.database import Database
from bot.storage.upkeep.stepping_back import step_back
from model.examples import ExampleLabel
from tests.support.paths import ROOT
from tests.support.records import MODERATOR, flag, say, teach
from tests.support.store import BAD, GOOD, open_store, rows, url, verdict

BEFORE = ROOT / "tests" / "data" / "before" / "database.gz"  # of a released Jigi, with rows in every table
FIRST = "0005"  # from which on each revision can be taken back
REVISIONS = migrations.revisions()
STEPS = [(old, new) for old, new in itertools.pairwise(REVISIONS) if new >= FIRST]

Contents = dict[str, list[dict[str, Any]]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a copy of an earlier Jigi's database."""
    path = tmp_path / "jigi.sqlite3"
    path.write_bytes(gzip.decompress(BEFORE.read_bytes()))
    return path


def upgrade(path: Path, revision: str) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        migrations.migrate(connection, revision)
    engine.dispose()


def structure(path: Path) -> dict[str, Any]:
    """Return tables, columns, keys and indexes, in no order: a column that was dropped and added comes last."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = {table: _structure(connection, table) for table in inspect(connection).get_table_names()}
    engine.dispose()
    return found


def _structure(connection: Connection, table: str) -> dict[str, Any]:
    inspector = inspect(connection)
    columns = {each["name"]: (str(each["type"]), each["nullable"]) for each in inspector.get_columns(table)}
    indexes = {each["name"]: (each["column_names"], each["unique"]) for each in inspector.get_indexes(table)}
    uniques = sorted(each["column_names"] for each in inspector.get_unique_constraints(table))
    keys = sorted((each["constrained_columns"], each["referred_table"]) for each in inspector.get_foreign_keys(table))
    primary = inspector.get_pk_constraint(table)["constrained_columns"]
    return {"columns": columns, "indexes": indexes, "uniques": uniques, "keys": keys, "primary": primary}


def contents(path: Path) -> Contents:
    """Return every row of every table, but for the revision."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        tables = [each for each in inspect(connection).get_table_names() if each != "alembic_version"]
        found = {
            table: [dict(row) for row in connection.execute(text(f'SELECT * FROM "{table}" ORDER BY rowid')).mappings()]
            for table in tables
        }
    engine.dispose()
    return _timeless(found)


def _timeless(held: Contents) -> Contents:
    """Hide at what time an upgrade was made, where it notes that: the next one is made at another."""
    for row in held["settings"]:
        row["value"] = re.sub(r"^\d{4}-\d\d-\d\dT[\d:.+]+$", "a time", row["value"])
    return held


def known_to(columns: dict[str, Any], held: Contents) -> Contents:
    """Return of some rows what another schema knows, too."""
    return {
        table: [{name: row[name] for name in row if name in columns[table]["columns"]} for row in held[table]]
        for table in held
        if table in columns
    }


def test_every_revision_can_be_taken_back() -> None:
    assert STEPS
    assert migrations.oldest_reachable() == STEPS[0][0]


@pytest.mark.parametrize(("old", "new"), STEPS, ids=lambda revision: revision)
def test_a_step_back_leaves_what_was_there_before_the_step(path: Path, old: str, new: str) -> None:
    upgrade(path, old)
    before = structure(path), contents(path)
    assert all(before[1][table] for table in ("verdicts", "actions", "examples", "decisions", "trainings"))
    upgrade(path, new)
    after = structure(path), contents(path)
    sqlite.downgrade(parse_url(url(path)), old)
    assert (structure(path), contents(path)) == before
    upgrade(path, new)
    assert (structure(path), contents(path)) == after


@pytest.mark.parametrize(("old", "new"), STEPS, ids=lambda revision: revision)
async def test_what_the_newest_jigi_wrote_stays_as_far_as_it_is_known(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "new.sqlite3"
    async with open_store(path) as database:
        await _work(database)
    if new != REVISIONS[-1]:
        sqlite.downgrade(parse_url(url(path)), new)
    held = contents(path)
    sqlite.downgrade(parse_url(url(path)), old)
    columns = structure(path)
    assert contents(path) == known_to(columns, held)
    async with open_store(path) as database:  # and forward again, to where it works
        newest = await database.verdicts.newest(1)
        assert newest is not None
        assert newest.text == BAD
        assert await database.verdicts.record([verdict(9, BAD)])
    again = contents(path)
    assert [row["message_id"] for row in again["verdicts"]] == [1, 2, 3, 9]


async def test_what_the_version_before_would_stumble_over_goes(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    async with open_store(path) as database:
        await _work(database)
    with closing(sqlite3.connect(path)) as connection, connection:
        change = "INSERT INTO setting_changes (guild_id, name, changed_at) VALUES (1, ?, '2026-01-01')"
        connection.executemany(change, [("digest_weekday",), ("reply_from",), ("threshold",)])
        act = "INSERT INTO case_acts (case_id, kind, at, is_done) VALUES (1, ?, '2026-01-01', 1)"
        connection.executemany(act, [("undo",), ("refused",), ("appeal",), ("note",)])
        action = (
            "INSERT INTO actions (verdict_id, kind, state, created_at, lane) VALUES (1, ?, 'pending', '2026-01-01', ?)"
        )
        connection.executemany(action, [("auto_reply", "acts"), ("tell_author", "notices"), ("react", "marks")])
        connection.execute("UPDATE cases SET ended = 'erased' WHERE number = 1")
    step_back(url(path), "0005")
    assert rows(path, "SELECT ended FROM cases WHERE number = 1") == [("deleted",)]
    assert rows(path, "SELECT name FROM setting_changes") == [("threshold",)]
    assert rows(path, "SELECT kind FROM case_acts WHERE case_id = 1") == [("note",)]
    kinds = {kind for (kind,) in rows(path, "SELECT kind FROM actions WHERE state = 'pending'")}
    assert kinds == {"react", "update_alert"}


async def _work(database: Database) -> None:
    await flag(database, 1)
    await flag(database, 2)
    await database.verdicts.record([verdict(3, GOOD, guild_id=2)])
    await say(database, 2, is_right=True, by=MODERATOR, may_learn=False)
    await teach(database, (BAD, ExampleLabel.NEGATIVE), (GOOD, ExampleLabel.POSITIVE))
    await database.cursors.advance({7: 3})


class TestSteppingBack:
    async def test_it_goes_to_the_revision_before_and_keeps_a_copy(self, path: Path) -> None:
        async with open_store(path):
            pass
        before = contents(path)
        revision, copy = step_back(url(path))
        assert rows(path, "SELECT version_num FROM alembic_version") == [(revision,)] == [(REVISIONS[-2],)]
        assert rows(copy, "SELECT version_num FROM alembic_version") == [(REVISIONS[-1],)]
        assert contents(copy) == before
        assert copy == path.with_name("jigi.sqlite3.before-downgrade")

    async def test_it_goes_as_far_as_it_is_told(self, path: Path) -> None:
        async with open_store(path):
            pass
        assert step_back(url(path), STEPS[0][0])[0] == STEPS[0][0]
        with pytest.raises(DatabaseError) as error:
            step_back(url(path))
        assert error.value.problem == "no_way_back"

    @pytest.mark.parametrize("target", ["0001", "9999", REVISIONS[-1], "../etc"])
    async def test_where_there_is_no_way_it_says_which_there_are(self, path: Path, target: str) -> None:
        async with open_store(path):
            pass
        with pytest.raises(DatabaseError) as error:
            step_back(url(path), target)
        assert error.value.fields["reachable"] == ", ".join(old for old, _ in STEPS)
        assert not path.with_name("jigi.sqlite3.before-downgrade").exists()

    async def test_while_a_bot_has_it_open_it_is_left_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.cursors.find(1)
            with pytest.raises(DatabaseError) as error:
                step_back(url(path))
            assert await database.verdicts.record([verdict(900, BAD)])
        assert error.value.problem == "in_use"
        assert step_back(url(path))[0] == REVISIONS[-2]

    def test_what_is_none_of_ours_is_left_alone(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseError) as error:
            step_back(url(tmp_path / "nowhere.sqlite3"))
        assert error.value.problem == "not_there"
        (tmp_path / "notes.txt").write_text("오늘 저녁 뭐 먹지\n" * 100)
        with pytest.raises(DatabaseError) as error:
            step_back(url(tmp_path / "notes.txt"))
        assert error.value.problem == "not_ours"
