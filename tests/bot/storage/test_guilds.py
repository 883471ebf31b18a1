"""What a guild has chosen is its own."""

from __future__ import annotations

from pathlib import Path

from bot.domain.guilds import GuildSettings
from tests.support.publishing import new_version
from tests.support.records import GUILD, MODERATOR, OTHER
from tests.support.store import open_store, rows


class TestThresholds:
    async def test_a_guild_sets_its_own_and_gives_it_back(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.guilds.set_threshold(GUILD, 0.8, MODERATOR)
            await database.guilds.set_threshold(2, 0.7, MODERATOR)
            await database.guilds.set_threshold(GUILD, 0.85, OTHER)
            assert await database.guilds.settings([GUILD, 2, 3]) == {
                GUILD: GuildSettings(None, 0.85), 2: GuildSettings(None, 0.7)
            }  # fmt: skip
            await database.guilds.set_threshold(GUILD, None, OTHER)
            assert await database.guilds.settings([GUILD]) == {GUILD: GuildSettings()}
        assert rows(path, "SELECT guild_id, updated_by FROM guilds ORDER BY guild_id") == [(1, OTHER), (2, MODERATOR)]

    async def test_it_outlives_a_restart(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.guilds.set_threshold(GUILD, 0.8, MODERATOR)
        async with open_store(path) as database:
            assert (await database.guilds.settings([GUILD]))[GUILD].threshold == 0.8

    async def test_a_version_and_a_threshold_leave_each_other_alone(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            version = await database.versions.publish(new_version(content))
            await database.guilds.set_threshold(GUILD, 0.8, MODERATOR)
            await database.versions.publish(new_version(content, guild_id=2))
            assert (await database.guilds.settings([GUILD]))[GUILD] == GuildSettings(version.id, 0.8)
            await database.versions.serve(GUILD, None, OTHER)
            assert (await database.guilds.settings([GUILD]))[GUILD] == GuildSettings(None, 0.8)
