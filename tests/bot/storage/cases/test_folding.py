"""A burst gets one alert that counts; what comes after it gets its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from bot.config import PATIENCE, Patience
from bot.domain.actions import ActionKind, ActionResult, ActionState, Lane, PendingAction, Route
from bot.domain.verdicts import Verdict
from bot.storage.database import Database
from tests.support.records import GUILD, LOG, MODERATOR, make_older
from tests.support.store import BAD, UNPACED, open_store, rows, verdict

AUTHORS = replace(UNPACED, n_of_author=1)
CHANNELS = replace(UNPACED, n_of_channel=5)


def by(author_id: int, message_id: int, channel_id: int = 7) -> Verdict:
    new = verdict(message_id, BAD, channel_id=channel_id)
    return replace(new, message=structs.replace(new.message, author_id=author_id))


async def work_off(database: Database, patience: Patience = PATIENCE) -> tuple[list[int], list[int]]:
    """Send what is not folded; return the messages of the alerts that were sent, and of those brought up to date."""
    sent, updated = [], []
    for lane, place in ((Lane.MARKS, 7), (Lane.MARKS, 8), (Lane.ALERTS, GUILD), (Lane.CHANGES, LOG)):
        route = Route(lane, place)
        while alerts := await database.outbox.due(route, 100):
            left: Sequence[PendingAction] = (
                await database.cases.fold(alerts, patience) if lane is Lane.ALERTS else alerts
            )
            for action in left[:1]:
                is_alert = action.kind is ActionKind.ALERT
                result = ActionResult(LOG, 1000 + action.verdict.message_id) if is_alert else ActionResult()
                await database.outbox.finish(action, ActionState.DONE, None, result)
                sent += [action.verdict.message_id] * is_alert
                updated += [action.verdict.message_id] * (action.kind is ActionKind.UPDATE_ALERT)
    return sent, updated


class TestBursts:
    async def test_who_repeats_gets_one_alert_and_others_their_own(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([by(1, 11), by(2, 21), by(1, 12, channel_id=8), by(1, 13)])
            assert await work_off(database, AUTHORS) == ([11, 21], [11])
            file = await database.cases.file(GUILD, 1)
        assert (file.n_folded, file.n_open) == (2, 2)
        assert rows(path, "SELECT number, folded_into FROM cases WHERE folded_into IS NOT NULL") == [(3, 1), (4, 1)]

    async def test_the_sixth_of_a_channel_is_counted_in_the_fifth(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([by(number, number) for number in range(1, 9)])
            await database.verdicts.record([by(20, 20, channel_id=8)])
            sent, updated = await work_off(database, CHANNELS)
        assert (sent, updated) == ([1, 2, 3, 4, 5, 20], [5])

    async def test_what_comes_long_after_is_no_burst(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([by(1, 11)])
            await work_off(database, AUTHORS)
            make_older(path, 1, "cases")
            await database.verdicts.record([by(1, 12)])
            assert await work_off(database, AUTHORS) == ([12], [])

    async def test_a_case_that_was_settled_or_ended_counts_no_others(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([by(1, 11), by(2, 21)])
            await work_off(database, AUTHORS)
            await database.verdicts.erase([11])
            await database.cases.close(GUILD, 2, MODERATOR)
            await database.verdicts.record([by(1, 12), by(2, 22), by(2, 23)])
            sent, _ = await work_off(database, AUTHORS)
        assert sent == [12, 22]
        assert rows(path, "SELECT folded_into FROM cases WHERE number = 5") == [(4,)]

    async def test_the_alert_that_counts_follows_what_becomes_of_those_that_it_counts(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([by(1, 11), by(1, 12), by(1, 13)])
            await work_off(database, AUTHORS)
            await database.cases.close(GUILD, 2, MODERATOR)
            assert await work_off(database, AUTHORS) == ([], [11])
            await database.verdicts.erase([13])
            assert await work_off(database, AUTHORS) == ([], [11])
            file = await database.cases.file(GUILD, 1)
        assert (file.n_folded, file.n_open) == (2, 0)

    async def test_an_alert_that_may_have_been_sent_is_not_folded_any_more(self, path: Path) -> None:
        route = Route(Lane.ALERTS, GUILD)
        async with open_store(path) as database:
            await database.verdicts.record([by(1, 11), by(1, 12), by(1, 13)])
            while mark := await database.outbox.due(Route(Lane.MARKS, 7)):
                await database.outbox.finish(mark[0], ActionState.DONE)
            first, second, _ = await database.outbox.due(route, 100)
            for begun in (first, second):
                assert await database.cases.fold([begun], UNPACED) == [begun]
        async with open_store(path) as database:
            left = await database.cases.fold(await database.outbox.due(route, 100), AUTHORS)
        assert [alert.verdict.message_id for alert in left] == [11, 12]
