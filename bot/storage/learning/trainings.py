"""Trainings, running and past. At most one runs in each guild, whatever process begins it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.learning.trainings import BusyError, CorpusName, Mode, Training, TrainingRequest, TrainingState
from bot.storage.connection.transactions import Store, uninterrupted
from bot.storage.schema import trainings

DEAD_AFTER = timedelta(seconds=60)  # without a sign of life


class Trainings(Store):
    """The trainings of all guilds."""

    @uninterrupted
    async def begin(self, request: TrainingRequest) -> Training:
        """Note that a training begins.

        Raises:
            BusyError: One is running in this guild.
        """
        now = datetime.now(UTC)
        async with self._writing() as connection:
            if running := await _running(connection, request.guild_id):
                raise BusyError(running)
            values = {**asdict(request), "state": TrainingState.RUNNING, "started_at": now, "alive_at": now}
            new = insert(trainings).values(values).returning(trainings.c.id)
            training_id = (await connection.execute(new)).scalar_one()
        return Training(training_id, request, now)

    @uninterrupted
    async def oldest_running(self, excluding: int) -> Training | None:
        """Return the training that has been running longest in any guild, but for one."""
        which = trainings.c.state == TrainingState.RUNNING, trainings.c.id != excluding
        async with self._reading() as connection:
            row = (await connection.execute(select(trainings).where(*which).order_by(trainings.c.id).limit(1))).first()
        return _training(row) if row else None

    @uninterrupted
    async def heartbeat(self, training_id: int) -> None:
        """Note that a training is still running."""
        async with self._writing() as connection:
            await _update(connection, training_id, alive_at=datetime.now(UTC))

    @uninterrupted
    async def show_in(self, training_id: int, channel_id: int, message_id: int) -> None:
        """Note which message shows a training's progress."""
        async with self._writing() as connection:
            await _update(connection, training_id, channel_id=channel_id, message_id=message_id)

    @uninterrupted
    async def end(self, training_id: int, state: TrainingState, detail: str | None = None) -> None:
        """Note what became of a training."""
        async with self._writing() as connection:
            await end_training(connection, training_id, state, detail=detail)

    @uninterrupted
    async def mark_interrupted(self, own: Collection[int] = (), *, at_once: bool = False) -> list[Training]:
        """Return the trainings whose bot has died, which are noted as interrupted from now on.

        `own` are those of this process, which lives. `at_once`: no other bot can be training.
        """
        last_sign = datetime.now(UTC) - (timedelta(0) if at_once else DEAD_AFTER)
        which = trainings.c.state == TrainingState.RUNNING, trainings.c.alive_at < last_sign
        async with self._writing() as connection:
            found = [_training(row) for row in await connection.execute(select(trainings).where(*which))]
            dead = [training for training in found if training.id not in own]
            for training in dead:
                await end_training(connection, training.id, TrainingState.INTERRUPTED)
        return dead


async def end_training(connection: AsyncConnection, training_id: int, state: TrainingState, **values: Any) -> None:
    """Note what became of a training, in a transaction that is open."""
    await _update(connection, training_id, state=state, ended_at=datetime.now(UTC), **values)


async def _update(connection: AsyncConnection, training_id: int, **values: Any) -> None:
    which = trainings.c.id == training_id, trainings.c.state == TrainingState.RUNNING
    await connection.execute(update(trainings).where(*which).values(values))


async def _running(connection: AsyncConnection, guild_id: int) -> Training | None:
    which = trainings.c.guild_id == guild_id, trainings.c.state == TrainingState.RUNNING
    row = (await connection.execute(select(trainings).where(*which))).first()
    return _training(row) if row else None


def _training(row: Row[Any]) -> Training:
    request = TrainingRequest(
        row.guild_id, row.requested_by, Mode(row.mode), CorpusName(row.corpus) if row.corpus else None, row.seed,
        row.is_forced, row.channel_id,
    )  # fmt: skip
    return Training(row.id, request, row.started_at, row.message_id)
