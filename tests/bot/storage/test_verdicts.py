"""A verdict is kept once for each revision of a message, and its text no longer than it may."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.actions import ActionKind, ActionResult, ActionState, CloseReason
from bot.storage.verdicts import Verdicts
from tests.support.records import do_all, flag, make_older
from tests.support.store import (
    BAD,
    CHANNEL,
    GOOD,
    counts,
    message,
    next_action,
    open_store,
    rows,
    verdict,
)


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
        assert rows(path, "SELECT text IS NULL, author_id IS NULL FROM verdicts ORDER BY id") == [(1, 1), (0, 0)]
        assert [(a.kind.value, a.verdict.message_id) for a in actions] == [
            ("react", 2),
            ("alert", 2),
            ("close_alert", 1),
        ]
        assert actions[-1].close_reason is CloseReason.EXPIRED

    async def test_a_guild_may_have_its_own_time(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(each, BAD, guild_id=each) for each in (1, 2, 3)])
            await do_all(database)
            make_older(path, days=31)
            assert await database.verdicts.erase_older_than(40, {2: 30}) == 1
            assert rows(path, "SELECT text IS NULL FROM verdicts ORDER BY guild_id") == [(0,), (1,), (0,)]
            assert await database.verdicts.erase_older_than(30, {2: 30, 3: 60}) == 1
            assert rows(path, "SELECT text IS NULL FROM verdicts ORDER BY guild_id") == [(1,), (1,), (0,)]
            closed = [each.verdict.guild_id for each in await do_all(database) if each.kind.value == "close_alert"]
            assert sorted(closed) == [1, 2]  # type: ignore[type-var]

    async def test_an_edit_after_that_time_is_judged_again(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, GOOD)])
            make_older(path, days=31)
            await database.verdicts.erase_older_than(30)
            assert len(await database.verdicts.record([verdict(1, BAD, 5)])) == 1

    async def test_a_deletion_wakes_the_outbox(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            for erase in (database.verdicts.erase([1]), database.verdicts.erase_channels([CHANNEL])):
                await do_all(database)
                await database.verdicts.record([verdict(2, BAD)])
                database.actions_planned.clear()
                await erase
                async with asyncio.timeout(1):
                    await database.actions_planned.wait()

    async def test_a_message_without_text_is_not_marked_as_erased(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, GOOD), verdict(2, BAD)])
            await database.verdicts.erase([1, 2])
        assert rows(path, "SELECT message_id, erased_at IS NOT NULL FROM verdicts") == [(1, 0), (2, 1)]

    async def test_of_a_channel_its_own_go_and_of_a_guild_its_own(self, path: Path) -> None:
        async with open_store(path) as database:
            bad = [verdict(1, BAD), verdict(2, BAD, channel_id=8), verdict(3, BAD, channel_id=9, guild_id=2)]
            await database.verdicts.record(bad)
            await database.verdicts.erase_channels([8])
            assert rows(path, "SELECT message_id FROM verdicts WHERE text IS NOT NULL") == [(1,), (3,)]
            await database.verdicts.erase_guild(2)
            assert rows(path, "SELECT message_id FROM verdicts WHERE text IS NOT NULL") == [(1,)]
            later = [verdict(4, BAD, channel_id=8), verdict(5, BAD, channel_id=9, guild_id=2)]
            assert await database.verdicts.record(later) == later[1:]  # a guild may come back, a channel does not

    async def test_more_than_one_chunk_of_a_channel_goes(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(i, BAD) for i in range(1, 601)])
            await database.verdicts.erase_channels([CHANNEL])
        assert rows(path, "SELECT count(*) FROM verdicts WHERE text IS NOT NULL") == [(0,)]


class TestTwoOfEverything:
    async def test_the_newest_verdict_of_a_message_is_the_one_returned(self, path: Path) -> None:
        async with open_store(path) as database:
            for revision, content in ((0, BAD), (5, GOOD), (9, BAD)):
                await database.verdicts.record([verdict(1, content, revision), verdict(2, BAD, revision + 100)])
            newest = [await database.verdicts.newest(message_id) for message_id in (1, 2)]
        found = [(each.message_id, each.revision, each.is_flagged) for each in newest if each is not None]
        assert found == [(1, 9, True), (2, 109, True)]

    async def test_an_edit_of_equal_content_touches_its_own_message_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, BAD), verdict(3, GOOD)])
            await database.verdicts.record([verdict(1, BAD, 20)])
        assert rows(path, "SELECT message_id, revision FROM verdicts ORDER BY id") == [(1, 20), (2, 0), (3, 0)]

    async def test_an_edit_erases_the_text_of_its_own_message_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, BAD)])
            await database.verdicts.record([verdict(1, f"{BAD}!", 5, is_bad=True)])
        kept = rows(path, "SELECT message_id, text FROM verdicts WHERE text IS NOT NULL ORDER BY id")
        assert kept == [(2, BAD), (1, f"{BAD}!")]

    async def test_what_plans_nothing_wakes_nobody(self, path: Path) -> None:
        async with open_store(path) as database:
            database.actions_planned.clear()
            await database.verdicts.record([verdict(1, GOOD)])
            assert not database.actions_planned.is_set()
            await database.verdicts.record([verdict(2, BAD)])
            assert database.actions_planned.is_set()

    async def test_those_with_a_text_are_the_newest_flagged_and_undecided_ones(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in range(1, 6):
                await database.verdicts.record([verdict(message_id, GOOD if message_id == 4 else BAD)])
            await database.verdicts.erase([2])
            found = [each.message_id for each in await database.verdicts.with_text(2)]
        assert found == [5, 3]
