"""Jigi as a process of its own, for tests."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.support.paths import ROOT
from tests.support.shop import Shop

# `python -m bot`, but for where Discord is.
ON_LOOPBACK = """
import sys
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from bot.__main__ import main

Route.BASE = sys.argv.pop(1) + "/api/v10"
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(Route.BASE.replace("http", "ws", 1))
sys.exit(main())
"""


def heed_interrupts() -> None:
    """Let a child be interrupted by Ctrl-C even where whoever runs the tests ignores it (`nohup`, a shell's `&`)."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@asynccontextmanager
async def process(shop: Shop, variables: Mapping[str, str | None], *arguments: str) -> AsyncIterator[Process]:
    """Run `python -m bot` for the shop, its environment changed as given (None: not set)."""
    environ = {
        "DISCORD_TOKEN": shop.server.token,
        "DATABASE_URL": shop.config.database_url,
        "MODEL": str(shop.config.model_folder),
        "WATCH_CHANNELS": str(shop.reviews.id),
        "LOG_CHANNEL": str(shop.log.id),
        "LOG_LEVEL": "DEBUG",
        **variables,
    }
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "SYSTEMROOT")}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore::DeprecationWarning", "-c", ON_LOOPBACK, shop.server.url, *arguments,
        cwd=shop.database_path.parent,
        env=inherited
        | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        | {name: value for name, value in environ.items() if value is not None},
        stdout=PIPE,
        stderr=PIPE,
        preexec_fn=heed_interrupts,
    )  # fmt: skip
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
