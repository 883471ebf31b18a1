"""Each guild's messages are judged by its own version and threshold, whatever goes wrong with them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.config import Config
from bot.services.serving import ServingModels
from bot.services.settings import SettingsOfGuilds
from model.classifier import Classifier
from model.versions.archive import pack
from tests.support.publishing import ADMIN, GUILD, new_version
from tests.support.store import BAD, CHANNEL, message, open_store, run_pipeline
from tests.support.strict_model import make_strict_model


@pytest.fixture(scope="module")
def content(tiny_model: Path) -> bytes:
    return pack(tiny_model)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return pack(make_strict_model(tmp_path_factory.mktemp("strict") / "strict-1"))


class TestServing:
    async def test_at_most_so_many_are_held_in_memory(self, path: Path, classifier: Classifier, content: bytes) -> None:
        async with open_store(path) as database:
            for guild_id in (1, 2, 3):
                await database.versions.publish(new_version(content, guild_id=guild_id))
            models = ServingModels(classifier, database, n_cached=2)
            held = {guild_id: (await models.for_guild(guild_id)).classifier for guild_id in (1, 2, 3)}
            assert (await models.for_guild(3)).classifier is held[3]
            kept = [(await models.for_guild(guild_id)).classifier is held[guild_id] for guild_id in (1, 2)]
            assert not all(kept)

    async def test_a_damaged_version_is_replaced_by_the_configured_one_and_the_log_hears_of_it(
        self, path: Path, classifier: Classifier, content: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with open_store(path) as database:
            await database.versions.publish(new_version(content[: len(content) // 2]))
            async with run_pipeline(classifier, database) as pipeline:
                await pipeline.submit(message(1, BAD, channel_id=CHANNEL))
                await pipeline.drain()
            verdict = await database.verdicts.newest(1)
        assert verdict is not None
        assert (verdict.model_version, verdict.is_flagged) == ("keyword-1", True)
        assert [each.levelno for each in caplog.records if each.name == "bot.services.serving"] == [logging.ERROR]

    async def test_a_guilds_threshold_goes_before_the_operators_and_that_before_the_versions(
        self, path: Path, classifier: Classifier, content: bytes
    ) -> None:
        async with open_store(path) as database:
            await database.versions.publish(new_version(content))
            assert (await ServingModels(classifier, database).for_guild(GUILD)).threshold == classifier.threshold
            models = ServingModels(classifier, database, SettingsOfGuilds(database, Config(threshold=0.7)))
            assert (await models.for_guild(GUILD)).threshold == 0.7
            await database.guilds.change(GUILD, ADMIN, threshold=0.6)
            assert (await models.for_guild(GUILD)).threshold == 0.6
