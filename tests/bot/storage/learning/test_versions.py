"""Versions of guilds: published whole or not at all, chosen, rolled back."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain.learning.trainings import (
    TrainingRequest,
)
from bot.domain.learning.versions import UnknownVersionError, read_version
from bot.services.serving import ServingModels, load_archive
from bot.storage.learning.versions import N_KEPT
from model.classifier import Classifier
from model.versions.archive import pack
from tests.support.paths import ROOT
from tests.support.publishing import ADMIN, GUILD, new_version
from tests.support.store import BAD, GOOD, message, open_store, rows, run_pipeline
from tests.support.strict_model import make_strict_model


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return pack(make_strict_model(tmp_path_factory.mktemp("strict") / "strict-1"))


class TestPublishing:
    async def test_what_is_published_serves_from_the_next_message_on(
        self, path: Path, classifier: Classifier, strict: bytes
    ) -> None:
        async with open_store(path) as database, run_pipeline(classifier, database) as pipeline:
            await pipeline.submit(message(1, GOOD))
            await pipeline.drain()
            await database.versions.publish(new_version(strict))
            await pipeline.submit(message(2, GOOD))
            await pipeline.drain()
            before, after = [await database.verdicts.newest(message_id) for message_id in (1, 2)]
        assert before is not None
        assert after is not None
        assert (before.model_version, before.is_flagged) == ("keyword-1", False)
        assert (after.model_version, after.is_flagged) == ("v1", True)

    async def test_other_guilds_keep_their_own(self, path: Path, classifier: Classifier, strict: bytes) -> None:
        async with open_store(path) as database:
            await database.versions.publish(new_version(strict))
            models = ServingModels(classifier, database)
            servings = await models.for_guilds([GUILD, 2, None])
        assert [servings[guild].classifier.version for guild in (GUILD, 2, None)] == ["v1", "keyword-1", "keyword-1"]

    async def test_it_ends_the_training_that_made_it(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            training = await database.trainings.begin(TrainingRequest(GUILD, ADMIN))
            version = await database.versions.publish(new_version(content), training.id)
        assert rows(path, "SELECT state, version_id FROM trainings") == [("published", version.id)]

    async def test_the_last_ten_are_kept_and_what_a_rollback_needs(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            first = await database.versions.publish(new_version(content))
            for _ in range(N_KEPT + 2):
                newest = await database.versions.publish(new_version(content, parent_id=first.id))
            numbers = [version.number for version in await database.versions.for_guild(GUILD)]
            assert numbers == [*range(newest.number, newest.number - N_KEPT, -1), first.number]
            assert await database.versions.roll_back(GUILD, ADMIN) == first
            with pytest.raises(UnknownVersionError):
                await database.versions.serve(GUILD, 2, ADMIN)

    def test_killed_in_the_middle_it_leaves_a_whole_version_serving(self, path: Path, tiny_model: Path) -> None:
        generator = random.Random(5)
        for _ in range(4):
            command = [sys.executable, "-m", "tests.support.publishing", str(tiny_model), str(path)]
            child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
            assert child.stdout is not None
            for _ in range(generator.randint(1, 9)):
                assert child.stdout.readline()
            child.send_signal(signal.SIGKILL)
            child.communicate()
            ((serving, archive),) = rows(
                path, "SELECT number, content FROM model_versions JOIN guilds ON model_version_id = model_versions.id"
            )
            assert load_archive("v", archive).classify([BAD])[0].probability < 0.5
            assert rows(path, "SELECT max(number) FROM model_versions") == [(serving,)]
            if path.suffix == ".sqlite3":
                assert rows(path, "PRAGMA integrity_check") == [("ok",)]


class TestChoosing:
    async def test_one_is_used_and_the_configured_one_again(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            store = database.versions
            one, two = await store.publish(new_version(content)), await store.publish(new_version(content))
            assert await store.serving(GUILD) == two
            assert await store.serve(GUILD, 1, ADMIN) == one
            assert await store.serving(GUILD) == one
            assert await store.serve(GUILD, None, ADMIN) is None
            assert await store.serving(GUILD) is None

    async def test_a_rollback_goes_back_step_by_step_to_the_configured_one(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            store = database.versions
            one = await store.publish(new_version(content))
            await store.publish(new_version(content, parent_id=one.id))
            assert await store.roll_back(GUILD, ADMIN) == one
            assert await store.roll_back(GUILD, ADMIN) is None
            with pytest.raises(UnknownVersionError):
                await store.roll_back(GUILD, ADMIN)

    async def test_another_guilds_version_cannot_be_used(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            await database.versions.publish(new_version(content))
            with pytest.raises(UnknownVersionError):
                await database.versions.serve(2, 1, ADMIN)

    @pytest.mark.parametrize(("text", "number"), [("v3", 3), ("3", 3), (" V12 ", 12), ("기본", 0), ("default", 0)])
    def test_people_call_versions_by_number(self, text: str, number: int) -> None:
        assert read_version(text) == number

    @pytest.mark.parametrize("text", ["", "v", "latest", "v-1", "00", "v3.1", "9" * 30])
    def test_what_is_no_version_is_unknown(self, text: str) -> None:
        with pytest.raises(UnknownVersionError):
            read_version(text)


class TestTwoOfEverything:
    async def test_other_guilds_versions_crowd_nobodys_out(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            for guild_id in (GUILD, 2):
                await database.versions.publish(new_version(content, guild_id=guild_id))
            for _ in range(N_KEPT + 3):
                await database.versions.publish(new_version(content, guild_id=2))
            own = [each.name for each in await database.versions.for_guild(GUILD)]
            others = [each.number for each in await database.versions.for_guild(2)]
        assert own == ["v1"]
        assert others == list(range(N_KEPT + 4, 4, -1))

    async def test_numbers_names_and_contents_are_each_guilds_own(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            first = await database.versions.publish(new_version(content))
            other = await database.versions.publish(new_version(content + b"2", guild_id=2))
            second = await database.versions.publish(new_version(content + b"3", first.id))
            assert [each.number for each in (first, other, second)] == [1, 1, 2]
            assert await database.versions.content(other.id) == ("v1", content + b"2")
            assert (await database.versions.find(2, 1)).id == other.id
            assert [await database.versions.serving(guild_id) for guild_id in (GUILD, 2, 3)] == [second, other, None]
            with pytest.raises(UnknownVersionError):
                await database.versions.find(2, 2)
            with pytest.raises(UnknownVersionError):
                await database.versions.content(12345)

    async def test_a_rollback_is_of_the_own_guild(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            first = await database.versions.publish(new_version(content))
            second = await database.versions.publish(new_version(content, first.id))
            other = await database.versions.publish(new_version(content, guild_id=2))
            assert await database.versions.roll_back(2, ADMIN) is None
            assert await database.versions.serving(GUILD) == second
            assert await database.versions.roll_back(GUILD, ADMIN) == first
            assert await database.versions.serve(2, 1, ADMIN) == other

    async def test_it_ends_no_other_training(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            first, second = [await database.trainings.begin(TrainingRequest(each, ADMIN)) for each in (GUILD, 2)]
            version = await database.versions.publish(new_version(content, guild_id=2), second.id)
            assert await database.trainings.oldest_running(excluding=0) == first
        query = "SELECT state, version_id FROM trainings ORDER BY id"
        assert rows(path, query) == [("running", None), ("published", version.id)]
