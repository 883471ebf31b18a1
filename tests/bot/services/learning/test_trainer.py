"""Who may train when, and of what, without TensorFlow: the child is told to leave, or there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from bot.config import Config, TrainerLimits
from bot.domain.learning.examples import Source
from bot.domain.learning.trainings import (
    BusyError,
    Cancelled,
    CorpusName,
    Failed,
    MissingPackagesError,
    Mode,
    NothingToLearnError,
    Progress,
    TrainingRequest,
    TrainingState,
)
from bot.services.child import ChildFailedError, run_model
from bot.services.learning.trainer import Retraining
from bot.storage.database import Database
from model.events import Event
from model.example_files import read_examples
from model.examples import Example, ExampleLabel
from tests.support.publishing import new_version
from tests.support.records import GUILD, MODERATOR, OTHER, flag, say, teach
from tests.support.store import BAD, eventually, open_store, rows

pytestmark = pytest.mark.sqlite  # a training takes its time, and asks the database little

NEGATIVE, POSITIVE = ExampleLabel.NEGATIVE, ExampleLabel.POSITIVE
FINE_TUNE = TrainingRequest(GUILD, MODERATOR)
IMPORT = TrainingRequest(GUILD, MODERATOR, Mode.IMPORT)


@pytest.fixture
def config(tmp_path: Path, tiny_model: Path) -> Config:
    limits = TrainerLimits(packages=(), lock=tmp_path / "locks" / "one", heartbeat=0.05)
    return Config(model_folder=tiny_model, trainer_limits=limits)


@pytest.fixture
def retraining(config: Config, database: Database) -> Retraining:
    return Retraining(config, database)


@pytest.fixture
async def other_database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_store(tmp_path / "other.sqlite3") as database:
        yield database


def ignore(progress: Progress) -> None:
    """Nobody watches."""


def states(path: Path) -> list[tuple[str, str | None]]:
    return [(state, detail) for state, detail in rows(path, "SELECT state, detail FROM trainings ORDER BY id")]


class TestBeginning:
    async def test_what_training_needs_must_be_installed(self, config: Config, database: Database, path: Path) -> None:
        await teach(database, ("별로", NEGATIVE))
        limits = replace(config.trainer_limits, packages=("json", "no_such_package"))
        with pytest.raises(MissingPackagesError):
            await Retraining(replace(config, trainer_limits=limits), database).begin(FINE_TUNE)
        assert states(path) == []

    async def test_without_examples_of_its_own_a_guild_has_nothing_to_learn(
        self, retraining: Retraining, database: Database, path: Path
    ) -> None:
        await teach(database, ("별로", NEGATIVE), guild_id=2)
        with pytest.raises(NothingToLearnError):
            await retraining.begin(FINE_TUNE)
        assert states(path) == []
        assert await retraining.begin(replace(FINE_TUNE, mode=Mode.FULL))  # which learns a corpus

    async def test_a_guild_that_trains_is_busy_and_told_with_what(
        self, retraining: Retraining, database: Database, path: Path
    ) -> None:
        await teach(database, ("별로", NEGATIVE))
        first = await retraining.begin(FINE_TUNE)
        with pytest.raises(BusyError) as busy:
            await retraining.begin(IMPORT)
        assert busy.value.running == first
        assert states(path) == [("running", None)]

    async def test_while_another_bot_trains_on_this_machine_it_is_busy(
        self, config: Config, database: Database, other_database: Database, path: Path
    ) -> None:
        other = Retraining(config, other_database)
        await other.begin(IMPORT)
        with pytest.raises(BusyError) as busy:
            await Retraining(config, database).begin(IMPORT)
        assert busy.value.running is None
        assert states(path) == [("cancelled", "another was running")]

    async def test_while_another_machine_trains_it_is_busy_too(
        self, config: Config, database: Database, path: Path, tmp_path: Path
    ) -> None:
        shared = replace(config, database_url="postgresql+asyncpg://server/jigi")  # a file would be one machine's
        elsewhere = replace(shared, trainer_limits=replace(config.trainer_limits, lock=tmp_path / "elsewhere" / "lock"))
        first = await Retraining(elsewhere, database).begin(IMPORT)
        here = Retraining(shared, database)
        with pytest.raises(BusyError) as busy:
            await here.begin(replace(IMPORT, guild_id=2))
        assert busy.value.running == first
        await database.trainings.end(first.id, TrainingState.CANCELLED)
        assert await here.begin(replace(IMPORT, guild_id=2))  # its place was left

    async def test_while_another_guild_trains_it_is_named(self, config: Config, database: Database, path: Path) -> None:
        other = Retraining(config, database)
        first = await other.begin(IMPORT)
        with pytest.raises(BusyError) as busy:
            await Retraining(config, database).begin(replace(IMPORT, guild_id=2))
        assert busy.value.running == first
        assert [state for state, _ in states(path)] == ["running", "cancelled"]


class TestExamples:
    async def test_the_newest_of_each_moderator_count_and_the_oldest_come_first(
        self, config: Config, database: Database
    ) -> None:
        for number in range(4):
            await teach(database, (f"글 {number}", NEGATIVE))
        await database.examples.add(GUILD, [Example("남의 글", POSITIVE)], Source.UPLOADED, OTHER)
        await teach(database, ("다른 서버", POSITIVE), guild_id=2)
        learned = await Retraining(replace(config, examples_per_moderator=2), database).examples(GUILD)
        assert [(each.text, each.author) for each in learned] == [
            ("글 2", str(MODERATOR)), ("글 3", str(MODERATOR)), ("남의 글", str(OTHER))
        ]  # fmt: skip

    async def test_messages_are_learned_with_permission_alone(self, config: Config, database: Database) -> None:
        await flag(database)
        await say(database, 1, True, MODERATOR, may_learn=True)
        await teach(database, ("좋아요", POSITIVE))
        with_permission = Retraining(replace(config, allow_training_on_messages=True), database)
        assert [each.text for each in await Retraining(config, database).examples(GUILD)] == ["좋아요"]
        assert [each.text for each in await with_permission.examples(GUILD)] == [BAD, "좋아요"]


class TestWhatTheChildIsTold:
    async def arguments(self, retraining: Retraining, request: TrainingRequest, folder: Path) -> list[str]:
        parent = await retraining._parent(request.guild_id, folder / "parent")
        return await retraining._arguments(request, parent, folder, b"archive")

    async def test_a_training_goes_on_from_what_serves(
        self, retraining: Retraining, database: Database, tmp_path: Path, tiny_model: Path, content: bytes
    ) -> None:
        await teach(database, ("별로", NEGATIVE))
        words = await self.arguments(retraining, FINE_TUNE, tmp_path)
        assert words[words.index("--base") + 1] == str(tiny_model)
        await database.versions.publish(new_version(content, guild_id=2))
        await database.versions.publish(new_version(content))
        words = await self.arguments(retraining, FINE_TUNE, tmp_path)
        assert words[words.index("--base") + 1] == str(tmp_path / "parent")
        parent = await retraining._parent(GUILD, tmp_path / "again")
        assert (parent.id, parent.name) == (2, "v1")
        assert sorted(each.name for each in parent.folder.iterdir()) == sorted(
            each.name for each in tiny_model.iterdir()
        )

    async def test_a_full_training_names_its_corpus_and_what_it_must_beat(
        self, retraining: Retraining, tmp_path: Path, tiny_model: Path
    ) -> None:
        request = TrainingRequest(GUILD, MODERATOR, Mode.FULL, CorpusName.NSMC, seed=7)
        words = await self.arguments(retraining, request, tmp_path)
        assert words[0] == "train"
        for name, value in (("--corpus", "nsmc"), ("--current", str(tiny_model)), ("--seed", "7")):
            assert words[words.index(name) + 1] == value
        assert "--examples" not in words
        assert "--base" not in words

    async def test_the_examples_lie_in_a_file(self, retraining: Retraining, database: Database, tmp_path: Path) -> None:
        await teach(database, ("별로", NEGATIVE), ("좋아요", POSITIVE))
        words = await self.arguments(retraining, FINE_TUNE, tmp_path)
        written = read_examples(Path(words[words.index("--examples") + 1]).read_bytes())
        assert [(each.text, each.label) for each in written] == [("별로", NEGATIVE), ("좋아요", POSITIVE)]

    async def test_an_import_brings_its_archive_and_limits(
        self, config: Config, database: Database, tmp_path: Path
    ) -> None:
        limited = replace(config, training_memory_mb=1234)
        words = await self.arguments(Retraining(limited, database), IMPORT, tmp_path)
        assert words[:2] == ["import", str(tmp_path / "archive.zip")]
        assert (tmp_path / "archive.zip").read_bytes() == b"archive"
        assert words[words.index("--memory-limit") + 1] == "1234"
        assert words[words.index("--nice") + 1] == str(config.trainer_limits.niceness)
        assert "--json" in words


class TestRunning:
    async def test_one_that_fails_says_why_and_frees_guild_and_machine(
        self, retraining: Retraining, config: Config, path: Path
    ) -> None:
        for _ in range(2):
            training = await retraining.begin(IMPORT)
            outcome = await retraining.run(training, ignore, b"no archive")
            assert isinstance(outcome, Failed)
            with FileLock(config.trainer_limits.lock, blocking=False):
                pass
        assert [state for state, _ in states(path)] == ["failed", "failed"]
        assert all(detail for _, detail in states(path))

    async def test_cancelled_it_ends_and_so_does_its_child(
        self, retraining: Retraining, database: Database, path: Path
    ) -> None:
        assert not retraining.cancel(GUILD)
        training = await retraining.begin(IMPORT)
        running = asyncio.create_task(retraining.run(training, ignore, b"no archive"))
        while not retraining._work:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)
        assert not retraining.cancel(2)
        assert retraining.cancel(GUILD)
        assert isinstance(await running, Cancelled)
        assert not retraining.cancel(GUILD)
        assert states(path) == [("cancelled", None)]

    async def test_when_the_bot_ends_it_is_interrupted(
        self, retraining: Retraining, config: Config, path: Path
    ) -> None:
        running = asyncio.create_task(retraining.run(await retraining.begin(IMPORT), ignore, b"no archive"))
        while not retraining._work:  # noqa: ASYNC110
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert states(path) == [("interrupted", None)]
        with FileLock(config.trainer_limits.lock, blocking=False):
            pass

    async def test_its_heart_beats_meanwhile(self, retraining: Retraining, path: Path) -> None:
        training = await retraining.begin(IMPORT)
        beating = asyncio.create_task(retraining._keep_alive(training.id))
        await eventually(lambda: rows(path, "SELECT alive_at > started_at FROM trainings") == [(1,)])
        beating.cancel()


class TestChild:
    async def test_its_own_words_say_why_it_failed(self) -> None:
        with pytest.raises(ChildFailedError, match=r"^nowhere/manifest.json|nowhere"):
            await run_model(["import", "nowhere", "--output", "nowhere", "--json"], lambda event: None, 60)

    async def test_one_that_says_nothing_is_stopped(self) -> None:
        with pytest.raises(ChildFailedError, match="nothing was heard"):
            await run_model(["import", "nowhere", "--output", "nowhere", "--json"], lambda event: None, 0.0)

    async def test_cancelled_it_is_gone(self) -> None:
        heard: list[Event] = []
        ours = psutil.Process()
        before = ours.children()
        running = asyncio.create_task(run_model(["score", "-"], heard.append, 60))
        await eventually(lambda: ours.children() != before)
        running.cancel()  # long before Python has started in it
        with pytest.raises(asyncio.CancelledError):
            await running
        assert (heard, ours.children()) == ([], before)
