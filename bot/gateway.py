"""The gateway's connection, which lets everybody else have their turn.

discord.py hands over one frame after the other for as long as any are buffered, and in a raid that is a quarter of a
second at a time in which nothing else is done: no verdict stored, no button answered, no heartbeat sent.
"""

from __future__ import annotations

import asyncio

import discord.shard
from discord.gateway import DiscordWebSocket

_N_IN_A_ROW = 16  # frames, about 2 ms


class FairWebSocket(DiscordWebSocket):
    """A connection that steps back after a few frames."""

    _n_handed_over = 0

    async def poll_event(self) -> None:
        """Hand over the next frame."""
        await super().poll_event()
        self._n_handed_over += 1
        if self._n_handed_over % _N_IN_A_ROW == 0:
            await asyncio.sleep(0)


def install() -> None:
    """Have the shards of this process connect so. For a bot of our own: a host decides for itself."""
    discord.shard.DiscordWebSocket = FairWebSocket  # type: ignore[misc]
