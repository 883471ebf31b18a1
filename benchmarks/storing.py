"""How fast verdicts are stored, in an SQLite file and on PostgreSQL side by side; and asked for before any ANALYZE."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path
from time import perf_counter
from typing import Any

from bot.domain.messages import IncomingMessage
from bot.domain.verdicts import EVERYTHING, Policy, Verdict, decide
from bot.storage.database import Database
from model.prediction import Prediction
from tests.support import postgresql

BATCH = 768  # as the judge takes them
N_VERDICTS = 30 * BATCH
FLAGGED = 20  # one in so many
TEXT = "배송이 늦었지만 잘 받았어요"


def measure(folder: str) -> dict[str, Any]:
    """Store verdicts in batches, one in twenty flagged, and ask for some; on PostgreSQL where there is one."""
    results = {"sqlite": asyncio.run(_measure(f"sqlite+aiosqlite:///{folder}/storing.sqlite3"))}
    programs = postgresql.programs()
    if programs is None:
        return results
    server = postgresql.Server(programs)
    try:
        results["postgresql"] = asyncio.run(_measure(server.make(Path(folder, "storing.postgresql"))))
    finally:
        server.close()
    ratio = results["postgresql"]["verdicts_per_second"] / results["sqlite"]["verdicts_per_second"]
    return results | {"postgresql_to_sqlite": ratio}


async def _measure(url: str) -> dict[str, Any]:
    database = await Database.open(url)
    seconds = []
    for first in range(1, N_VERDICTS, BATCH):
        batch = [_verdict(number) for number in range(first, first + BATCH)]
        started = perf_counter()
        await database.verdicts.record(batch, {7: first + BATCH})
        seconds.append(perf_counter() - started)
    found = {
        "verdicts_per_second": N_VERDICTS / sum(seconds),
        "batch_median_ms": 1000 * statistics.median(seconds),
        "cursors_of_2000_channels_ms": await _milliseconds(lambda: database.cursors.find_all(range(2_000))),
        "again_the_same_batch_ms": await _milliseconds(lambda: database.verdicts.record(batch)),
        "oldest_due_ms": await _milliseconds(database.outbox.routes),
        "erase_256_ms": await _milliseconds(lambda: database.verdicts.erase(range(1, 257))),
    }
    await database.close()
    return found


def _verdict(number: int) -> Verdict:
    probability = 0.01 if number % FLAGGED == 0 else 0.99
    message = IncomingMessage(number, 7, 1, 99, TEXT, 0)
    return decide(message, TEXT, Prediction(probability), Policy(0.9, "jigi", EVERYTHING))


async def _milliseconds(work: Any) -> float:
    started = perf_counter()
    await work()
    return 1000 * (perf_counter() - started)
