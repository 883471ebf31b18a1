"""One training runs in a guild, and one that has died stands in nobody's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.trainings import (
    BusyError,
    TrainingRequest,
    TrainingState,
)
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
