"""The store keeps what was decided, once, and no longer than it may."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.actions import ActionKind, ActionResult, ActionState, CloseReason, PendingAction
from bot.domain.verdicts import Acting, Policy, Verdict, decide
from bot.localisation.texts import Texts
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database
from bot.storage.verdicts import Verdicts
from model.prediction import Prediction
from tests.support.store import (
    BAD,
    CHANNEL,
    GOOD,
    counts,
    eventually,
    message,
    next_action,
    open_store,
    rows,
    url,
    verdict,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "지기 100%.sqlite3"


async def do_all(database: Database, alert_id: int = 1001) -> list[PendingAction]:
    """Work off the outbox; the alert is sent as `alert_id`."""
    done = []
    while (action := await next_action(database)) is not None:
        result = ActionResult(5, alert_id) if action.kind is ActionKind.ALERT else ActionResult()
        await database.outbox.finish(action, ActionState.DONE, None, result)
        done.append(action)
    return done


def make_older(path: Path, days: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE verdicts SET created_at = datetime(created_at, ?) || '.000000'", [f"-{days} days"])


def n_threads() -> int:
    """Count the threads, without those that asyncio keeps for later. One that is left keeps a bot alive."""
    return sum(not thread.name.startswith("asyncio") for thread in threading.enumerate())


def on_disk(path: Path) -> bytes:
    """Return all that lies on the disk of a database."""
    return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))


def flagged(message_id: int, content: str) -> Verdict:
    """Flag a message, whatever it says."""
    return decide(message(message_id, content), Prediction(0.01), Policy(0.9, "keyword-1", Acting()))


class TestRecord:
    async def test_a_flagged_verdict_is_kept_whole(self, path: Path) -> None:
        async with open_store(path) as database:
            before = datetime.now(UTC)
            await database.verdicts.record([verdict(1, BAD)])
            stored = await database.verdicts.newest(1)
        assert stored is not None
        assert before <= stored.created_at <= datetime.now(UTC)
        assert (stored.message_id, stored.channel_id, stored.guild_id, stored.author_id) == (1, CHANNEL, 1, 99)
        assert (stored.probability, stored.threshold, stored.model_version) == (0.01, 0.9, "keyword-1")
        assert (stored.is_flagged, stored.text, stored.revision, stored.erased_at) == (True, BAD, 0, None)

    async def test_of_an_unflagged_one_neither_text_nor_author_is_kept(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, GOOD)])
            stored = await database.verdicts.newest(1)
        assert stored is not None
        assert (stored.is_flagged, stored.text, stored.author_id) == (False, None, None)
        assert rows(path, "SELECT text, author_id FROM verdicts") == [(None, None)]

    async def test_a_message_never_judged_has_no_verdict(self, path: Path) -> None:
        async with open_store(path) as database:
            assert await database.verdicts.newest(1) is None

    async def test_recording_twice_changes_nothing(self, path: Path) -> None:
        async with open_store(path) as database:
            assert len(await database.verdicts.record([verdict(1, BAD), verdict(2, GOOD)])) == 2
            assert await database.verdicts.record([verdict(1, BAD), verdict(2, GOOD)]) == []
            assert counts(path) == (2, 1)
        assert rows(path, "SELECT kind FROM actions") == [("react",), ("alert",)]

    async def test_of_two_revisions_in_one_batch_the_newer_is_stored(self, path: Path) -> None:
        async with open_store(path) as database:
            recorded = await database.verdicts.record([verdict(1, GOOD, 20), verdict(1, BAD, 0), verdict(1, BAD, 10)])
            assert [each.message.revision for each in recorded] == [20]
            assert await next_action(database) is None

    async def test_an_older_revision_that_comes_late_is_left_out(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, GOOD, 20)])
            for revision in (20, 10, 0):
                assert await database.verdicts.record([verdict(1, BAD, revision)]) == []

    async def test_an_edit_that_changes_nothing_is_no_new_verdict_but_makes_older_ones_late(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            assert await database.verdicts.record([verdict(1, BAD, 20)]) == []
            assert await database.verdicts.record([verdict(1, GOOD, 10)]) == []
        assert rows(path, "SELECT revision, is_flagged FROM verdicts") == [(20, 1)]

    async def test_a_text_that_comes_back_is_judged_again(self, path: Path) -> None:
        async with open_store(path) as database:
            for revision, content in enumerate((BAD, GOOD, BAD)):
                assert len(await database.verdicts.record([verdict(1, content, revision)])) == 1
        assert rows(path, "SELECT is_flagged FROM verdicts ORDER BY revision") == [(1,), (0,), (1,)]

    async def test_an_edit_erases_the_text_before_it(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await database.verdicts.record([verdict(1, GOOD, 1)])
        assert rows(path, "SELECT text, author_id FROM verdicts") == [(None, None)] * 2

    async def test_half_a_surrogate_pair_and_nul_are_stored_as_replacement_characters(self, path: Path) -> None:
        async with open_store(path) as database:
            new = [verdict(1, BAD)]
            odd = message(1, "별로 \ud83d\ude21 \ud83d \x00끝")
            await database.verdicts.record([type(new[0])(odd, new[0].prediction, True, new[0].policy)])
            stored = await database.verdicts.newest(1)
        assert stored is not None
        assert stored.text == "별로 😡 \ufffd \ufffd끝"

    async def test_more_verdicts_than_one_statement_can_name(self, path: Path) -> None:
        async with open_store(path) as database:
            assert len(await database.verdicts.record([verdict(i, BAD) for i in range(1, 3001)])) == 3000
            assert await database.verdicts.record([verdict(i, BAD) for i in range(1, 3002)]) == [verdict(3001, BAD)]
            await database.verdicts.erase(range(1, 3001))
        assert rows(path, "SELECT message_id FROM verdicts WHERE text IS NOT NULL") == [(3001,)]

    async def test_the_digest_tells_nothing_to_those_without_the_key(self, tmp_path: Path) -> None:
        digests = []
        for name in ("a.sqlite3", "b.sqlite3"):
            async with open_store(tmp_path / name) as database:
                await database.verdicts.record([verdict(1, BAD)])
            digests += rows(tmp_path / name, "SELECT content_digest FROM verdicts")
        assert len(digests[0][0]) == 16
        assert digests[0] != digests[1]

    async def test_of_an_unflagged_one_there_is_no_digest_either(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, GOOD)])
        assert rows(path, "SELECT content_digest FROM verdicts") == [(b"",)]

    async def test_everything_is_there_after_a_restart(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)], {CHANNEL: 1})
        async with open_store(path) as database:
            assert await database.verdicts.record([verdict(1, BAD, 5)]) == []  # the same content, by the same key
            assert counts(path) == (1, 1)
            assert await database.cursors.find(CHANNEL) == 1
            assert database.actions_planned.is_set()


class TestWhatIsLeftOut:
    async def test_nothing_to_judge_is_stored_only_where_something_stood(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            silent = [verdict(1, "👍", 3), verdict(2, "👍", 3)]
            assert await database.verdicts.record(silent) == silent[:1]


class TestErase:
    async def test_a_deleted_message_leaves_neither_text_nor_author(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, BAD)])
            await database.verdicts.erase([1])
            stored, other = await database.verdicts.newest(1), await database.verdicts.newest(2)
        assert stored is not None
        assert other is not None
        assert (stored.text, stored.author_id) == (None, None)
        assert stored.erased_at is not None
        assert other.text == BAD

    async def test_what_was_deleted_before_it_was_judged_is_never_stored(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.erase([1])
            assert await database.verdicts.record([verdict(1, BAD), verdict(2, BAD)], {CHANNEL: 2}) == [verdict(2, BAD)]
            assert await database.cursors.find(CHANNEL) == 2

    async def test_only_the_newest_deletions_are_remembered(self, path: Path) -> None:
        async with open_store(path) as database:
            transactions = database._transactions
            verdicts = Verdicts(transactions, lambda text: text.encode()[:16], asyncio.Event(), n_erased_kept=3)
            for message_id in range(1, 6):
                await verdicts.erase([message_id])
            stored = await verdicts.record([verdict(i, BAD) for i in range(1, 6)])
        assert [each.message.message_id for each in stored] == [1, 2]

    async def test_what_was_pending_for_it_is_dropped(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await database.verdicts.erase([1])
            assert await next_action(database) is None
        assert rows(path, "SELECT state FROM actions") == [("dropped",)] * 2

    async def test_an_alert_that_was_sent_is_closed_once(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await do_all(database)
            await database.verdicts.erase([1])
            await database.verdicts.erase([1])
            (closing_action,) = await do_all(database)
        assert closing_action.kind is ActionKind.CLOSE_ALERT
        assert closing_action.close_reason is CloseReason.DELETED
        assert (closing_action.alert_channel_id, closing_action.alert_message_id) == (5, 1001)
        assert closing_action.verdict.text is None

    async def test_an_alert_that_was_on_its_way_is_closed_when_it_arrives(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            react = await next_action(database)
            assert react is not None
            await database.outbox.finish(react, ActionState.DONE)
            alert = await next_action(database)
            assert alert is not None
            await database.verdicts.erase([1])
            await database.outbox.finish(alert, ActionState.DONE, None, ActionResult(5, 1001))
            closing_action = await next_action(database)
        assert closing_action is not None
        assert closing_action.kind is ActionKind.CLOSE_ALERT
        assert closing_action.alert_message_id == 1001

    async def test_a_flag_on_its_way_to_a_deleted_message_asks_for_nothing_more(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            react = await next_action(database)
            assert react is not None
            await database.verdicts.erase([1])
            await database.outbox.finish(react, ActionState.FAILED, "Unknown Message")
            assert await next_action(database) is None

    async def test_texts_go_when_their_time_is_over(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await do_all(database)
            make_older(path, days=31)
            await database.verdicts.record([verdict(2, BAD)])
            assert await database.verdicts.erase_older_than(30) == 1
            assert await database.verdicts.erase_older_than(30) == 0
            actions = await do_all(database, alert_id=1002)
        assert rows(path, "SELECT text IS NULL, author_id IS NULL FROM verdicts") == [(1, 1), (0, 0)]
        assert [(a.kind.value, a.verdict.message_id) for a in actions] == [
            ("react", 2),
            ("alert", 2),
            ("close_alert", 1),
        ]
        assert actions[-1].close_reason is CloseReason.EXPIRED

    async def test_an_edit_after_that_time_is_judged_again(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, GOOD)])
            make_older(path, days=31)
            await database.verdicts.erase_older_than(30)
            assert len(await database.verdicts.record([verdict(1, BAD, 5)])) == 1


class TestOnTheDisk:
    async def test_what_is_erased_is_in_neither_the_file_nor_its_log(self, path: Path) -> None:
        texts = [f"{BAD} {'가나다라마바사'[n % 7] * 40} {n:04}" for n in range(40)]
        async with open_store(path) as database:
            await database.verdicts.record([flagged(n, text) for n, text in enumerate(texts, 1)])
            assert all(text.encode() in on_disk(path) for text in texts)
            await database.verdicts.erase(range(1, 41))
            await eventually(lambda: not any(text.encode() in on_disk(path) for text in texts))
        assert rows(path, "SELECT DISTINCT content_digest FROM verdicts") == [(b"",)]

    async def test_what_was_decided_leaves_nothing_either(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await database.decisions.decide(1, True, 7, guild_id=1, may_learn=False)
        assert BAD.encode() not in on_disk(path)

    async def test_nobody_else_may_read_it(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
        assert set(modes.values()) == {0o600}, modes

    async def test_a_file_that_is_gone_is_noticed_and_nothing_written_into_nowhere(self, path: Path) -> None:
        async with open_store(path) as database:
            moved = path.rename(f"{path}.moved")
            with pytest.raises(DatabaseError) as error:
                await database.verdicts.record([verdict(1, BAD)])
            assert error.value.problem == "replaced"
            moved.rename(path)
            assert await database.verdicts.record([verdict(1, BAD)])

    async def test_an_error_does_not_repeat_what_people_wrote(self, path: Path) -> None:
        async with open_store(path) as database:
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("CREATE TRIGGER no BEFORE INSERT ON verdicts BEGIN SELECT RAISE(FAIL, 'no'); END")
            with pytest.raises(DatabaseError) as error:
                await database.verdicts.record([verdict(1, BAD)])
        assert BAD not in str(error.value)
        assert BAD not in str(error.value.__cause__)


class TestOutbox:
    async def test_actions_come_oldest_first_and_stop_when_finished(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, GOOD), verdict(3, BAD)])
            done = [(action.kind.value, action.verdict.message_id) for action in await do_all(database)]
        assert done == [("react", 1), ("alert", 1), ("react", 3), ("alert", 3)]

    async def test_a_failed_action_is_not_tried_again_and_says_why(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            for _ in range(2):
                action = await next_action(database)
                assert action is not None
                await database.outbox.finish(action, ActionState.FAILED, "권한이 없어요")
            assert await next_action(database) is None
        assert (
            rows(path, "SELECT state, detail, done_at IS NOT NULL FROM actions") == [("failed", "권한이 없어요", 1)] * 2
        )

    async def test_an_edit_to_something_harmless_takes_back_flag_and_alert(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await do_all(database)
            await database.verdicts.record([verdict(1, GOOD, 1)])
            unreact, close_alert = await do_all(database)
        assert unreact.kind is ActionKind.UNREACT
        assert close_alert.kind is ActionKind.CLOSE_ALERT
        assert close_alert.close_reason is CloseReason.EDITED
        assert close_alert.alert_message_id == 1001
        assert not close_alert.verdict.is_flagged

    async def test_an_alert_not_sent_yet_is_dropped_by_such_an_edit(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await database.verdicts.record([verdict(1, GOOD, 1)])
            kinds = [action.kind for action in await do_all(database)]
        assert kinds == [ActionKind.REACT, ActionKind.UNREACT]

    async def test_an_action_shows_its_message_as_it_is_now(self, path: Path) -> None:
        worse = BAD + " 최악"
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            flagged = verdict(1, BAD, 1)
            edited = type(flagged)(message(1, worse, 1), flagged.prediction, True, flagged.policy)
            await database.verdicts.record([edited])
            actions = await do_all(database)
        assert [(action.kind.value, action.verdict.text) for action in actions] == [("react", worse), ("alert", worse)]

    async def test_a_message_flagged_again_gets_an_alert_of_its_own(self, path: Path) -> None:
        async with open_store(path) as database:
            for revision, content in enumerate((BAD, GOOD, BAD)):
                await database.verdicts.record([verdict(1, content, revision)])
                await do_all(database, alert_id=1001 + revision)
            await database.verdicts.erase([1])
            (closing_action,) = await do_all(database)
        assert closing_action.alert_message_id == 1003

    async def test_without_a_log_channel_there_is_nothing_to_close(self, path: Path) -> None:
        quietly = Acting(alerts=False)
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD, 0, quietly)])
            await do_all(database)
            await database.verdicts.record([verdict(1, GOOD, 1, quietly)])
            assert [action.kind for action in await do_all(database)] == [ActionKind.UNREACT]


class TestCursors:
    async def test_a_channel_never_read_has_none(self, path: Path) -> None:
        async with open_store(path) as database:
            assert await database.cursors.find(CHANNEL) is None

    async def test_a_cursor_never_moves_back(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.cursors.advance({1: 10, 2: 20})
            await database.verdicts.record([], {1: 5, 2: 25, 3: 30})
            assert [await database.cursors.find(channel) for channel in (1, 2, 3)] == [10, 25, 30]


class TestFailures:
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

    async def test_closing_ends_every_thread(self, path: Path) -> None:
        n_before = n_threads()
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            assert n_threads() > n_before
        await eventually(lambda: n_threads() <= n_before)


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

    async def test_two_bots_can_open_one_file_and_share_its_key(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            await first.verdicts.record([verdict(1, BAD)])
            assert await second.verdicts.record([verdict(1, BAD, 9)]) == []
        assert url(path).endswith(path.name)

    async def test_two_bots_that_write_at_the_same_time_wait_for_each_other(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            writing = [
                database.verdicts.record([verdict(message_id, BAD)], {CHANNEL: message_id})
                for message_id, database in enumerate([first, second] * 30, 1)
            ]
            await asyncio.gather(*writing)
            assert counts(path) == (60, 60)

    async def test_the_file_is_kept_as_a_write_ahead_log(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
        assert rows(path, "PRAGMA journal_mode") == [("wal",)]

    async def test_times_are_kept_in_utc(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
        ((stored,),) = rows(path, "SELECT created_at FROM verdicts")
        assert abs(datetime.fromisoformat(stored).replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)
