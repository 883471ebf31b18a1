"""The process of a bot that a benchmark measures: Jigi, or one of the same client class that does nothing.

    python -m benchmarks.loopback_bot URL jigi|nothing

The configuration comes from the environment, as for `python -m bot`. It answers lines on stdin with JSON on stdout:
`watch` begins to measure, `report` says what was measured, `heard N` answers once N messages were dispatched.
`benchmarks.loopback` starts it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import discord
import psutil
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client import Client
from bot.config import Config

_TICK = 0.005  # seconds
_TICKS_BETWEEN_SAMPLES = 10


class QuickClient(Client):
    """The bot, on a Discord that does not mind two sessions within five seconds."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Begin a session at once."""


class Nothing(QuickClient):
    """The same client without the plugin: it counts the messages that reach it."""

    def __init__(self, config: Config, **options: Any) -> None:
        super().__init__(config, **options)
        self.n_heard = 0

    async def setup_hook(self) -> None:
        """Load nothing."""

    async def on_message(self, message: discord.Message, /) -> None:
        """Do nothing."""
        self.n_heard += 1


class Watch:
    """Notes how much later than asked the event loop comes back, every 5 ms, and how much memory is held."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.begin()

    def begin(self) -> None:
        """Forget what was noted."""
        self._lags: list[float] = []
        self._largest = self._idle = self._process.memory_info().rss

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            asked = time.perf_counter() + _TICK
            await asyncio.sleep(_TICK)
            self._lags.append(time.perf_counter() - asked)
            if len(self._lags) % _TICKS_BETWEEN_SAMPLES == 0:
                self._largest = max(self._largest, self._process.memory_info().rss)

    def report(self) -> dict[str, float]:
        """Return what was noted: seconds and megabytes."""
        lags = sorted(self._lags) or [0.0]
        return {
            "idle_megabytes": self._idle / 1e6,
            "megabytes_above_idle": (self._largest - self._idle) / 1e6,
            "loop_lag_median_seconds": lags[len(lags) // 2],
            "loop_lag_99th_percentile_seconds": lags[int(len(lags) * 0.99)],
            "loop_lag_largest_seconds": lags[-1],
        }


async def _answer(client: QuickClient, watch: Watch, line: str) -> dict[str, float]:
    match line.split():
        case ["watch"]:
            watch.begin()
        case ["report"]:
            return watch.report()
        case ["heard", number]:
            assert isinstance(client, Nothing)
            while client.n_heard < int(number):  # noqa: ASYNC110 - an event would cost each message something
                await asyncio.sleep(_TICK)
    return {"at": time.time()}


async def _serve(client: QuickClient, watch: Watch) -> None:
    """Answer the lines of stdin until it is closed."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await client.wait_until_ready()
    print(json.dumps({"at": time.time()}), flush=True)
    while line := await reader.readline():
        print(json.dumps(await _answer(client, watch, line.decode())), flush=True)


async def main(url: str, kind: str) -> None:
    """Run the bot until stdin is closed."""
    Route.BASE = url + "/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url.replace("http", "ws", 1) + "/")
    config = Config.from_environ()
    watch = Watch()
    watching = asyncio.create_task(watch.run())
    async with {"jigi": QuickClient, "nothing": Nothing}[kind](config, guild_ready_timeout=0.2) as client:
        running = asyncio.create_task(client.start(config.discord_token or ""))
        serving = asyncio.create_task(_serve(client, watch))
        await asyncio.wait({running, serving}, return_when=asyncio.FIRST_COMPLETED)
    watching.cancel()
    if running.done():
        running.result()  # what ended the bot


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
