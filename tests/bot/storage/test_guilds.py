"""What a guild has chosen is its own."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path

from bot.config import WatchedChannels
from bot.domain.guilds import GuildSettings, QuietHours
from bot.localisation.texts import Language
from tests.support.publishing import new_version
from tests.support.records import GUILD, MODERATOR, OTHER
from tests.support.store import open_store, rows


class TestThresholds:
    async def test_a_guild_sets_its_own_and_gives_it_back(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.guilds.change(GUILD, MODERATOR, threshold=0.8)
            await database.guilds.change(2, MODERATOR, threshold=0.7)
            await database.guilds.change(GUILD, OTHER, threshold=0.85)
            assert await database.guilds.settings([GUILD, 2, 3]) == {
                GUILD: GuildSettings(None, 0.85), 2: GuildSettings(None, 0.7)
            }  # fmt: skip
            await database.guilds.change(GUILD, OTHER, threshold=None)
            assert await database.guilds.settings([GUILD]) == {GUILD: GuildSettings()}
        assert rows(path, "SELECT guild_id, updated_by FROM guilds ORDER BY guild_id") == [(1, OTHER), (2, MODERATOR)]

    async def test_it_outlives_a_restart(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.guilds.change(GUILD, MODERATOR, threshold=0.8)
        async with open_store(path) as database:
            assert (await database.guilds.settings([GUILD]))[GUILD].threshold == 0.8

    async def test_a_version_and_a_threshold_leave_each_other_alone(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            version = await database.versions.publish(new_version(content))
            await database.guilds.change(GUILD, MODERATOR, threshold=0.8)
            await database.versions.publish(new_version(content, guild_id=2))
            assert (await database.guilds.settings([GUILD]))[GUILD] == GuildSettings(version.id, 0.8)
            await database.versions.serve(GUILD, None, OTHER)
            assert (await database.guilds.settings([GUILD]))[GUILD] == GuildSettings(None, 0.8)


EVERYTHING = GuildSettings(
    threshold=0.8,
    thresholds={7: 0.95, 8: 0.5},
    alerts_per_day=12.0,
    watched=WatchedChannels(frozenset({7, 8})),
    log_channel_id=9,
    is_shadow=True,
    exempts_moderators=False,
    exempt_role_ids=frozenset({10, 11}),
    exempt_user_ids=frozenset({12}),
    exempt_channel_ids=frozenset({13}),
    ping_role_id=14,
    quiet_hours=QuietHours(time(22, 30), time(8)),
    time_zone="Europe/Berlin",
    language=Language.ENGLISH,
    retention_days=60,
)


def chosen(settings: GuildSettings) -> dict[str, object]:
    """Return all that differs from what a guild without choices has."""
    names = GuildSettings.__slots__
    return {
        name: getattr(settings, name) for name in names if getattr(settings, name) != getattr(GuildSettings(), name)
    }


class TestChoices:
    async def test_each_outlives_a_restart_and_is_its_guilds_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            assert await database.guilds.change(GUILD, MODERATOR, **chosen(EVERYTHING)) == EVERYTHING
            await database.guilds.change(2, MODERATOR, watched=WatchedChannels(is_all=True))
        async with open_store(path) as database:
            assert await database.guilds.all_settings() == {
                GUILD: EVERYTHING, 2: GuildSettings(watched=WatchedChannels(is_all=True))
            }  # fmt: skip

    async def test_each_can_be_given_back(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.guilds.change(GUILD, MODERATOR, **chosen(EVERYTHING))
            given_back = {name: getattr(GuildSettings(), name) for name in chosen(EVERYTHING)}
            assert await database.guilds.change(GUILD, MODERATOR, **given_back) == GuildSettings()


class TestChanges:
    async def test_what_was_before_and_after_is_listed_with_who_and_when(self, path: Path) -> None:
        async with open_store(path) as database:
            began = datetime.now(UTC)
            await database.guilds.change(GUILD, MODERATOR, retention_days=30, is_shadow=True)
            await database.guilds.change(2, OTHER, retention_days=7)
            await database.guilds.change(GUILD, None, retention_days=60)
            newest, *older = await database.guilds.changes(GUILD, 10)
            assert (newest.name, newest.before, newest.after, newest.changed_by) == ("retention_days", 30, 60, None)
            assert began <= newest.changed_at <= datetime.now(UTC)
            assert {(each.name, each.before, each.after, each.changed_by) for each in older} == {
                ("retention_days", None, 30, MODERATOR), ("is_shadow", False, True, MODERATOR)
            }  # fmt: skip
            assert await database.guilds.changes(GUILD, 1) == [newest]

    async def test_what_changes_nothing_is_not_listed(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.guilds.change(GUILD, MODERATOR, retention_days=30)
            await database.guilds.change(GUILD, OTHER, retention_days=30, ping_role_id=None)
            assert [each.changed_by for each in await database.guilds.changes(GUILD, 10)] == [MODERATOR]

    async def test_a_model_that_was_chosen_is_listed_too(self, path: Path, content: bytes) -> None:
        async with open_store(path) as database:
            version = await database.versions.publish(new_version(content))
            (change,) = await database.guilds.changes(GUILD, 10)
        assert (change.name, change.before, change.after) == ("model_version_id", None, version.id)

    async def test_with_another_model_a_threshold_that_alerts_a_day_chose_waits_to_be_chosen_anew(
        self, path: Path, content: bytes
    ) -> None:
        async with open_store(path) as database:
            for guild_id, alerts_per_day in ((GUILD, 5.0), (2, None)):
                await database.guilds.change(guild_id, MODERATOR, threshold=0.7, alerts_per_day=alerts_per_day)
                await database.versions.publish(new_version(content, guild_id=guild_id))
            await database.versions.roll_back(GUILD, MODERATOR)
            settings, changes = await database.guilds.all_settings(), await database.guilds.changes(GUILD, 10)
        assert [each.name for each in changes[:3]] == ["model_version_id", "threshold", "model_version_id"]
        assert (settings[GUILD].threshold, settings[GUILD].alerts_per_day, settings[2].threshold) == (None, 5.0, 0.7)

    async def test_only_guilds_with_late_changes_are_read_again(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.guilds.change(2, MODERATOR, retention_days=7)
            for days in range(1, 34):
                await database.guilds.change(GUILD, MODERATOR, retention_days=days)
            assert await database.guilds.changed_lately() == {GUILD: GuildSettings(retention_days=33)}
