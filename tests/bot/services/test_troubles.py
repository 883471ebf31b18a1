"""One bad item, one route or one guild in trouble holds up nobody else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bot.domain.actions import ActionDelayed, ActionKind, PendingAction, Route
from bot.domain.messages import IncomingMessage
from bot.domain.sharding import Holding
from bot.domain.troubles import Trouble, TroubleKind
from bot.domain.verdicts import Verdict
from bot.services.retrying.halving import in_halves
from bot.services.serving import ServingModels
from bot.storage.database import Database
from model.classifier import Classifier
from model.prediction import Prediction
from model.versions.archive import pack
from tests.support.publishing import new_version
from tests.support.store import (
    BAD,
    GOOD,
    UNPACED,
    Recorder,
    eventually,
    message,
    open_store,
    rows,
    run_pipeline,
    verdict,
)

QUICK = replace(UNPACED, deadline=0.2, first_pause=0.02, longest_pause=0.05, n_tries=3)


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_store(path) as database:
        yield database


def of_guild(guild_id: int, message_id: int, content: str = BAD) -> IncomingMessage:
    return msgspec.structs.replace(message(message_id, content, channel_id=100 + guild_id), guild_id=guild_id)


class Choosy(Classifier):
    """The tiny model, which stumbles over one word."""

    def __init__(self, classifier: Classifier) -> None:
        self.__dict__.update(classifier.__dict__)
        self.n_calls = 0

    def classify_readings(self, texts: Sequence[str]) -> list[Prediction]:
        self.n_calls += 1
        if any("걸림돌" in text for text in texts):
            raise ArithmeticError("it stumbles")
        return super().classify_readings(texts)


class Recovering(Choosy):
    """The tiny model, which cannot be asked the first few times."""

    def classify_readings(self, texts: Sequence[str]) -> list[Prediction]:
        if self.n_calls < 6:
            self.n_calls += 1
            raise OSError("no memory for a moment")
        return super().classify_readings(texts)


class TestJudging:
    async def test_a_message_that_cannot_be_judged_is_set_aside_alone_and_told(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        choosy, recorder = Choosy(classifier), Recorder()
        async with run_pipeline(choosy, database, recorder) as pipeline:
            for number in range(1, 201):
                await pipeline.submit(message(number, "걸림돌이에요" if number == 77 else GOOD))
            await pipeline.drain()
        assert rows(path, "SELECT count(*) FROM verdicts") == [(199,)]
        assert rows(path, "SELECT count(*) FROM verdicts WHERE message_id = 77") == [(0,)]
        assert recorder.troubles == [Trouble(TroubleKind.MESSAGE_SET_ASIDE, 1)]
        assert choosy.n_calls < 40

    async def test_what_all_fails_is_tried_again_before_anything_is_set_aside(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        recorder = Recorder()
        async with run_pipeline(Recovering(classifier), database, recorder) as pipeline:
            for number in range(1, 4):
                await pipeline.submit(message(number, GOOD))
            await pipeline.drain()
        assert rows(path, "SELECT count(*) FROM verdicts") == [(3,)]
        assert recorder.troubles == []

    @pytest.mark.parametrize("place", [0, 400, 4_000, 20_000, -200])
    async def test_a_damaged_version_of_one_guild_is_told_to_it_and_stops_nobody(
        self, classifier: Classifier, database: Database, path: Path, tiny_model: Path, place: int
    ) -> None:
        content = bytearray(pack(tiny_model))
        start = place % len(content)
        content[start : start + 4096] = bytes(len(content[start : start + 4096]))
        await database.versions.publish(new_version(bytes(content), guild_id=1))
        recorder = Recorder()
        async with run_pipeline(classifier, database, recorder) as pipeline:
            for number in range(1, 11):
                await pipeline.submit(of_guild(number % 2 + 1, number))
            await pipeline.drain()
        assert rows(path, "SELECT count(*), count(*) FILTER (WHERE is_flagged) FROM verdicts") == [(10, 10)]
        assert set(recorder.troubles) <= {Trouble(TroubleKind.VERSION_DAMAGED, 1)}

    async def test_a_version_that_could_not_be_loaded_for_a_moment_serves_later(
        self, classifier: Classifier, database: Database, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await database.versions.publish(new_version(pack(tiny_model), guild_id=1))
        models = ServingModels(classifier, database, retried_after=0.0)
        monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
        assert (await models.for_guild(1)).classifier is classifier
        monkeypatch.undo()
        assert (await models.for_guild(1)).classifier.version == "v1"

    async def test_guilds_that_take_turns_do_not_push_each_other_out_in_a_circle(
        self, classifier: Classifier, database: Database, tiny_model: Path
    ) -> None:
        content = pack(tiny_model)
        for guild_id in range(1, 10):
            await database.versions.publish(new_version(content, guild_id=guild_id))
        models = ServingModels(classifier, database, n_cached=8)
        seen: dict[int, Classifier] = {}
        n_loaded = 0
        for turn in range(20):
            for guild_id in range(1, 10):
                serving = (await models.for_guild(guild_id)).classifier
                n_loaded += turn > 0 and serving is not seen.get(guild_id)
                seen[guild_id] = serving
        assert n_loaded < 100  # of 171, all of which were loaded anew where the oldest made room

    async def test_more_than_the_queue_holds_is_refused_at_once_and_taken_later(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        async with run_pipeline(classifier, database, queue_size=5) as pipeline:
            taken = [pipeline.offer(message(number, GOOD)) for number in range(1, 9)]
            assert taken == [True] * 5 + [False] * 3
            for number in range(6, 9):
                await pipeline.submit(message(number, GOOD))
            await pipeline.drain()
        assert rows(path, "SELECT count(*) FROM verdicts") == [(8,)]


class TestDelivering:
    async def test_a_hanging_request_holds_up_its_own_route_alone(
        self, classifier: Classifier, database: Database
    ) -> None:
        async def hang(action: PendingAction) -> None:
            if action.verdict.guild_id == 1:
                await asyncio.Event().wait()

        recorder = Recorder(hang)
        async with run_pipeline(classifier, database, recorder, close_limit=0.1) as pipeline:
            for number in range(1, 11):
                await pipeline.submit(of_guild(number % 2 + 1, number))
            await eventually(lambda: len(recorder.actions) == 10)
            assert {action.verdict.guild_id for action in recorder.actions} == {2}

    async def test_a_request_without_an_answer_is_given_up_and_the_next_is_done(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        async def hang(action: PendingAction) -> None:
            if action.verdict.message_id == 1 and action.kind is ActionKind.REACT:
                await asyncio.Event().wait()

        recorder = Recorder(hang)
        async with run_pipeline(classifier, database, recorder, patience=QUICK) as pipeline:
            for number in (1, 2):
                await pipeline.submit(message(number, BAD))
            await eventually(lambda: ("react", 2) in recorder.deeds)
            await eventually(lambda: rows(path, "SELECT 1 FROM actions WHERE state = 'failed'") == [(1,)])
        ((detail,),) = rows(path, "SELECT detail FROM actions WHERE state = 'failed'")
        assert detail.startswith("no answer within")

    async def test_what_falls_due_between_two_looks_is_not_forgotten(
        self, classifier: Classifier, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        look = database.outbox.routes

        async def look_slowly(holding: Holding | None) -> list[Route]:
            found = await look(holding)
            await asyncio.sleep(0.2)  # what was put off falls due meanwhile
            return found

        async def stumble(action: PendingAction) -> None:
            if len(tries) < 1:
                tries.append(action.id)
                raise ActionDelayed("503")

        tries: list[int] = []
        monkeypatch.setattr(database.outbox, "routes", look_slowly)
        recorder = Recorder(stumble)
        async with run_pipeline(classifier, database, recorder, patience=QUICK) as pipeline:
            await pipeline.submit(message(1, BAD))
            await eventually(lambda: sorted(recorder.deeds) == [("alert", 1), ("react", 1)])

    async def test_what_fails_in_passing_steps_behind_and_is_done_in_the_end(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        tries: list[int] = []

        async def stumble(action: PendingAction) -> None:
            if action.kind is ActionKind.REACT:
                tries.append(action.verdict.message_id)
                if action.verdict.message_id == 1 and tries.count(1) < 3:
                    raise ActionDelayed("503")

        recorder = Recorder(stumble)
        patience = replace(QUICK, n_tries=9, first_pause=0.2, longest_pause=0.3)  # long beside judging the messages
        async with run_pipeline(classifier, database, recorder, patience=patience) as pipeline:
            for number in (1, 2, 3):
                await pipeline.submit(message(number, BAD))
            await eventually(lambda: len(recorder.actions) == 6)
            await pipeline.drain()
        assert tries[:2] == [1, 2]
        assert tries.count(1) == 3
        assert rows(path, "SELECT DISTINCT state FROM actions") == [("done",)]

    async def test_what_lacks_a_permission_is_done_when_there_is_news(
        self, classifier: Classifier, database: Database
    ) -> None:
        is_granted = False

        async def ask(action: PendingAction) -> None:
            if not is_granted:
                raise ActionDelayed("no permission", is_refused=True)

        recorder = Recorder(ask)
        async with run_pipeline(classifier, database, recorder, patience=QUICK) as pipeline:
            await pipeline.submit(message(1, BAD))
            await pipeline.drain()
            is_granted = True
            await pipeline.retry(2)  # another guild's news
            await asyncio.sleep(0.1)
            assert recorder.actions == []
            await pipeline.retry(1)
            await eventually(lambda: len(recorder.actions) == 2)

    async def test_a_removal_never_comes_before_the_mark_it_removes(
        self, classifier: Classifier, database: Database
    ) -> None:
        tries: list[ActionKind] = []

        async def stumble(action: PendingAction) -> None:
            tries.append(action.kind)
            if action.kind is ActionKind.REACT and tries.count(ActionKind.REACT) < 3:
                raise ActionDelayed("503")

        recorder = Recorder(stumble)
        async with run_pipeline(classifier, database, recorder, patience=replace(QUICK, n_tries=9)) as pipeline:
            await pipeline.submit(message(1, BAD))
            await eventually(lambda: ActionKind.REACT in tries)
            await pipeline.submit(message(1, GOOD, 5))
            await eventually(lambda: ("unreact", 1) in recorder.deeds)
        assert [kind for kind, _ in recorder.deeds if "react" in kind] == ["react", "unreact"]

    async def test_a_route_that_breaks_is_begun_again(
        self, classifier: Classifier, database: Database, monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:  # fmt: skip
        following, asked = database.outbox.due, []

        async def stumble(route: Route, limit: int, holding: Holding | None) -> list[PendingAction]:
            asked.append(route)
            if len(asked) == 1:
                raise ArithmeticError("a fault of ours")
            return await following(route, limit, holding)

        monkeypatch.setattr(database.outbox, "due", stumble)
        recorder = Recorder()
        async with run_pipeline(classifier, database, recorder, patience=QUICK) as pipeline:
            await pipeline.submit(message(1, BAD))
            await eventually(lambda: len(recorder.actions) == 2)
        assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


class TestRaids:
    async def test_many_alerts_of_a_guild_that_wait_are_folded_into_the_first(
        self, classifier: Classifier, database: Database, path: Path
    ) -> None:
        async def dawdle(action: PendingAction) -> None:
            if action.kind is ActionKind.ALERT:
                await asyncio.sleep(0.3)

        recorder = Recorder(dawdle)
        patience = replace(UNPACED, folds_from=6)
        for number in range(1, 101):
            await database.verdicts.record([flagged(number)])
        async with run_pipeline(classifier, database, recorder, patience=patience) as pipeline:
            await pipeline.drain()
        sent = sorted(each.verdict.message_id for each in recorder.actions if each.kind is ActionKind.ALERT)
        counted = rows(path, "SELECT message_id, folded_into FROM cases WHERE folded_into IS NOT NULL")
        assert len(sent) <= 12
        assert sorted([*sent, *(message_id for message_id, _ in counted)]) == [*range(1, 101)]
        assert {lead for _, lead in counted} <= set(sent)
        assert rows(path, "SELECT DISTINCT state FROM actions") == [("done",)]

    async def test_alerts_are_paced_and_those_of_another_guild_are_not_waited_for(
        self, classifier: Classifier, database: Database
    ) -> None:
        recorder = Recorder()
        patience = replace(UNPACED, n_alerts_at_once=3, alert_pause=30.0)
        async with run_pipeline(classifier, database, recorder, patience=patience, close_limit=0.1) as pipeline:
            for number in range(1, 6):
                await pipeline.submit(of_guild(1, number))
            await eventually(lambda: alerts(recorder) == [1, 1, 1])
            await pipeline.submit(of_guild(2, 9))
            await eventually(lambda: alerts(recorder) == [1, 1, 1, 2])


def flagged(message_id: int) -> Verdict:
    return verdict(message_id, BAD)


def alerts(recorder: Recorder) -> list[int | None]:
    return [each.verdict.guild_id for each in recorder.actions if each.kind is ActionKind.ALERT]


async def test_halving_finds_what_fails_in_few_tries() -> None:
    tries = 0

    async def work(items: Sequence[int]) -> list[int]:
        nonlocal tries
        tries += 1
        if 13 in items:
            raise ValueError(13)
        return [item * 2 for item in items]

    results, failures = await in_halves(work, list(range(256)))
    assert results == [item * 2 for item in range(256) if item != 13]
    assert [item for item, _ in failures] == [13]
    assert tries == 17
