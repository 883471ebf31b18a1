"""One, two and three processes on one database: how many messages a second they judge and store together.

    python -m benchmarks.processes URL GUILD

is one of them: it waits for a line on stdin, judges and stores, and says when it began and ended. The gateway is left
out: what they share is the store, and where that becomes the limit is the question. With as many processes as cores
the classifier has no core to itself any more; `classifier_alone` is what the same processes reach without a store.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

from bot.config import Config
from bot.domain.messages import IncomingMessage
from bot.runtime import open_jigi
from bot.storage.connection.engine import IN_MEMORY
from bot.storage.database import Database
from model.data.paths import CHAT
from tests.support import postgresql

N_MESSAGES = 20_000  # of each process
COUNTS = (1, 2, 3)
_FIRST_ID = 10**9


def measure(folder: str) -> dict[str, Any]:
    """Return messages a second, by database and by how many processes share it; on PostgreSQL where there is one."""
    alone = {str(n): asyncio.run(together("", n)) for n in COUNTS}
    found = {"classifier_alone_per_second": alone}
    found["sqlite_per_second"] = {
        str(n): asyncio.run(together(f"sqlite+aiosqlite:///{folder}/shared-{n}.sqlite3", n)) for n in COUNTS
    }
    programs = postgresql.programs()
    if programs is None:
        return found
    server = postgresql.Server(programs)
    try:
        urls = {n: server.make(Path(folder, f"shared-{n}.postgresql")) for n in COUNTS}
        return found | {"postgresql_per_second": {str(n): asyncio.run(together(urls[n], n)) for n in COUNTS}}
    finally:
        server.close()


async def together(url: str, n_processes: int) -> float:
    """Return how many messages a second so many processes judge, and store in a database unless its URL is empty."""
    if url:
        await (await Database.open(url)).close()  # migrated before anybody is timed
    children = [await _start(url, number) for number in range(n_processes)]
    times = await asyncio.gather(*(_go(child) for child in children))
    began, ended = min(began for began, _ in times), max(ended for _, ended in times)
    return n_processes * N_MESSAGES / (ended - began)


async def _start(url: str, number: int) -> Process:
    program = [sys.executable, "-W", "ignore", "-m", "benchmarks.processes", url, str(number)]
    child = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE)
    assert child.stdout is not None
    await child.stdout.readline()  # it is ready
    return child


async def _go(child: Process) -> tuple[float, float]:
    answer, _ = await child.communicate(b"go\n")
    began, ended = json.loads(answer)
    return began, ended


async def _serve(url: str, guild_id: int) -> None:
    texts = CHAT.read_text(encoding="utf-8").splitlines()
    texts = [texts[number % len(texts)] for number in range(N_MESSAGES)]
    async with open_jigi(Config(database_url=url or IN_MEMORY)) as jigi:
        await jigi.pipeline.start()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        began = time.time()
        if url:
            for number, text in enumerate(texts, 1 + _FIRST_ID * guild_id):
                await jigi.pipeline.submit(IncomingMessage(number, guild_id, guild_id, 1, text))
            await jigi.pipeline.drain()
        else:
            for start in range(0, N_MESSAGES, 768):  # a batch of the judge's
                jigi.models.configured.probabilities(texts[start : start + 768])
        print(json.dumps([began, time.time()]), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
