"""The whole way of messages with TEXT_KEY set, beside the same without: only what is flagged is sealed."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from bot.config import Config
from bot.domain.messages import IncomingMessage
from bot.maintenance import new_key
from bot.runtime import open_jigi
from model.data.paths import CHAT

N_MESSAGES = 20_000
_N_ROUNDS = 7
_COMPLAINT = "배송이 너무 늦고 포장도 엉망이었어요. 다시는 안 사요."
_SHARES = {"calm": 0, "a_tenth_flagged": 10, "all_flagged": 1}  # every so manieth message is a complaint
_IMPORT = "from time import perf_counter as t; a = t(); import cryptography.fernet; print(t() - a)"


def measure(folder: str) -> dict[str, Any]:
    """Submit 20,000 messages at once, with and without a key in turn; return the ratios of their rates."""
    imported = subprocess.run([sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True)
    ratios = {name: _beside(Path(folder) / name, every) for name, every in _SHARES.items()}
    return {"rate_ratio": ratios, "import_seconds": float(imported.stdout)}


def _beside(folder: Path, every: int) -> float:
    """Return the rate with a key as a share of that without, by the processor's time; the median of rounds."""
    folder.mkdir()
    ratios = []
    for number in range(_N_ROUNDS):
        keys = {"plain": (), "sealed": (new_key(),)}
        seconds = {
            name: asyncio.run(_run(f"sqlite+aiosqlite:///{folder}/{name}-{number}.sqlite3", keys[name], every))
            for name in keys
        }
        ratios.append(seconds["plain"] / seconds["sealed"])
    return median(ratios)


async def _run(url: str, keys: tuple[str, ...], every: int) -> float:
    calm = itertools.cycle(CHAT.read_text(encoding="utf-8").splitlines())
    texts = [_COMPLAINT if every and n % every == 0 else next(calm) for n in range(N_MESSAGES)]
    async with open_jigi(Config(database_url=url, text_keys=keys)) as jigi:
        await jigi.pipeline.start()
        started = process_time()
        for number, text in enumerate(texts, 1):
            await jigi.pipeline.submit(IncomingMessage(number, 1, 1, 1, text))
        await jigi.pipeline.drain()
        return process_time() - started  # of the processor: what else the machine does is left out
