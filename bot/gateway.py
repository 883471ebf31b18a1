"""The gateway's connection, which lets everybody else have their turn.

discord.py hands over one frame after the other for as long as any are buffered, and in a raid that is a quarter of a
second at a time in which nothing else is done: no verdict stored, no button answered, no heartbeat sent.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from concurrent.futures import ThreadPoolExecutor

import discord.shard
from discord.gateway import DiscordWebSocket

_N_IN_A_ROW = 16  # frames, about 2 ms
_N_BEHIND = 1  # threads that work in the background
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
    """Leave verdicts their turn, once everything is loaded and before anything is heard.

    To look through what was loaded at the start takes garbage collection a tenth of a second, for nothing. And every
    thread that works in the background, such as on questions about words, makes each step of a verdict wait.
    """
    gc.collect()
    gc.freeze()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_N_BEHIND, "jigi-behind"))
