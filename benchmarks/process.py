"""The bot's process: when it is ready, and how much memory it holds then, without network."""

from __future__ import annotations

import json
import subprocess
import sys
from statistics import median
from typing import Any

_N_ROUNDS = 5

# What `python -m bot` does before it speaks to Discord: import, read the configuration, open all that it works with.
_PROGRAM = """
import asyncio, json, sys, tempfile, time
import psutil

async def main():
    from bot import client
    from bot.client import PLUGIN, Client
    from bot.config import Config
    config = Config.from_environ({"DATABASE_URL": f"sqlite+aiosqlite:///{sys.argv[1]}/jigi.sqlite3"})
    async with Client(config) as client:
        await client.load_extension(PLUGIN)
        process = psutil.Process()
        seconds = time.time() - process.create_time()
        await asyncio.sleep(1)
        print(json.dumps({"ready_seconds": seconds, "idle_megabytes": process.memory_info().rss / 1e6}))

asyncio.run(main())
"""


def measure(folder: str) -> dict[str, Any]:
    """Start the bot's process several times on one database; return the medians and the first start's figures."""
    rounds = [_start(folder) for _ in range(_N_ROUNDS)]
    return {
        "first_start": rounds[0],
        "later_starts_median": {key: median(r[key] for r in rounds[1:]) for key in rounds[0]},
        "tensorflow_import": _tensorflow(),
    }


def _start(folder: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", _PROGRAM, folder], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def _tensorflow() -> dict[str, float]:
    program = (
        "import json, time, psutil; import tensorflow; p = psutil.Process();"
        "seconds = time.time() - p.create_time();"
        "print(json.dumps({'ready_seconds': seconds, 'idle_megabytes': p.memory_info().rss / 1e6}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))
