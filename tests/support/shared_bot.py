"""One of several processes of a bot, on the loopback Discord.

    python -m tests.support.shared_bot URL LEASE

The configuration comes from the environment. It serves until stdin is closed, or it is killed; a session may begin
every tenth of a second. `tests.bot.test_sharding` starts it.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client import Client
from bot.config import Config
from bot.services import shards
from tests.support.store import UNPACED

shards.SESSION_PAUSE = 0.1


async def main(url: str, lease: float) -> None:
    Route.BASE = url + "/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url.replace("http", "ws", 1) + "/")
    config = replace(Config.from_environ(), patience=replace(UNPACED, lease=lease))
    async with Client(config, guild_ready_timeout=0.1) as client:
        running = asyncio.create_task(client.start(config.discord_token or ""))
        stopped = asyncio.create_task(_until_closed())
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()  # what ended the bot


async def _until_closed() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
