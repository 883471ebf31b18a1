"""The leases by which processes that share a database share out Discord's shards.

A lease that is not renewed ends by itself: what a dead process has held, another takes.
"""

from __future__ import annotations

import time

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sharding import ShardCountError
from bot.storage.connection.transactions import Store, uninterrupted
from bot.storage.connection.upsert import insert_into
from bot.storage.schema import identify_turns, shard_leases


class Shards(Store):
    """Who holds which shard."""

    @uninterrupted
    async def n_shards(self) -> int | None:
        """Return among how many shards the processes that live share guilds out, None if there are none."""
        async with self._reading() as connection:
            live = shard_leases.c.held_until > await _now(connection)
            n_shards: int | None = await connection.scalar(select(func.max(shard_leases.c.n_shards)).where(live))
            return n_shards

    @uninterrupted
    async def hold(self, holder: str, n_shards: int, most: int, seconds: float) -> frozenset[int]:
        """Renew what a process holds, take what is free until it holds `most` shards, and return all it holds.

        Raises:
            ShardCountError: Others share guilds out among another number of shards.
        """
        async with self._writing() as connection:
            now = await _now(connection)
            rows = (await connection.execute(select(shard_leases))).all()
            others = [row for row in rows if row.holder != holder and row.held_until > now]
            for row in others:
                if row.n_shards != n_shards:
                    raise ShardCountError(n_shards, row.n_shards)
            taken = {row.shard_id for row in others}
            own = {row.shard_id for row in rows if row.holder == holder and row.n_shards == n_shards} - taken
            free = [shard_id for shard_id in range(n_shards) if shard_id not in taken | own]
            held = frozenset([*sorted(own), *free][:most])
            await connection.execute(delete(shard_leases).where(shard_leases.c.shard_id.not_in(taken)))
            if held:
                lease = {"n_shards": n_shards, "holder": holder, "held_until": now + seconds}
                await connection.execute(insert(shard_leases), [{"shard_id": each, **lease} for each in sorted(held)])
            return held

    @uninterrupted
    async def release(self, holder: str) -> None:
        """Let others take at once what a process holds."""
        async with self._writing() as connection:
            await connection.execute(delete(shard_leases).where(shard_leases.c.holder == holder))

    @uninterrupted
    async def take_turn(self, bucket: int, seconds: float) -> float:
        """Take the turn to begin a session, after which the bucket's next comes in so many seconds.

        Returns 0.0 if it was taken, else the seconds until it may be.
        """
        async with self._writing() as connection:
            now = await _now(connection)
            new = insert_into(connection, identify_turns).values(bucket=bucket, free_at=0.0)
            await connection.execute(new.on_conflict_do_nothing())
            is_free = identify_turns.c.bucket == bucket, identify_turns.c.free_at <= now
            taken = await connection.execute(update(identify_turns).where(*is_free).values(free_at=now + seconds))
            if taken.rowcount:
                return 0.0
            free_at = await connection.scalar(select(identify_turns.c.free_at).where(identify_turns.c.bucket == bucket))
            return max(0.01, float(free_at or 0) - now)


async def _now(connection: AsyncConnection) -> float:
    """Return the time by the one clock that all processes share: the server's, or of a file the machine's."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float((await connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))).scalar_one())
