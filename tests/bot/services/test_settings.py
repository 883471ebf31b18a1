"""Settings are at hand, hold at once, and are what each guild has chosen before what the operator has."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.config import Config, WatchedChannels
from bot.domain.guilds import GuildSettings
from bot.localisation.texts import Language
from bot.services.serving import ServingModels
from bot.services.settings import SettingsOfGuilds
from bot.storage.database import Database
from model.classifier import Classifier
from tests.support.store import BAD, CHANNEL, Recorder, eventually, message, open_store, rows, run_pipeline

GUILD, OTHER, ADMIN = 1, 2, 70
LOG = 5


class TestFreshness:
    async def test_a_change_holds_at_once(self, database: Database) -> None:
        settings = SettingsOfGuilds(database)
        assert settings.of(GUILD) == GuildSettings()
        assert await settings.change(GUILD, ADMIN, is_shadow=True) == settings.of(GUILD)
        assert settings.of(GUILD).is_shadow
        assert not settings.of(OTHER).is_shadow

    async def test_what_was_chosen_before_is_there_from_the_start(self, database: Database) -> None:
        await SettingsOfGuilds(database).change(GUILD, ADMIN, retention_days=9)
        settings = SettingsOfGuilds(database)
        await settings.start()
        assert settings.of(GUILD).retention_days == 9
        await settings.close()

    async def test_what_another_process_changes_is_seen_soon(self, path: Path, database: Database) -> None:
        settings = SettingsOfGuilds(database, looked_after=0.01)
        await settings.start()
        async with open_store(path) as other:
            await SettingsOfGuilds(other).change(GUILD, ADMIN, retention_days=9)
        await eventually(lambda: settings.of(GUILD).retention_days == 9)
        await settings.close()

    async def test_what_was_read_before_a_change_does_not_undo_it(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = SettingsOfGuilds(database)
        is_read, may_return = asyncio.Event(), asyncio.Event()
        read = database.guilds.settings

        async def slowly(guild_ids: object) -> dict[int, GuildSettings]:
            found = await read(guild_ids)  # type: ignore[arg-type]
            is_read.set()
            await may_return.wait()
            return found

        await settings.change(GUILD, ADMIN, retention_days=1)
        monkeypatch.setattr(database.guilds, "settings", slowly)
        loading = asyncio.create_task(settings.load([GUILD, None]))
        await is_read.wait()
        await settings.change(GUILD, ADMIN, retention_days=2)
        may_return.set()
        await loading
        assert settings.of(GUILD).retention_days == 2


class TestOperatorsDefaults:
    async def test_they_hold_until_a_guild_chooses(self, database: Database) -> None:
        watched = WatchedChannels(frozenset({CHANNEL}))
        config = Config(watched=watched, log_channel_id=LOG, retention_days=20, language=Language.ENGLISH)
        settings = SettingsOfGuilds(database, config, {LOG: GUILD}.get)
        assert settings.watches(GUILD, CHANNEL)
        assert settings.retention_days(GUILD) == 20
        assert settings.texts(GUILD).language is Language.ENGLISH
        own = WatchedChannels(frozenset({8}))
        await settings.change(GUILD, ADMIN, watched=own, retention_days=9, language=Language.KOREAN, log_channel_id=6)
        assert not settings.watches(GUILD, CHANNEL)
        assert settings.watches(GUILD, 8)
        assert settings.retention == (20, {GUILD: 9})
        assert settings.texts(GUILD).language is Language.KOREAN
        assert settings.texts(OTHER).language is Language.ENGLISH
        assert settings.log_channel_id(GUILD) == 6

    async def test_the_log_channel_is_its_own_guilds_alone(self, database: Database) -> None:
        settings = SettingsOfGuilds(database, Config(log_channel_id=LOG), {LOG: GUILD}.get)
        assert (settings.log_channel_id(GUILD), settings.log_channel_id(OTHER)) == (LOG, None)
        assert (settings.acting(GUILD).alerts, settings.acting(OTHER).alerts) == (True, False)

    async def test_the_log_channel_is_not_watched_nor_a_thread_below_it(self, database: Database) -> None:
        settings = SettingsOfGuilds(
            database, Config(watched=WatchedChannels(is_all=True), log_channel_id=LOG), {LOG: GUILD}.get
        )  # fmt: skip
        assert not settings.watches(GUILD, LOG)
        assert not settings.watches(GUILD, 77, LOG)
        assert settings.watches(OTHER, LOG)


class TestJudging:
    async def test_each_place_has_its_own_threshold(self, database: Database, classifier: Classifier) -> None:
        settings = SettingsOfGuilds(database)
        await settings.change(GUILD, ADMIN, threshold=1.0, thresholds={7: 0.3, 9: 0.4})
        models = ServingModels(classifier, database, settings)
        async with run_pipeline(classifier, database, models=models) as pipeline:
            for message_id, channel_id in ((1, 7), (2, 8)):
                await pipeline.submit(message(message_id, "오늘 점심 뭐 먹지", channel_id=channel_id))
            await pipeline.drain()
        stored = [await database.verdicts.newest(message_id) for message_id in (1, 2)]
        assert [(each and each.threshold, each and each.is_flagged) for each in stored] == [(0.3, True), (1.0, False)]

    async def test_shadow_stores_what_it_would_have_flagged(
        self, path: Path, database: Database, classifier: Classifier
    ) -> None:
        settings = SettingsOfGuilds(database, Config(log_channel_id=LOG))
        await settings.change(GUILD, ADMIN, is_shadow=True)
        recorder, models = Recorder(), ServingModels(classifier, database, settings)
        async with run_pipeline(classifier, database, recorder, models=models) as pipeline:
            for guild_id in (GUILD, OTHER):
                await pipeline.submit(message(guild_id, BAD, guild_id=guild_id))
            await pipeline.drain()
        assert rows(path, "SELECT guild_id, is_flagged FROM verdicts ORDER BY guild_id") == [(GUILD, 1), (OTHER, 1)]
        assert recorder.deeds == [("react", OTHER), ("alert", OTHER)]
