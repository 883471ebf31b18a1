"""The gateway's connection, which lets everybody else have their turn.

discord.py hands over one frame after the other for as long as any are buffered, and in a raid that is a quarter of a
second at a time in which nothing else is done: no verdict stored, no button answered, no heartbeat sent.
"""

from __future__ import annotations

import asyncio
import gc
import sys

import discord.shard
from discord.gateway import DiscordWebSocket

_N_IN_A_ROW = 16  # frames, about 2 ms
_TURN = 0.0005  # seconds that a thread keeps Python while others wait for it; Python's own 0.005 add up in a verdict


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
    """Have this process' shards connect so, and its threads take short turns: no picture may hold up a verdict.

    For a bot of our own: a host decides for itself.
    """
    sys.setswitchinterval(_TURN)
    discord.shard.DiscordWebSocket = FairWebSocket  # type: ignore[misc]


def settle() -> None:
    """Keep what was loaded at the start out of garbage collection: to look through it takes a tenth of a second."""
    gc.collect()
    gc.freeze()
