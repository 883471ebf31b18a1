"""What an earlier Jigi has written is taken as it is: see `tests/data/before`."""

from __future__ import annotations

import gzip
import logging
import re
import zipfile
from pathlib import Path

import pytest

from bot.cogs.shared.case_embeds import OLD_TEMPLATE
from bot.config import Config, WatchedChannels
from bot.domain.actions import ActionState, CloseReason
from bot.domain.decisions import Decided
from bot.domain.guilds import GuildSettings
from bot.domain.learning.examples import Source
from bot.domain.learning.trainings import CorpusName, Mode, TrainingRequest
from bot.domain.learning.versions import VersionOrigin
from bot.localisation.texts import Language
from bot.services.serving import ServingModels
from migrations import revisions
from model.classifier import Classifier
from model.examples import ExampleLabel
from model.gate import CheckName, Gate
from model.vectors.keyed_vectors import Vectors
from model.versions.archive import unpack
from model.versions.version import read_manifest
from tests.support.paths import ROOT
from tests.support.store import BAD, GOOD, Recorder, message, open_store, rows, run_pipeline

BEFORE = ROOT / "tests" / "data" / "before"
FIRST, SECOND = 1, 2  # guilds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a copy of the earlier database."""
    path = tmp_path / "jigi.sqlite3"
    path.write_bytes(gzip.decompress((BEFORE / "database.gz").read_bytes()))
    assert rows(path, "SELECT version_num FROM alembic_version") == [("0002",)]
    return path


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """Return the folder of the earlier version."""
    unpack((BEFORE / "keyword-1.zip").read_bytes(), tmp_path / "keyword-1")
    return tmp_path / "keyword-1"


class TestDatabase:
    async def test_it_is_brought_to_the_newest_schema_with_every_row(self, path: Path) -> None:
        tables = ("verdicts", "actions", "channels", "examples", "decisions", "guilds", "model_versions", "trainings")
        counts = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        before = rows(path, counts)
        async with open_store(path):
            pass
        assert rows(path, "SELECT version_num FROM alembic_version") == [(revisions()[-1],)]
        assert rows(path, counts) == before == [(12, 24, 3, 5, 2, 2, 3, 3)]

    async def test_it_shows_the_same_verdicts(self, path: Path) -> None:
        async with open_store(path) as database:
            texts = {}
            for message_id in range(101, 112):
                verdict = await database.verdicts.newest(message_id)
                texts[message_id] = verdict and (verdict.is_flagged, verdict.text)
            cursors = await database.cursors.find_all([7, 8, 9, 10])
        undecided, gone, harmless = (True, BAD), (True, None), (False, None)
        assert texts == {
            101: undecided, 102: undecided, 103: harmless, 104: gone, 105: gone, 106: gone, 107: harmless,
            108: undecided, 109: gone, 110: undecided, 111: (True, f"별로 {BAD}"),
        }  # fmt: skip
        assert cursors == {7: 109, 8: 110, 9: 111}

    async def test_what_was_judged_is_not_judged_again(self, path: Path, classifier: Classifier) -> None:
        async with open_store(path) as database, run_pipeline(classifier, database) as pipeline:
            for message_id, content in ((101, BAD), (107, GOOD)):
                await pipeline.submit(message(message_id, content))
            await pipeline.submit(message(101, BAD, 9))  # an edit that changed no content, as its digest tells
            await pipeline.drain()
        assert rows(path, "SELECT count(*) FROM verdicts WHERE message_id IN (101, 107)") == [(2,)]

    async def test_its_outbox_is_worked_off(self, path: Path, classifier: Classifier) -> None:
        recorder = Recorder()
        async with open_store(path) as database, run_pipeline(classifier, database, recorder) as pipeline:
            await pipeline.drain()
        assert sorted(recorder.deeds) == sorted(
            [("unreact", 105), ("unreact", 103), ("close_alert", 103), ("close_alert", 106), ("react", 102),
             ("alert", 102), ("react", 111), ("alert", 111)]
        )  # fmt: skip
        closed = {
            each.verdict.message_id: (each.alert_channel_id, each.alert_message_id, each.close_reason)
            for each in recorder.actions
            if each.kind == "close_alert"
        }
        assert closed == {103: (5, 1002, CloseReason.EDITED), 106: (5, 1005, CloseReason.DELETED)}
        for message_id in (102, 111):
            deeds = [kind for kind, of in recorder.deeds if of == message_id]
            assert deeds == ["react", "alert"]
        states = dict(rows(path, "SELECT state, count(*) FROM actions GROUP BY state"))
        assert states == {ActionState.DONE: 20, ActionState.FAILED: 2, ActionState.DROPPED: 2}

    async def test_alerts_sent_then_follow_their_messages_now(self, path: Path, classifier: Classifier) -> None:
        recorder = Recorder()
        async with open_store(path) as database, run_pipeline(classifier, database, recorder) as pipeline:
            await pipeline.submit(message(101, BAD + "!", 5))
            await pipeline.drain()
            await database.verdicts.erase([110])
            await pipeline.drain()
        changed = {
            (each.kind.value, each.verdict.message_id, each.alert_message_id)
            for each in recorder.actions
            if each.verdict.message_id in (101, 110)
        }
        assert changed == {("update_alert", 101, 1001), ("close_alert", 110, 1006)}

    async def test_decisions_hold_and_can_be_corrected(self, path: Path) -> None:
        async with open_store(path) as database:
            assert await database.decisions.decide(104, False, 71, guild_id=1, may_learn=True) == Decided(False, True)
            assert await database.decisions.decide(105, True, 71, guild_id=1, may_learn=False) == Decided(True, False)
            assert await database.decisions.decide(103, True, 71, guild_id=1, may_learn=False) is None
            learned = [each for each in await database.examples.for_guild(FIRST) if each.source is Source.MESSAGE]
        assert [(each.text, each.label, each.added_by) for each in learned] == [(BAD, ExampleLabel.NEUTRAL, 71)]

    async def test_it_shows_the_same_examples(self, path: Path) -> None:
        async with open_store(path) as database:
            first, second = [await database.examples.for_guild(guild_id) for guild_id in (FIRST, SECOND)]
        assert [(each.text, each.label, each.source, each.added_by) for each in first] == [
            ("오늘 문 여나요", ExampleLabel.NEUTRAL, Source.UPLOADED, 71),
            ("포장이 예뻐요", ExampleLabel.POSITIVE, Source.TYPED, 70),
            ("배송이 늦어요", ExampleLabel.NEGATIVE, Source.TYPED, 70),
            (BAD, ExampleLabel.NEGATIVE, Source.MESSAGE, 70),
        ]
        assert [each.text for each in second] == ["남의 예시"]

    async def test_a_guilds_version_and_threshold_serve_on(self, path: Path, classifier: Classifier) -> None:
        async with open_store(path) as database:
            serving = await ServingModels(classifier, database).for_guilds([FIRST, SECOND])
            listed = await database.versions.for_guild(FIRST)
            settings = await database.guilds.settings([FIRST, SECOND])
            back = await database.versions.roll_back(FIRST, 70)
        assert (serving[FIRST].classifier.version, serving[FIRST].threshold) == ("v2", 0.75)
        assert [each.is_flagged(0.75) for each in serving[FIRST].classifier.classify([BAD, GOOD])] == [True, False]
        assert serving[SECOND].classifier is classifier
        assert settings == {FIRST: GuildSettings(listed[0].id, 0.75), SECOND: GuildSettings(None, None)}
        origins = [(each.name, each.parent_name, each.origin, each.is_forced) for each in listed]
        assert origins == [
            ("v2", "v1", VersionOrigin.IMPORTED, True),
            ("v1", "keyword-1", VersionOrigin.TRAINED, False),
        ]
        assert back is not None
        assert back.name == "v1"

    async def test_what_the_gate_found_is_still_told(self, path: Path) -> None:
        async with open_store(path) as database:
            version = await database.versions.find(FIRST, 1)
        gate = Gate.from_json(version.manifest["gate"])
        assert [check.name for check in gate.checks] == [CheckName.GOLDEN_ACCURACY, CheckName.PARITY]
        assert [(each.text, each.expected, each.before.label) for each in gate.changed] == [
            ("그저 그래요", ExampleLabel.NEUTRAL, "부정")
        ]
        assert version.manifest["provenance"] == {"n_examples": 3, "seed": 42, "mode": "fine-tune"}

    async def test_a_training_that_died_with_it_is_interrupted(self, path: Path) -> None:
        async with open_store(path) as database:
            (interrupted,) = await database.trainings.mark_interrupted()
        assert interrupted.request == TrainingRequest(FIRST, 71, Mode.FINE_TUNE, None, 42, False, 7)
        assert interrupted.message_id == 901
        assert rows(path, "SELECT state, mode, corpus, detail FROM trainings ORDER BY id") == [
            ("published", Mode.FINE_TUNE, None, None),
            ("failed", Mode.FULL, CorpusName.NSMC, "no room"),
            ("interrupted", Mode.FINE_TUNE, None, None),
        ]


class TestFiles:
    def test_a_version_serves(self, version: Path) -> None:
        manifest, classifier = read_manifest(version), Classifier.load(version)
        assert (manifest.version, classifier.version, classifier.threshold) == ("keyword-1", "keyword-1", 0.9)
        negative, positive = classifier.classify([BAD, GOOD])
        assert negative.probability < 0.1
        assert positive.probability > 0.9

    def test_word_vectors_answer(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(BEFORE / "tiny-words.zip") as archive:
            archive.extractall(tmp_path / "words")
        vectors = Vectors.load(tmp_path / "words")
        assert vectors.most_similar("배송", topn=1)[0][0] == "택배"
        assert vectors.describe("느리다").polarity == pytest.approx(-0.9, abs=0.01)


def test_buttons_under_earlier_alerts_are_known() -> None:
    for answer in ("right", "false"):
        found = re.fullmatch(OLD_TEMPLATE, f"jigi:decision:1234567890123456789:{answer}")
        assert found
        assert (found["message_id"], found["answer"]) == ("1234567890123456789", answer)


def test_an_earlier_configuration_means_the_same(version: Path) -> None:
    config = Config.from_environ(
        {
            "DISCORD_TOKEN": "a.b.c", "WATCH_CHANNELS": "1, 2", "LOG_CHANNEL": "3", "THRESHOLD": "0.9",
            "MODEL": str(version), "VECTORS": "", "DATABASE_URL": "sqlite+aiosqlite:///x.sqlite3",
            "RETENTION_DAYS": "20", "EXAMPLES_PER_MODERATOR": "50", "TRAINING_MEMORY_MB": "2048",
            "CATCH_UP_HOURS": "12", "COMMAND_PREFIX": "?", "SYNC_COMMANDS": "0", "ALLOW_TRAINING_ON_MESSAGES": "1",
            "LANGUAGE": "en", "LOG_LEVEL": "WARNING",
        }
    )  # fmt: skip
    assert config == Config(
        discord_token="a.b.c",
        watched=WatchedChannels(frozenset({1, 2})),
        log_channel_id=3,
        threshold=0.9,
        model_folder=version,
        database_url="sqlite+aiosqlite:///x.sqlite3",
        retention_days=20,
        examples_per_moderator=50,
        training_memory_mb=2048,
        catch_up_hours=12,
        command_prefix="?",
        sync_commands=False,
        allow_training_on_messages=True,
        language=Language.ENGLISH,
        log_level=logging.WARNING,
    )
