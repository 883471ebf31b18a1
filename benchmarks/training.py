"""The event loop while a training child runs: it must stay free, and messages must go on being judged."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.pipeline import watch_lag
from bot.config import Config
from bot.domain.learning.examples import Source
from bot.domain.learning.trainings import Training, TrainingRequest
from bot.domain.messages import IncomingMessage, is_judgeable
from bot.domain.verdicts import Verdict
from bot.runtime import open_jigi
from bot.services.learning.trainer import Retraining
from bot.services.pipeline import Pipeline
from model.data.paths import CHAT
from model.examples import Example, ExampleLabel

_GUILD, _ADMIN = 1, 1
_MESSAGES_PER_SECOND = 50
_LESSONS = ("포장이 뜯긴 채로 왔어요", "설명서가 빠져 있었어요", "전원이 안 켜집니다", "바느질이 금방 풀렸어요")


def measure(folder: str) -> dict[str, Any]:
    """Fine-tune the shipped model while 50 messages a second come in; return the loop's lag and the messages' time."""
    return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> dict[str, Any]:
    config = Config(database_url=f"sqlite+aiosqlite:///{folder}/training.sqlite3")
    judged: dict[int, float] = {}

    def note(verdict: Verdict) -> None:
        judged[verdict.message.message_id] = perf_counter()

    async with open_jigi(config, on_verdict=note) as jigi:
        examples = [Example(text, ExampleLabel.NEGATIVE) for text in _LESSONS]
        await jigi.database.examples.add(_GUILD, examples, Source.TYPED, _ADMIN)
        await jigi.pipeline.start()
        training = await jigi.retraining.begin(TrainingRequest(_GUILD, _ADMIN))
        return await _compare(jigi.pipeline, jigi.retraining, training, judged)


async def _compare(
    pipeline: Pipeline, retraining: Retraining, training: Training, judged: dict[int, float]
) -> dict[str, Any]:
    lags: list[float] = []
    watch = asyncio.create_task(watch_lag(lags))
    started = perf_counter()
    child = asyncio.create_task(retraining.run(training, lambda progress: None))
    submitted = await _submit_until(child, pipeline)
    await pipeline.drain()
    watch.cancel()
    waits = sorted(judged[message_id] - at for message_id, at in submitted.items() if message_id in judged)
    return {
        "training_seconds": perf_counter() - started,
        "outcome": type(child.result()).__name__,
        "loop_lag_99th_percentile_seconds": sorted(lags)[int(len(lags) * 0.99)],
        "n_messages": len(submitted),
        "n_messages_without_verdict": len(submitted) - len(waits),
        "message_to_verdict_99th_percentile_seconds": waits[int(len(waits) * 0.99)],
    }


async def _submit_until(child: asyncio.Task[Any], pipeline: Pipeline) -> dict[int, float]:
    """Submit messages for as long as the child runs; return when each was, by its id."""
    texts = [text for text in CHAT.read_text(encoding="utf-8").splitlines() if is_judgeable(text)]
    submitted: dict[int, float] = {}
    while not child.done():
        number = len(submitted) + 1
        submitted[number] = perf_counter()
        await pipeline.submit(IncomingMessage(number, 1, _GUILD, 1, texts[number % len(texts)]))
        await asyncio.sleep(1 / _MESSAGES_PER_SECOND)
    return submitted
