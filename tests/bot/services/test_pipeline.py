"""What is submitted is judged once, stored, and acted on, whatever goes wrong meanwhile."""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.actions import PendingAction
from bot.domain.messages import is_judgeable
from bot.domain.verdicts import EVERYTHING, NOTHING, Verdict
from bot.services.delivery import Delivery
from bot.services.judge import Judge
from bot.services.pipeline import Pipeline
from bot.services.serving import ServingModels
from bot.storage.database import Database
from model.classifier import Classifier
from tests.support.gated import GatedClassifier
from tests.support.paths import ROOT
from tests.support.store import (
    BAD,
    CHANNEL,
    GOOD,
    PLAIN,
    UNPACED,
    Recorder,
    eventually,
    message,
    rows,
    run_pipeline,
    settings_with_log,
    url,
    verdict,
)


class TestDeletion:
    async def test_a_message_deleted_while_it_waits_is_never_stored(
        self, gated: GatedClassifier, database: Database, path: Path
    ) -> None:
        async with run_pipeline(gated, database, Recorder()) as pipeline:
            await pipeline.submit(message(1, PLAIN))
            await asyncio.to_thread(gated.has_begun.wait, 10)
            await pipeline.submit(message(2, BAD))  # waits behind the first
            await pipeline.erase([2])
            gated.gate.set()
            await pipeline.drain()
        assert rows(path, "SELECT message_id FROM verdicts") == [(1,)]
        assert gated.batches[1:] in ([], [[]])

    async def test_a_message_deleted_while_it_is_judged_is_never_stored(
        self, gated: GatedClassifier, database: Database, path: Path
    ) -> None:
        recorder = Recorder()
        async with run_pipeline(gated, database, recorder) as pipeline:
            await pipeline.submit(message(1, BAD))
            await asyncio.to_thread(gated.has_begun.wait, 10)
            await pipeline.erase([1])
            gated.gate.set()
            await pipeline.drain()
        assert rows(path, "SELECT * FROM verdicts") == []
        assert recorder.deeds == []

    async def test_a_message_deleted_after_its_alert_has_it_closed(
        self, classifier: Classifier, database: Database
    ) -> None:
        recorder = Recorder()
        async with run_pipeline(classifier, database, recorder) as pipeline:
            await pipeline.submit(message(1, BAD))
            await pipeline.drain()
            await pipeline.erase([1])
            await pipeline.drain()
        assert recorder.deeds[-1] == ("close_alert", 1)
        (alert,) = [number for number, (kind, _) in enumerate(recorder.deeds, 1001) if kind == "alert"]
        assert recorder.actions[-1].alert_message_id == alert

    async def test_a_message_deleted_while_it_is_acted_on_keeps_no_alert(
        self, classifier: Classifier, database: Database
    ) -> None:
        async def delete(action: PendingAction) -> None:
            await database.verdicts.erase([action.verdict.message_id])

        recorder = Recorder(delete)
        async with run_pipeline(classifier, database, recorder) as pipeline:
            await pipeline.submit(message(1, BAD))
            await pipeline.drain()
        kinds = [kind for kind, _ in recorder.deeds]
        assert kinds.count("alert") == kinds.count("close_alert")

    @pytest.mark.sqlite
    async def test_a_deletion_waits_for_the_database_to_come_back(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        await database.verdicts.record([verdict(1, BAD)])
        async with run_pipeline(classifier, database) as pipeline:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                erasing = asyncio.create_task(pipeline.erase([1]))
                done, _ = await asyncio.wait([erasing], timeout=0.3)
                assert not done
            await erasing
        assert rows(path, "SELECT text FROM verdicts") == [(None,)]


class TestFailures:
    @pytest.mark.sqlite
    async def test_a_locked_database_loses_nothing_and_is_logged_once(
        self, classifier: Classifier, database: Database, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "bot")
        async with run_pipeline(classifier, database) as pipeline:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                for message_id in range(1, 601):
                    await pipeline.submit(message(message_id, GOOD))
                await asyncio.sleep(0.6)  # time for several tries
            await pipeline.drain()
        assert rows(path, "SELECT count(*) FROM verdicts") == [(600,)]
        assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]

    @pytest.mark.sqlite
    async def test_a_full_disk_loses_nothing(self, classifier: Classifier, database: Database, path: Path) -> None:
        async def limit_pages(n_pages: int) -> None:
            async with database._transactions._writer.connect() as connection:  # SQLite's own stand-in for a full disk
                await connection.exec_driver_sql(f"PRAGMA max_page_count = {n_pages}")

        ((n_pages,),) = rows(path, "PRAGMA page_count")
        await limit_pages(n_pages + 2)
        async with run_pipeline(classifier, database, Recorder()) as pipeline:
            for message_id in range(1, 151):
                await pipeline.submit(message(message_id, BAD))
            await asyncio.sleep(0.3)
            assert len(rows(path, "SELECT 1 FROM verdicts")) < 150
            await limit_pages(1_000_000)
            await pipeline.drain()
        assert rows(path, "SELECT count(*) FROM verdicts") == [(150,)]
        assert rows(path, "SELECT count(*) FROM actions WHERE state = 'done'") == [(300,)]

    async def test_closing_does_not_wait_for_ever_for_the_database(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with run_pipeline(classifier, database, close_limit=0.3) as pipeline:
                await pipeline.submit(message(1, BAD))
        # What was begun may have been done since, but whole: no cursor passes a message that has no verdict.
        assert await database.cursors.find(CHANNEL) is None or await database.verdicts.newest(1) is not None
        async with run_pipeline(classifier, database) as pipeline:
            await pipeline.submit(message(1, BAD))  # found again behind the cursor
        assert await database.verdicts.newest(1) is not None

    async def test_what_breaks_the_pipeline_is_raised_and_not_waited_for(
        self, classifier: Classifier, database: Database
    ) -> None:
        def break_pipe(verdict: Verdict) -> None:
            raise BrokenPipeError

        judge = Judge(ServingModels(classifier, database), database, NOTHING, break_pipe)
        pipeline = Pipeline(database, judge, None)
        await pipeline.start()
        await pipeline.submit(message(1, BAD))
        with pytest.raises(BrokenPipeError):
            await pipeline.drain()
        with pytest.raises(BrokenPipeError):
            await pipeline.submit(message(2, BAD))
        with pytest.raises(BrokenPipeError):
            await pipeline.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_closing_what_was_never_started_does_nothing(
        self, classifier: Classifier, database: Database
    ) -> None:
        judge = Judge(ServingModels(classifier, database), database, EVERYTHING)
        await Pipeline(database, judge, Delivery(database, Recorder())).close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_no_task_is_left_after_closing(self, classifier: Classifier, database: Database) -> None:
        async with run_pipeline(classifier, database, Recorder()) as pipeline:
            await pipeline.submit(message(1, BAD))
        await eventually(lambda: asyncio.all_tasks() == {asyncio.current_task()})  # a statement is done to its end


ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.text(
    "별로좋아요 \u1100\u1161\u200b\u202e\x00\ud83d\ude21"
)


def test_no_text_of_any_kind_raises_or_is_lost(classifier: Classifier, path: Path) -> None:
    told: list[Verdict] = []
    n_texts = 0

    async def judge(pipeline: Pipeline, texts: list[str]) -> None:
        nonlocal n_texts
        for text in texts:
            n_texts += 1
            await pipeline.submit(message(n_texts, text))
        await pipeline.drain()

    with asyncio.Runner() as runner:
        database = runner.run(Database.open(url(path)))
        chosen = settings_with_log(database, threshold=0.3)  # what is no praise is flagged, so that its text is stored
        models = ServingModels(classifier, database, chosen)
        delivery = Delivery(database, Recorder(), UNPACED)
        pipeline = Pipeline(database, Judge(models, database, EVERYTHING, told.append), delivery)
        runner.run(pipeline.start())

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(st.lists(ANY_TEXT, max_size=8))
        def property_holds(texts: list[str]) -> None:
            told.clear()
            runner.run(judge(pipeline, texts))
            assert [each.message.content for each in told] == [text for text in texts if is_judgeable(text)]
            for each in told:
                stored = runner.run(database.verdicts.newest(each.message.message_id))
                assert stored is not None
                assert (stored.text is not None) == each.is_flagged

        try:
            property_holds()
        finally:
            runner.run(pipeline.close())
            runner.run(database.close())


def test_a_process_killed_at_any_moment_records_each_message_once(tiny_model: Path, tmp_path: Path, path: Path) -> None:
    """Run `tests.support.killed` again and again on one database, kill it, and look at what it has left."""
    journal = tmp_path / "deeds"
    journal.touch()
    chance = random.Random(7)
    n_kills = 5
    for _ in range(n_kills):
        _run_and_kill(tiny_model, path, journal, after=chance.uniform(0, 0.4))
        _assert_consistent(path)
    _run_and_kill(tiny_model, path, journal, after=None)
    _assert_consistent(path)
    assert rows(path, "SELECT count(*), max(message_id) FROM verdicts") == [(3000, 3000)]
    assert rows(path, "SELECT DISTINCT state FROM actions") == [("done",)]
    # Store, act, record: what the kill left between acting and recording is done again: one action of each route.
    deeds = journal.read_text().split()
    assert {int(deed) for deed in deeds} == {action_id for (action_id,) in rows(path, "SELECT id FROM actions")}
    assert len(deeds) - len(set(deeds)) <= 2 * n_kills


def _run_and_kill(model: Path, path: Path, journal: Path, after: float | None) -> None:
    command = [sys.executable, "-m", "tests.support.killed", str(model), str(path), str(journal)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        if after is None:
            assert process.wait(120) == 0
            return
        threading.Event().wait(after)
        process.kill()
        assert process.wait(10) == -signal.SIGKILL


def _assert_consistent(path: Path) -> None:
    if path.suffix == ".sqlite3":
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "SELECT message_id FROM verdicts GROUP BY message_id HAVING count(*) > 1") == []
    stored = rows(path, "SELECT coalesce(max(message_id), 0) FROM verdicts")
    assert rows(path, "SELECT coalesce(max(last_message_id), 0) FROM channels") == stored
    planned = """
        SELECT v.message_id FROM verdicts v LEFT JOIN actions a ON a.verdict_id = v.id
        GROUP BY v.id HAVING count(a.id) <> CASE WHEN v.is_flagged THEN 2 ELSE 0 END
            OR count(DISTINCT a.kind) <> count(a.id) OR count(*) FILTER (WHERE a.kind NOT IN ('react', 'alert')) > 0
    """
    assert rows(path, planned) == []
    assert rows(path, "SELECT id FROM actions WHERE (state = 'done') <> (done_at IS NOT NULL)") == []
