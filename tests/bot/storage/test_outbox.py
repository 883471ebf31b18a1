"""What is to be done because of verdicts stays due until it is done, in order, and no longer than it makes sense."""

from __future__ import annotations

from pathlib import Path

from bot.domain.actions import Acting, ActionKind, ActionState, CloseReason
from tests.support.records import do_all
from tests.support.store import (
    BAD,
    GOOD,
    message,
    next_action,
    open_store,
    rows,
    verdict,
)


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
