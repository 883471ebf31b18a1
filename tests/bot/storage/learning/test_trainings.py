"""One training runs in a guild, and one that has died stands in nobody's way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.domain.learning.trainings import (
    BusyError,
    TrainingRequest,
    TrainingState,
)
from bot.storage.schema import trainings
from tests.support.publishing import ADMIN, GUILD
from tests.support.store import open_store, rows


class TestTrainings:
    async def test_one_runs_in_a_guild_at_a_time(self, path: Path) -> None:
        async with open_store(path) as database:
            first = await database.trainings.begin(TrainingRequest(GUILD, ADMIN))
            await database.trainings.begin(TrainingRequest(2, ADMIN))
            with pytest.raises(BusyError) as busy:
                await database.trainings.begin(TrainingRequest(GUILD, 99))
            assert busy.value.running == first
            await database.trainings.end(first.id, TrainingState.FAILED, "why")
            assert await database.trainings.begin(TrainingRequest(GUILD, 99))

    async def test_one_that_gives_no_sign_of_life_stands_in_nobodys_way(self, path: Path) -> None:
        async with open_store(path) as database:
            dead = await database.trainings.begin(TrainingRequest(GUILD, ADMIN, channel_id=5))
            await database.trainings.show_in(dead.id, 5, 6)
            assert await database.trainings.mark_interrupted() == []
            async with database._transactions.writing() as connection:
                await connection.exec_driver_sql("UPDATE trainings SET alive_at = '2020-01-01'")
            (buried,) = await database.trainings.mark_interrupted()
            assert (buried.id, buried.message_id) == (dead.id, 6)
            await database.trainings.end(dead.id, TrainingState.PUBLISHED)  # comes back too late
        assert rows(path, "SELECT state FROM trainings") == [("interrupted",)]

    async def test_one_that_ends_ends_alone_and_only_once(self, path: Path) -> None:
        async with open_store(path) as database:
            first, second = [await database.trainings.begin(TrainingRequest(guild, ADMIN)) for guild in (GUILD, 2)]
            await database.trainings.end(first.id, TrainingState.REFUSED, "golden_accuracy")
            await database.trainings.end(first.id, TrainingState.FAILED, "late")
            assert await database.trainings.oldest_running(excluding=0) == second
        states = rows(path, "SELECT state, detail, ended_at IS NULL FROM trainings ORDER BY id")
        assert states == [("refused", "golden_accuracy", 0), ("running", None, 1)]

    async def test_only_what_runs_and_is_dead_is_marked_as_interrupted(self, path: Path) -> None:
        async with open_store(path) as database:
            begun = [await database.trainings.begin(TrainingRequest(guild_id, ADMIN)) for guild_id in (1, 2, 3)]
            await database.trainings.end(begun[0].id, TrainingState.FAILED, "no room")
            async with database._transactions.writing() as connection:
                await connection.exec_driver_sql("UPDATE trainings SET alive_at = '2020-01-01' WHERE guild_id < 3")
            assert [each.id for each in await database.trainings.mark_interrupted()] == [begun[1].id]
        assert rows(path, "SELECT state FROM trainings ORDER BY id") == [("failed",), ("interrupted",), ("running",)]

    @pytest.mark.parametrize(("seconds", "n_dead"), [(50, 0), (70, 1)])
    async def test_a_minute_without_a_heartbeat_is_death(self, path: Path, seconds: int, n_dead: int) -> None:
        async with open_store(path) as database:
            training = await database.trainings.begin(TrainingRequest(GUILD, ADMIN))
            async with database._transactions.writing() as connection:
                await connection.execute(
                    update(trainings).values(alive_at=datetime.now(UTC) - timedelta(seconds=seconds))
                )
            assert len(await database.trainings.mark_interrupted()) == n_dead
            assert (await database.trainings.oldest_running(excluding=0) == training) is (n_dead == 0)

    async def test_a_heartbeat_is_of_its_own_training(self, path: Path) -> None:
        async with open_store(path) as database:
            first, second = [await database.trainings.begin(TrainingRequest(guild, ADMIN)) for guild in (GUILD, 2)]
            async with database._transactions.writing() as connection:
                await connection.exec_driver_sql("UPDATE trainings SET alive_at = '2020-01-01'")
            await database.trainings.heartbeat(first.id)
            assert [each.id for each in await database.trainings.mark_interrupted()] == [second.id]

    async def test_a_message_shows_its_own_training(self, path: Path) -> None:
        async with open_store(path) as database:
            first, _ = [await database.trainings.begin(TrainingRequest(guild, ADMIN)) for guild in (GUILD, 2)]
            await database.trainings.show_in(first.id, 5, 6)
        assert rows(path, "SELECT channel_id, message_id FROM trainings ORDER BY id") == [(5, 6), (None, None)]

    async def test_the_oldest_that_runs_is_named_but_for_the_own(self, path: Path) -> None:
        async with open_store(path) as database:
            begun = [await database.trainings.begin(TrainingRequest(guild_id, ADMIN)) for guild_id in (1, 2, 3)]
            await database.trainings.end(begun[0].id, TrainingState.FAILED)
            assert await database.trainings.oldest_running(excluding=begun[2].id) == begun[1]
            assert await database.trainings.oldest_running(excluding=begun[1].id) == begun[2]

    async def test_a_guild_whose_training_has_died_can_begin_another(self, path: Path) -> None:
        async with open_store(path) as database:
            dead = await database.trainings.begin(TrainingRequest(GUILD, ADMIN))
            async with database._transactions.writing() as connection:
                await connection.exec_driver_sql("UPDATE trainings SET alive_at = '2020-01-01'")
            assert [each.id for each in await database.trainings.mark_interrupted()] == [dead.id]
            assert await database.trainings.begin(TrainingRequest(GUILD, ADMIN))
        assert rows(path, "SELECT state FROM trainings ORDER BY id") == [("interrupted",), ("running",)]
