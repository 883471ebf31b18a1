"""What follows from verdicts is done, whatever the front end does meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.actions import ActionFailed, ActionKind, PendingAction
from bot.domain.verdicts import Verdict
from bot.storage.database import Database
from model.classifier import Classifier
from tests.support.store import (
    BAD,
    Recorder,
    eventually,
    message,
    next_action,
    open_store,
    rows,
    run_pipeline,
    verdict,
)


class TestActing:
    async def test_a_slow_front_end_does_not_hold_up_judging(self, classifier: Classifier, database: Database) -> None:
        is_open = asyncio.Event()

        async def wait(action: PendingAction) -> None:
            await is_open.wait()

        told: list[Verdict] = []
        async with run_pipeline(classifier, database, Recorder(wait), on_verdict=told.append) as pipeline:
            for message_id in (1, 2, 3):
                await pipeline.submit(message(message_id, BAD))
            await eventually(lambda: len(told) == 3)
            assert (await next_action(database)) is not None
            is_open.set()

    async def test_what_cannot_be_done_is_recorded_and_the_next_is_done(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        async def refuse(action: PendingAction) -> None:
            if action.kind is ActionKind.REACT:
                raise ActionFailed("반응을 달 권한이 없어요")

        recorder = Recorder(refuse)
        async with run_pipeline(classifier, database, recorder) as pipeline:
            await pipeline.submit(message(1, BAD))
            await pipeline.drain()
        assert recorder.deeds == [("alert", 1)]
        query = "SELECT kind, state, detail, alert_message_id FROM actions"
        assert rows(path, query) == [
            ("react", "failed", "반응을 달 권한이 없어요", None),
            ("alert", "done", None, 1001),
        ]

    async def test_a_fault_of_the_front_end_is_logged_and_does_not_stop_the_outbox(
        self, classifier: Classifier, database: Database, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def stumble(action: PendingAction) -> None:
            if action.kind is ActionKind.REACT:
                raise LookupError("서버를 찾지 못함")

        async with run_pipeline(classifier, database, Recorder(stumble)) as pipeline:
            await pipeline.submit(message(1, BAD))
            await pipeline.drain()
        assert rows(path, "SELECT state FROM actions") == [("failed",), ("done",)]
        (record,) = caplog.records
        assert record.exc_info is not None

    async def test_what_is_not_done_when_closing_is_done_after_the_next_start(
        self, classifier: Classifier, database: Database
    ) -> None:
        async def wait_for_ever(action: PendingAction) -> None:
            await asyncio.Event().wait()

        async with run_pipeline(classifier, database, Recorder(wait_for_ever), close_limit=1.0) as pipeline:
            await pipeline.submit(message(1, BAD))
        recorder = Recorder()
        async with run_pipeline(classifier, database, recorder) as pipeline:
            await pipeline.drain()
        assert sorted(recorder.deeds) == [("alert", 1), ("react", 1)]

    async def test_the_outbox_is_worked_off_by_itself(self, classifier: Classifier, database: Database) -> None:
        await database.verdicts.record([verdict(1, BAD)])
        recorder = Recorder()
        async with run_pipeline(classifier, database, recorder) as pipeline:
            await eventually(lambda: len(recorder.actions) == 2)
            await pipeline.submit(message(2, BAD))
            await eventually(lambda: len(recorder.actions) == 4)

    async def test_without_a_front_end_nothing_is_planned_and_the_outbox_left_alone(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        await database.verdicts.record([verdict(1, BAD)])
        async with run_pipeline(classifier, database) as pipeline:
            await pipeline.submit(message(2, BAD))
            await pipeline.drain()
        assert rows(path, "SELECT verdict_id, state FROM actions") == [(1, "pending")] * 2


class TestSeveralProcesses:
    async def test_two_that_share_an_outbox_do_everything_once(
        self, classifier: Classifier, path: Path, database: Database
    ) -> None:
        first, second = Recorder(), Recorder()
        async with (
            open_store(path) as other,
            run_pipeline(classifier, database, first) as one,
            run_pipeline(classifier, other, second) as two,
        ):
            for number in range(1, 201):
                here = message(number, BAD, channel_id=number % 10, guild_id=number % 5 + 1)
                await (one if number % 2 else two).submit(here)
            async with asyncio.timeout(60):
                while _n_done(path) < 400:  # noqa: ASYNC110 - it is done by two who do not know of each other
                    await asyncio.sleep(0.05)
        done = first.deeds + second.deeds
        assert len(done) == len(set(done)) == 400

    async def test_what_one_that_has_died_had_claimed_is_done_by_another(
        self, classifier: Classifier, path: Path, database: Database
    ) -> None:
        await database.verdicts.record([verdict(1, BAD)])
        async with open_store(path) as dead:
            for route in await dead.outbox.routes():
                assert await dead.claims.take(route, 0.5)
            recorder = Recorder()
            async with run_pipeline(classifier, database, recorder) as pipeline:
                await pipeline.drain()
                assert recorder.deeds == []
                await eventually(lambda: recorder.deeds == [("react", 1), ("alert", 1)])


def _n_done(path: Path) -> int:
    return int(rows(path, "SELECT count(*) FROM actions WHERE state = 'done'")[0][0])
