"""What Jigi does by itself, as the database keeps it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import event

from bot.domain.actions import ActionKind
from bot.domain.automatic import CAPS, Automatic, CappedError, NotDueError, Refusal
from bot.domain.cases import ActKind, CaseEndedError, DoneBeforeError, NoSuchCaseError, ObstacleError
from bot.domain.messages import UNREADABLE
from bot.domain.verdicts import Verdict
from bot.storage.database import Database
from tests.support.keys import FIRST, on_disk
from tests.support.store import BAD, GOOD, open_store, rows, verdict

ALL = tuple((kind, 0.95) for kind in Automatic)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_store(tmp_path / "jigi.sqlite3") as database:
        yield database


def live(message_id: int, content: str = BAD, guild_id: int = 1, **automatic: Any) -> Verdict:
    plain = verdict(message_id, content, guild_id=guild_id)
    policy = replace(plain.policy, **automatic)
    return replace(plain, message=msgspec.structs.replace(plain.message, is_live=True), policy=policy)


async def test_it_is_planned_with_the_first_verdict_alone(database: Database, tmp_path: Path) -> None:
    await database.verdicts.record([live(1, automatic=ALL), live(2)])
    await database.verdicts.record([verdict(1, f"{BAD}!", revision=5, is_bad=True)])
    planned = rows(tmp_path / "jigi.sqlite3", "SELECT kind, lane, place FROM actions WHERE lane = 'acts' ORDER BY id")
    assert planned == [("auto_timeout", "acts", 7), ("auto_delete", "acts", 7)]


async def test_messages_cost_no_query_more(database: Database) -> None:
    statements: list[str] = []
    engine = database._transactions._writer.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))

    async def n_statements(first: int, automatic: Any) -> int:
        statements.clear()
        n_bad = 10
        await database.verdicts.record(
            live(first + i, BAD if i < n_bad else GOOD, automatic=automatic) for i in range(200)
        )
        return len(statements)

    without = await n_statements(1, ())
    assert without > 0
    assert await n_statements(1001, ALL) == without


@pytest.mark.parametrize("kind", Automatic)
async def test_an_author_and_a_guild_have_caps_that_others_do_not_share(
    database: Database, tmp_path: Path, kind: Automatic
) -> None:
    cap, path = CAPS[kind], tmp_path / "jigi.sqlite3"
    n = cap.of_guild + 2
    await database.verdicts.record(live(i, guild_id=1) for i in range(1, n + 1))
    await database.verdicts.record([live(1001, guild_id=2)])
    for i in range(1, cap.of_author + 1):
        await database.automatic.begin(i, kind)
    with pytest.raises(CappedError) as capped:
        await database.automatic.begin(n, kind)
    assert capped.value.refusal is Refusal.CAP_AUTHOR
    await database.automatic.begin(1001, kind)  # the same person in another guild
    async with database._transactions.writing() as connection:  # from here on everybody is somebody else
        await connection.exec_driver_sql("UPDATE cases SET author_id = message_id WHERE guild_id = 1")
    for i in range(cap.of_author + 1, cap.of_guild + 1):
        await database.automatic.begin(i, kind)
    with pytest.raises(CappedError) as capped:
        await database.automatic.begin(n, kind)
    assert capped.value.refusal is Refusal.CAP_GUILD
    hour_ago = (datetime.now(UTC) - timedelta(minutes=61)).strftime("%Y-%m-%d %H:%M:%S.%f")
    async with database._transactions.writing() as connection:
        await connection.exec_driver_sql("UPDATE case_acts SET at = ?", (hour_ago,))
    await database.automatic.begin(n, kind)
    assert rows(path, "SELECT count(*) FROM case_acts") == [(cap.of_guild + 2,)]


async def test_what_is_settled_edited_or_gone_is_not_begun(database: Database) -> None:
    await database.verdicts.record([live(1), live(2), live(3)])
    await database.cases.close(1, 1, 8)
    await database.verdicts.record([verdict(2, f"{BAD}!", revision=5, is_bad=True)])
    await database.verdicts.erase([3])
    for message_id in (1, 2, 3, 4):
        with pytest.raises(NotDueError):
            await database.automatic.begin(message_id, Automatic.DELETE)


async def test_what_jigi_deletes_keeps_its_text_until_its_time_is_over(database: Database) -> None:
    await database.verdicts.record([live(1), live(2)])
    await database.automatic.begin(1, Automatic.DELETE)
    await database.verdicts.erase([1, 2])  # as Discord reports deletions
    kept = [await database.verdicts.newest(message_id) for message_id in (1, 2)]
    assert [each.text for each in kept if each] == [BAD, None]
    assert (await database.cases.file(1, 1)).case.ended is None
    async with database._transactions.writing() as connection:
        old = (datetime.now(UTC) - timedelta(days=31)).strftime("%Y-%m-%d %H:%M:%S.%f")
        for table in ("verdicts", "cases"):
            await connection.exec_driver_sql(f"UPDATE {table} SET created_at = ?", (old,))
    await database.verdicts.erase_older_than(30)
    newest = await database.verdicts.newest(1)
    assert newest is not None
    assert (newest.text, newest.author_id) == (None, None)


@pytest.mark.parametrize("end", ["channel", "guild"])
async def test_it_goes_with_its_channel_and_guild(database: Database, end: str) -> None:
    await database.verdicts.record([live(1)])
    case, act = await database.automatic.begin(1, Automatic.DELETE)
    await database.automatic.finish(case, act)
    await (database.verdicts.erase_channels([7]) if end == "channel" else database.verdicts.erase_guild(1))
    newest = await database.verdicts.newest(1)
    assert newest is not None
    assert newest.text is None


async def test_undoing_is_planned_once_and_for_the_own_guild_alone(database: Database, tmp_path: Path) -> None:
    await database.verdicts.record([live(1), live(2, guild_id=2)])
    for message_id in (1, 2):
        case, act = await database.automatic.begin(message_id, Automatic.TIMEOUT, 10)
        await database.automatic.finish(case, act)
    await database.automatic.undo(1, 1, 8)
    with pytest.raises(DoneBeforeError):
        await database.automatic.undo(1, 1, 9)
    with pytest.raises(NoSuchCaseError):
        await database.automatic.undo(3, 1, 8)
    undoing = rows(tmp_path / "jigi.sqlite3", "SELECT verdict_id FROM actions WHERE kind = 'undo'")
    assert undoing == [(1,)]
    assert (await database.cases.file(2, 1)).last(ActKind.UNDO) is None


async def test_there_may_be_nothing_to_undo_any_more(database: Database) -> None:
    await database.verdicts.record([live(1), live(2)])
    with pytest.raises(ObstacleError, match="nothing_to_undo"):
        await database.automatic.undo(1, 1, 8)
    await database.verdicts.erase([2])
    with pytest.raises(CaseEndedError):
        await database.automatic.undo(1, 2, 8)


async def test_only_a_false_alarm_undoes(database: Database, tmp_path: Path) -> None:
    await database.verdicts.record([live(1), live(2)])
    for message_id in (1, 2):
        case, act = await database.automatic.begin(message_id, Automatic.REPLY, words="죄송해요")
        await database.automatic.finish(case, act, 77)
        await database.decisions.decide(message_id, message_id == 1, 8, guild_id=1, may_learn=False)
    kinds = rows(tmp_path / "jigi.sqlite3", f"SELECT verdict_id FROM actions WHERE kind = '{ActionKind.UNDO}'")
    assert kinds == [(2,)]


async def test_a_refusal_is_noted_once(database: Database) -> None:
    await database.verdicts.record([live(1)])
    case = (await database.cases.file(1, 1)).case
    for _ in range(2):
        await database.automatic.refuse(case, ActKind.DELETE, Refusal.BOT_LACKS)
    await database.automatic.refuse(case, ActKind.TIMEOUT, Refusal.BOT_LACKS)
    refusals = [act.refusal for act in (await database.cases.file(1, 1)).acts]
    assert refusals == ["delete bot_lacks", "timeout bot_lacks"]


async def test_with_a_key_nothing_that_a_member_wrote_lies_open_and_what_is_held_can_be_read(tmp_path: Path) -> None:
    path, since = tmp_path / "jigi.sqlite3", datetime.now(UTC) - timedelta(days=7)
    async with open_store(path, text_keys=[FIRST]) as database:
        await database.verdicts.record([live(1), live(2, GOOD)])
        case, act = await database.automatic.begin(1, Automatic.DELETE)
        await database.automatic.finish(case, act)
        await database.automatic.refuse(case, ActKind.REPLY, Refusal.OTHER)
        await database.verdicts.erase([1])
        seen = await database.automatic.preview(1, "keyword-1", 0.95, [], since)
        assert BAD.encode() not in on_disk(path)
    assert (seen.n_messages, seen.n_done, [each.text for each in seen.examples]) == (2, 1, [BAD])
    async with open_store(path, may_miss_keys=True) as database:
        seen = await database.automatic.preview(1, "keyword-1", 0.95, [], since)
        assert [each.text for each in seen.examples] == [UNREADABLE]
