"""What is to be done because of verdicts stays due until it is done, in order, and no longer than it makes sense."""

from __future__ import annotations

from pathlib import Path

from bot.domain.actions import ActionKind, ActionResult, ActionState, CloseReason, Lane, Route
from bot.domain.sharding import Holding
from bot.domain.verdicts import Acting
from tests.support.records import do_all, flag, make_older
from tests.support.store import (
    BAD,
    CHANNEL,
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

    async def test_a_process_is_given_what_its_own_guilds_have_due(self, path: Path) -> None:
        guilds = [(number << 22) + 5 for number in range(4)]  # of four shards
        async with open_store(path) as database:
            await database.verdicts.record([verdict(n, BAD, guild_id=guild) for n, guild in enumerate(guilds, 1)])
            own = Holding(4, frozenset({1, 3}))
            routes = [each for each in await database.outbox.routes(own) if each.lane is Lane.ALERTS]
            assert {route.place for route in routes} == {guilds[1], guilds[3]}
            assert await database.outbox.due(Route(Lane.MARKS, CHANNEL), 9, Holding(4)) == []
            due = await database.outbox.due(Route(Lane.MARKS, CHANNEL), 9, own)
            assert [action.verdict.message_id for action in due] == [2, 4]

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

    async def test_an_edited_message_holds_up_no_other(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, BAD)])
            react = await next_action(database)
            assert react is not None
            await database.verdicts.record([verdict(1, f"{BAD}!", 5, is_bad=True)])
            await database.outbox.put_off(react.id, 60)
            done = [(each.kind.value, each.verdict.message_id) for each in await do_all(database)]
        assert done == [("alert", 1), ("react", 2), ("alert", 2)]

    async def test_what_is_done_shows_each_message_as_it_is_now_and_none_twice(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, BAD), verdict(3, BAD)])
            for revision in (5, 9):
                await database.verdicts.record([verdict(2, f"{BAD} {revision}", revision, is_bad=True)])
            done = [(each.kind.value, each.verdict.message_id, each.verdict.text) for each in await do_all(database)]
        assert done == [
            (kind, message_id, f"{BAD} 9" if message_id == 2 else BAD)
            for message_id in (1, 2, 3)
            for kind in ("react", "alert")
        ]


class TestPuttingOff:
    async def test_it_holds_up_the_later_ones_of_its_message_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, BAD)])
            react = await next_action(database)
            assert react is not None
            await database.outbox.put_off(react.id, 60)
            await database.verdicts.record([verdict(1, GOOD, 5)])  # its removal waits behind it
            done = [(each.kind.value, each.verdict.message_id) for each in await do_all(database)]
        assert done == [("react", 2), ("alert", 2)]

    async def test_the_soonest_says_how_long_it_is(self, path: Path) -> None:
        async with open_store(path) as database:
            assert await database.outbox.seconds_until_due() is None
            await database.verdicts.record([verdict(message_id, BAD) for message_id in (1, 2, 3)])
            assert await database.outbox.seconds_until_due() is None  # due at once is not put off
            ids = [action_id for (action_id,) in rows(path, "SELECT id FROM actions WHERE kind = 'react'")]
            for action_id, seconds in zip(ids, (300, 100, 200), strict=True):
                await database.outbox.put_off(action_id, seconds)
            soonest = await database.outbox.seconds_until_due()
        assert soonest is not None
        assert 90 < soonest <= 100

    async def test_each_try_is_counted_and_what_is_done_is_not_put_off(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, BAD)])
            react = await next_action(database)
            assert react is not None
            for _ in range(2):
                await database.outbox.put_off(react.id, -1)
            again = await next_action(database)
            assert again is not None
            assert (again.id, again.n_tries) == (react.id, 2)
            await database.outbox.finish(again, ActionState.DONE)
            await database.outbox.put_off(react.id, 60)
        assert rows(path, "SELECT n_tries FROM actions ORDER BY id") == [(2,), (0,), (0,), (0,)]

    async def test_a_guilds_news_recall_what_was_put_off_in_it_and_news_of_all_the_rest(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, BAD, guild_id=2, channel_id=8)])
            for (action_id,) in rows(path, "SELECT id FROM actions WHERE kind = 'react'"):
                await database.outbox.put_off(action_id, 60)
            assert await database.outbox.recall(1) == 1
            first = await next_action(database)
            assert first is not None
            assert first.verdict.message_id == 1
            assert await database.outbox.recall() == 1
            assert await database.outbox.recall() == 0

    async def test_an_alert_waits_for_the_first_try_of_its_own_mark_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, BAD)])
            alerts = Route(Lane.ALERTS, 1)
            assert await database.outbox.due(alerts, 2) == []
            (mark, *_) = rows(path, "SELECT id FROM actions WHERE kind = 'react' ORDER BY id DESC")[0]
            await database.outbox.put_off(mark, 60)
            (alert,) = await database.outbox.due(alerts, 2)
        assert alert.verdict.message_id == 2


class TestRoutes:
    async def test_only_what_is_due_has_one_and_each_only_once(self, path: Path) -> None:
        async with open_store(path) as database:
            assert await database.outbox.routes() == []
            bad = [verdict(1, BAD), verdict(2, BAD), verdict(3, BAD, channel_id=8), verdict(4, BAD, guild_id=2)]
            await database.verdicts.record(bad)
            routes = await database.outbox.routes()
            expected = {Route(Lane.MARKS, CHANNEL), Route(Lane.MARKS, 8), Route(Lane.ALERTS, 1), Route(Lane.ALERTS, 2)}
            assert (set(routes), len(routes)) == (expected, 4)
            ((in_eight,),) = rows(path, "SELECT id FROM actions WHERE kind = 'react' AND place = 8")
            await database.outbox.put_off(in_eight, 60)
            assert set(await database.outbox.routes()) == expected - {Route(Lane.MARKS, 8)}
            await do_all(database)
            assert await database.outbox.routes() == []

    async def test_nothing_is_handed_out_on_anothers(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD, channel_id=8), verdict(2, BAD)])
            (own,) = await database.outbox.due(Route(Lane.MARKS, CHANNEL), 2)
            assert own.verdict.message_id == 2
            assert await database.outbox.due(Route(Lane.CHANGES, CHANNEL)) == []
            assert await database.outbox.due(Route(Lane.MARKS, 9)) == []

    async def test_several_come_at_once_the_oldest_first(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(message_id, BAD) for message_id in (1, 2, 3)])
            marks = await database.outbox.due(Route(Lane.MARKS, CHANNEL), 2)
        assert [each.verdict.message_id for each in marks] == [1, 2]


class TestClosing:
    async def test_it_is_of_the_message_that_is_asked_for(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2, 3):
                await flag(database, message_id)
            await database.verdicts.erase([2])
            await database.verdicts.record([verdict(3, GOOD, 5)])
            found = [await database.outbox.closing(message_id) for message_id in (1, 2, 3, 4)]
            closed = {each.verdict.message_id: each.alert_message_id for each in await do_all(database)}
        assert found == [None, CloseReason.DELETED, CloseReason.EDITED, None]
        assert (closed[2], closed[3]) == (1002, 1003)

    async def test_an_alert_that_arrives_for_a_message_taken_back_is_closed_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database, 1)
            await database.verdicts.record([verdict(2, BAD)])
            react = await next_action(database)
            assert react is not None
            await database.outbox.finish(react, ActionState.DONE)
            alert = await next_action(database)
            assert alert is not None
            await database.verdicts.erase([2])
            await database.outbox.finish(alert, ActionState.DONE, None, ActionResult(5, 1002))
            (closing,) = await do_all(database)
        assert (closing.kind, closing.verdict.message_id, closing.alert_message_id) == (ActionKind.CLOSE_ALERT, 2, 1002)

    async def test_an_alert_that_failed_and_one_that_lies_nowhere_are_not_closed(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD), verdict(2, BAD)])
            for state in (ActionState.FAILED, ActionState.DONE):  # done without a log channel: nothing was sent
                for _ in range(2):
                    action = await next_action(database)
                    assert action is not None
                    await database.outbox.finish(action, state)
            await database.verdicts.erase([1, 2])
            assert await do_all(database) == []


class TestUpdating:
    async def test_an_edit_that_is_still_flagged_brings_its_own_alert_up_to_date_once(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id)
            for revision in (5, 9):
                await database.verdicts.record([verdict(1, f"{BAD} {revision}", revision, is_bad=True)])
            (update,) = await do_all(database)
            assert (update.kind, update.alert_message_id, update.verdict.text) == (
                ActionKind.UPDATE_ALERT, 1001, f"{BAD} 9"
            )  # fmt: skip
            await database.verdicts.record([verdict(1, f"{BAD} 9", 12, is_bad=True)])  # changed no text
            assert await do_all(database) == []
            await database.verdicts.record([verdict(1, f"{BAD} 15", 15, is_bad=True)])
            assert [each.kind for each in await do_all(database)] == [ActionKind.UPDATE_ALERT]

    async def test_an_edit_while_the_alert_is_on_its_way_is_shown_when_it_arrives(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            react = await next_action(database)
            assert react is not None
            await database.outbox.finish(react, ActionState.DONE)
            alert = await next_action(database)
            assert alert is not None
            await database.verdicts.record([verdict(1, f"{BAD}!", 5, is_bad=True)])
            await database.outbox.finish(alert, ActionState.DONE, None, ActionResult(5, 1001))
            done = await do_all(database)
        assert [(each.kind, each.verdict.text) for each in done] == [(ActionKind.UPDATE_ALERT, f"{BAD}!")]

    async def test_a_closed_alert_is_not_updated(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            make_older(path, 31)
            make_older(path, 31, "actions")
            await database.verdicts.erase_older_than(30)
            await database.verdicts.record([verdict(1, f"{BAD}!", 5, is_bad=True)])
            kinds = [each.kind for each in await do_all(database)]
        assert ActionKind.UPDATE_ALERT not in kinds
        assert ActionKind.CLOSE_ALERT in kinds
