"""Hold shards for this process: claim, renew, take over, give back.

    leases = ShardLeases(database, most=2)
    await leases.begin(n_shards)   # waits until there is something to do
    leases.holding                 # what is held by now; empty as soon as it may be somebody else's
    await leases.close()           # others take it at once

A lease is renewed four times before it ends. A process that cannot reach the database holds nothing from the moment on
at which another may take its shards: it does nothing any more, instead of doing it twice.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from time import monotonic

from bot.domain.sharding import Holding, ShardCountError
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database

_log = logging.getLogger(__name__)

SESSION_PAUSE = 5.0  # seconds, Discord's, between two sessions of a bucket
_PAUSE = 1.0  # of who has nothing yet


class ShardLeases:
    """The shards of this process. `most`: at most so many; `lease`: seconds until a dead process' are free."""

    def __init__(self, database: Database, most: int, lease: float) -> None:
        self._store, self._most, self._lease = database.shards, most, lease
        self._planned = database.actions_planned
        self._name = secrets.token_hex(16)
        self._holding = Holding(1)
        self._held_until = 0.0  # by this process' own clock
        self._keeping: asyncio.Task[None] | None = None
        self.changed = asyncio.Event()  # set when something was taken or lost
        self.trouble: ShardCountError | None = None  # why nothing can be held any more

    @property
    def holding(self) -> Holding:
        """What this process holds now."""
        return self._holding if monotonic() < self._held_until else Holding(self._holding.n_shards)

    async def begin(self, n_shards: int) -> Holding:
        """Wait until there is a shard to hold, and keep what is held from now on.

        Raises:
            ShardCountError: Other processes share guilds out among another number of shards.
        """
        while not (await self._hold(n_shards)).ids:  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(min(_PAUSE, self._lease / 4))
        self._keeping = asyncio.create_task(self._keep(n_shards), name="shards")
        return self._holding

    async def n_shards(self) -> int | None:
        """Return among how many shards the other processes share guilds out, None if there are none."""
        try:
            return await self._store.n_shards()
        except DatabaseError as error:
            _log.warning("Nobody knows who holds which shard: %s", error)
            return None

    async def turn(self, shard_id: int, max_concurrency: int) -> None:
        """Wait until a session of a shard may begin: it is held, and Discord's limit lets it."""
        while True:
            if shard_id not in self.holding.ids:
                await asyncio.sleep(self._lease / 10)
                continue
            try:
                pause = await self._store.take_turn(shard_id % max_concurrency, SESSION_PAUSE)
            except DatabaseError:
                pause = _PAUSE
            if not pause:
                return
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """Give everything back."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        try:
            await self._store.release(self._name)
        except DatabaseError as error:
            _log.warning("The shards could not be given back; they are free in %.0f s: %s", self._lease, error)

    async def _keep(self, n_shards: int) -> None:
        while True:
            await asyncio.sleep(self._lease / 4)
            try:
                await self._hold(n_shards)
            except ShardCountError as error:
                self.trouble = error
                self._lose()
                return

    async def _hold(self, n_shards: int) -> Holding:
        """Renew and claim; what was asked before an answer came counts, for the database may have counted it then."""
        asked = monotonic()
        try:
            ids = await self._store.hold(self._name, n_shards, self._most, self._lease)
        except DatabaseError as error:
            _log.warning("The shards' leases cannot be renewed: %s", error)
            if not self.holding.ids and self._holding.ids:
                self._lose()
            return self.holding
        self._held_until = asked + self._lease
        if (ids, n_shards) != (self._holding.ids, self._holding.n_shards):
            self._holding = Holding(n_shards, ids)
            self._tell()
        return self._holding

    def _lose(self) -> None:
        self._holding = Holding(self._holding.n_shards)
        self._tell()

    def _tell(self) -> None:
        self.changed.set()
        self._planned.set()  # what was planned by who held it before is due here
