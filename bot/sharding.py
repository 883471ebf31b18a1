"""A client that runs the shards that its process holds, takes over those of processes that die, and gives up its own.

discord.py starts the shards it is told of at the start; here they come and go while it runs.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.services.shards import ShardLeases

_log = logging.getLogger(__name__)


class SharingBot(commands.AutoShardedBot):
    """A bot that may be one of several processes. While `leases` is None it is the only one, and runs every shard."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.leases: ShardLeases | None = None  # set by the plugin, when several processes share the database
        self._max_concurrency = 1
        self._running: dict[int, asyncio.Task[None] | None] = {}  # shards, and what starts those of later
        self._are_launched = asyncio.Event()

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect the shards that this process holds, and follow what it comes to hold.

        Raises:
            ShardCountError: Other processes share guilds out among another number of shards.
        """
        if self.leases is None:
            await super().connect(reconnect=reconnect)
            return
        recommended, _, limits = await self.http.get_bot_gateway()
        self._max_concurrency = limits["max_concurrency"]
        n_shards = self.shard_count or await self.leases.n_shards() or recommended
        held = await self.leases.begin(n_shards)
        self.shard_count, self.shard_ids = n_shards, sorted(held.ids)
        self._running = dict.fromkeys(held.ids)
        following = asyncio.create_task(self._follow(self.leases), name="follow shards")
        connecting = asyncio.create_task(super().connect(reconnect=reconnect))
        try:
            await asyncio.wait({following, connecting}, return_when=asyncio.FIRST_COMPLETED)
            await (connecting if connecting.done() else following)
        finally:
            tasks = [following, connecting, *(task for task in self._running.values() if task is not None)]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def launch_shards(self) -> None:
        """Start the first shards."""
        await super().launch_shards()
        self._are_launched.set()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until a session may begin: Discord counts those of all processes together."""
        if self.leases is None or shard_id is None:
            await super().before_identify_hook(shard_id, initial=initial)
            return
        if self._are_launched.is_set() and shard_id not in self._running:
            raise asyncio.CancelledError  # it was given up; discord.py leaves it then
        await self.leases.turn(shard_id, self._max_concurrency)

    async def _follow(self, leases: ShardLeases) -> None:
        """Start what was taken, and stop what was lost, one after the other."""
        await self._are_launched.wait()
        while True:
            leases.changed.clear()
            held = leases.holding.ids
            for shard_id in sorted(self._running.keys() - held):
                await self._stop(shard_id)
            for shard_id in sorted(held - self._running.keys()):
                start = self.launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard_id)
                self._running[shard_id] = asyncio.create_task(start, name=f"start shard {shard_id}")
            if leases.trouble is not None:
                raise leases.trouble
            await leases.changed.wait()

    async def _stop(self, shard_id: int) -> None:
        """Leave a shard, whose guilds another process looks after from now on."""
        _log.warning("Shard %d is another process' now", shard_id)
        starting = self._running.pop(shard_id)
        if starting is not None:
            starting.cancel()
        shard = self.get_shard(shard_id)
        if shard is not None:
            await shard.disconnect()
        for guild in [each for each in self.guilds if each.shard_id == shard_id]:
            self._connection._remove_guild(guild)  # without an event: the bot has not left it
