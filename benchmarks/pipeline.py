"""The whole way of a message – queue, classifier, SQLite – beside the classifier alone and beside Keras one by one."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

from bot.domain.messages import IncomingMessage
from bot.services.pipeline import Pipeline
from bot.services.serving import Models
from bot.storage.database import Database
from model.classifier import Classifier
from model.data.paths import CHAT

N_MESSAGES = 20_000


def measure(folder: str) -> dict[str, Any]:
    """Submit 20,000 messages at once, as a raid would; return messages a second."""
    return asyncio.run(_measure(f"sqlite+aiosqlite:///{folder}/raid.sqlite3"))


async def _measure(url: str) -> dict[str, Any]:
    texts = CHAT.read_text(encoding="utf-8").splitlines()
    texts = [texts[number % len(texts)] for number in range(N_MESSAGES)]
    classifier = Classifier.load()
    database = await Database.open(url)
    pipeline = Pipeline(Models(classifier, database), database, handler=None, log_channel=False)
    await pipeline.start()
    lags: list[float] = []
    watch = asyncio.create_task(watch_lag(lags))
    started = perf_counter()
    for number, text in enumerate(texts, 1):
        await pipeline.submit(IncomingMessage(number, 1, 1, 1, text))
    await pipeline.drain()
    seconds = perf_counter() - started
    watch.cancel()
    await pipeline.close()
    await database.close()
    started = perf_counter()
    classifier.probabilities(texts)
    return {
        "messages_per_second": N_MESSAGES / seconds,
        "classifier_alone_per_second": N_MESSAGES / (perf_counter() - started),
        "loop_lag_99th_percentile_seconds": sorted(lags)[int(len(lags) * 0.99)],
    }


async def watch_lag(lags: list[float]) -> None:
    """Note how much later than asked the event loop comes back, every 5 ms."""
    while True:
        asked = perf_counter() + 0.005
        await asyncio.sleep(0.005)
        lags.append(perf_counter() - asked)
