"""What is submitted is judged once, in order, by what serves its guild."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.domain.actions import PendingAction
from bot.domain.verdicts import Verdict
from bot.services.pipeline import Pipeline
from bot.services.serving import ServingModels
from bot.storage.database import Database
from model.classifier import Classifier
from model.prediction import Prediction
from tests.support.gated import GatedClassifier
from tests.support.store import (
    BAD,
    CHANNEL,
    GOOD,
    PLAIN,
    Recorder,
    message,
    rows,
    run_pipeline,
)


class TestJudging:
    async def test_a_negative_review_is_stored_then_flagged_then_reported(
        self, classifier: Classifier, database: Database
    ) -> None:
        stored_before: list[Verdict | None] = []

        async def look(action: PendingAction) -> None:
            stored_before.append(await database.verdicts.newest(action.verdict.message_id))  # type: ignore[arg-type]

        recorder = Recorder(look)
        async with run_pipeline(classifier, database, recorder) as pipeline:
            await pipeline.submit(message(1, BAD))
            await pipeline.drain()
        assert sorted(recorder.deeds) == [("alert", 1), ("react", 1)]
        assert None not in stored_before
        assert {action.verdict.text for action in recorder.actions} == {BAD}

    async def test_a_positive_one_is_stored_and_nothing_is_done(
        self, classifier: Classifier, database: Database
    ) -> None:
        recorder = Recorder()
        async with run_pipeline(classifier, database, recorder) as pipeline:
            await pipeline.submit(message(1, GOOD))
            await pipeline.drain()
        assert recorder.deeds == []
        stored = await database.verdicts.newest(1)
        assert stored is not None
        assert stored.probability > 0.9
        assert (stored.model_version, stored.threshold) == (classifier.version, classifier.threshold)

    async def test_verdicts_are_told_in_the_order_of_their_messages(
        self, classifier: Classifier, database: Database
    ) -> None:
        told: list[Verdict] = []
        contents = [BAD, GOOD, PLAIN] * 300
        async with run_pipeline(classifier, database, on_verdict=told.append) as pipeline:
            for message_id, content in enumerate(contents, 1):
                await pipeline.submit(message(message_id, content))
            await pipeline.drain()
        assert [each.message.content for each in told] == contents
        assert [each.is_flagged for each in told] == [True, False, False] * 300

    async def test_the_same_message_is_judged_once_however_often_it_comes(
        self, gated: GatedClassifier, database: Database, path: Path
    ) -> None:
        gated.gate.set()
        recorder = Recorder()
        async with run_pipeline(gated, database, recorder) as pipeline:
            for _ in range(3):  # twice in a batch, and again in later ones
                await pipeline.submit(message(1, BAD))
                await pipeline.submit(message(1, BAD))
                await pipeline.drain()
        assert {len(batch) for batch in gated.batches} == {1}
        assert rows(path, "SELECT count(*) FROM verdicts") == [(1,)]
        assert len(recorder.actions) == 2

    async def test_a_message_edited_in_the_same_batch_is_judged_as_it_is_now(
        self, classifier: Classifier, database: Database
    ) -> None:
        recorder = Recorder()
        async with run_pipeline(classifier, database, recorder) as pipeline:
            await pipeline.submit(message(1, BAD))
            await pipeline.submit(message(1, GOOD, 10))
            await pipeline.submit(message(2, BAD, 10))
            await pipeline.submit(message(2, GOOD))  # its creation, come late
            await pipeline.drain()
        assert sorted(recorder.deeds) == [("alert", 2), ("react", 2)]

    async def test_an_edit_takes_the_flag_back_and_the_next_sets_it_again(
        self, classifier: Classifier, database: Database
    ) -> None:
        recorder = Recorder()
        async with run_pipeline(classifier, database, recorder) as pipeline:
            for revision, content in enumerate((BAD, GOOD, BAD, BAD + "!!", "👍")):
                await pipeline.submit(message(1, content, revision))
                await pipeline.drain()
        kinds = [kind for kind, _ in recorder.deeds]
        assert [kind for kind in kinds if "react" in kind] == ["react", "unreact"] * 2
        of_alerts = [kind for kind in kinds if "alert" in kind]
        assert of_alerts == ["alert", "close_alert", "alert", "update_alert", "close_alert"]

    async def test_a_creation_after_its_edit_changes_nothing(self, classifier: Classifier, database: Database) -> None:
        recorder = Recorder()
        async with run_pipeline(classifier, database, recorder) as pipeline:
            for content, revision in ((GOOD, 20), (BAD, 0), (BAD, 10)):
                await pipeline.submit(message(1, content, revision))
                await pipeline.drain()
        assert recorder.deeds == []

    async def test_the_cursor_passes_over_what_is_not_judged(self, classifier: Classifier, database: Database) -> None:
        async with run_pipeline(classifier, database) as pipeline:
            await pipeline.submit(message(5, GOOD))
            await pipeline.submit(message(6, "👍"))
            await pipeline.submit(message(3, BAD, channel_id=8))
            await pipeline.submit(message(2, BAD, revision=4))
            await pipeline.drain()
        assert await database.verdicts.newest(6) is None
        assert (await database.cursors.find(CHANNEL), await database.cursors.find(8)) == (6, 3)

    async def test_a_guilds_own_threshold_decides(self, classifier: Classifier, database: Database) -> None:
        async with run_pipeline(classifier, database) as pipeline:
            await database.guilds.change(1, 99, threshold=0.3)
            await pipeline.submit(message(1, PLAIN))
            await pipeline.drain()
        stored = await database.verdicts.newest(1)
        assert stored is not None
        assert stored.is_flagged

    async def test_the_loop_stays_free_while_the_network_computes(
        self, gated: GatedClassifier, database: Database
    ) -> None:
        async with run_pipeline(gated, database) as pipeline:
            await pipeline.submit(message(1, BAD))
            await asyncio.to_thread(gated.has_begun.wait, 10)
            for _ in range(100):
                await asyncio.sleep(0)
            assert await database.verdicts.newest(1) is None
            gated.gate.set()

    async def test_messages_in_flight_finish_on_the_model_they_began_with(
        self, classifier: Classifier, gated: GatedClassifier, database: Database
    ) -> None:
        models = ServingModels(gated, database)
        async with run_pipeline(gated, database, models=models) as pipeline:
            await pipeline.submit(message(1, BAD))
            await asyncio.to_thread(gated.has_begun.wait, 10)
            models.configured = classifier
            await pipeline.submit(message(2, BAD))
            gated.gate.set()
            await pipeline.drain()
        versions = [(await database.verdicts.newest(i)).model_version for i in (1, 2)]  # type: ignore[union-attr]
        assert versions == ["gated", classifier.version]

    async def test_a_full_queue_makes_submitting_wait_and_drops_nothing(
        self, gated: GatedClassifier, database: Database, path: Path
    ) -> None:
        async def submit_all(pipeline: Pipeline) -> None:
            for message_id in range(1, 1501):
                await pipeline.submit(message(message_id, GOOD))

        async with run_pipeline(gated, database, queue_size=1000, batch_size=256) as pipeline:
            submitting = asyncio.create_task(submit_all(pipeline))
            done, _ = await asyncio.wait([submitting], timeout=0.3)
            assert not done
            gated.gate.set()
            await submitting
            await pipeline.drain()
        assert rows(path, "SELECT count(DISTINCT message_id), max(message_id) FROM verdicts") == [(1500, 1500)]
        assert max(map(len, gated.batches)) == 256


class TestAside:
    async def test_it_is_judged_as_ever_and_nothing_of_it_is_stored_or_done(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        recorder = Recorder()
        async with run_pipeline(classifier, database, recorder) as pipeline:
            verdicts = await pipeline.judge_aside([message(i, BAD if i % 2 else GOOD) for i in range(1, 21)])
            await pipeline.drain()
        assert [each.message.message_id for each in verdicts if each.is_flagged] == list(range(1, 21, 2))
        assert len(verdicts) == 20
        assert recorder.actions == []
        for table in ("verdicts", "actions", "cases", "channels"):
            assert rows(path, f"SELECT count(*) FROM {table}") == [(0,)]

    async def test_what_is_submitted_goes_first_and_waits_for_few_texts_at_most(
        self, gated: GatedClassifier, database: Database
    ) -> None:
        async with run_pipeline(gated, database) as pipeline:
            aside = asyncio.create_task(pipeline.judge_aside([message(i, PLAIN) for i in range(1, 101)]))
            await asyncio.to_thread(gated.has_begun.wait, 10)
            for message_id in range(201, 204):
                await pipeline.submit(message(message_id, GOOD))
            gated.gate.set()
            await pipeline.drain()
            n_before = [GOOD[:2] in batch[0] for batch in gated.batches].index(True)
            assert len(await aside) == 100
        assert n_before == 1
        assert max(len(batch) for batch in gated.batches if GOOD[:2] not in batch[0]) <= 8

    async def test_one_that_cannot_be_judged_is_left_out(
        self, gated: GatedClassifier, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gated.gate.set()
        classify = gated.classify_readings

        def stumble(texts: Sequence[str]) -> list[Prediction]:
            if any("늦" in text for text in texts):
                raise ValueError("unreadable")
            return classify(texts)

        monkeypatch.setattr(gated, "classify_readings", stumble)
        async with run_pipeline(gated, database) as pipeline:
            verdicts = await pipeline.judge_aside([message(1, GOOD), message(2, "너무 늦어요"), message(3, PLAIN)])
        assert [each.message.message_id for each in verdicts] == [1, 3]
