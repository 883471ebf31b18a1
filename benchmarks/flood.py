"""A flood of messages from a gateway in another process: Jigi beside a bot that does nothing with the same events.

Jigi's rate is that of committed verdicts, the other's that of dispatched events. Both are the real discord.py client.
"""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.loopback import Bot, Town, calm_texts, open_town
from tests.discord_server import Flood

SIZES = (10_000, 20_000, 40_000, 100_000)
_LOOK = 0.01  # seconds between two looks into the database
_LONGEST = 60.0  # seconds without a further verdict: what is not there by then will not come


def measure(folder: str, *, most: int = SIZES[-1]) -> dict[str, Any]:
    """Flood both bots with 10,000 to `most` messages; return rates, their ratio, memory, lag, and what was lost."""
    sizes = [size for size in SIZES if size <= most] or [most]
    results = {size: asyncio.run(_beside(Path(folder) / f"flood-{size}", size)) for size in sizes}
    rates = [results[size]["jigi"]["messages_per_second"] for size in (sizes[0], sizes[-1])]
    named = {f"{size}_messages": result for size, result in results.items()}
    return {**named, "rate_ratio": _ratios(results), "rate_at_most_against_least": rates[1] / rates[0]}


def _ratios(results: dict[int, dict[str, Any]]) -> dict[str, float]:
    return {str(size): result["ratio"] for size, result in results.items()}


async def _beside(folder: Path, n_messages: int) -> dict[str, Any]:
    nothing = await _run(folder / "nothing", "nothing", n_messages)
    jigi = await _run(folder / "jigi", "jigi", n_messages)
    return {"nothing": nothing, "jigi": jigi, "ratio": jigi["messages_per_second"] / nothing["messages_per_second"]}


async def _run(folder: Path, kind: str, n_messages: int) -> dict[str, Any]:
    async with open_town(folder) as town:
        flood = Flood(town.member, town.channels, calm_texts(n_messages))
        async with town.bot(kind) as bot:
            started = time.time()
            sending = asyncio.create_task(flood.send())
            ended = await (_until_heard if kind == "nothing" else _until_judged)(town, bot, n_messages)
            await sending
            report = await bot.ask("report")
            late = town.server.gateway.late_heartbeats()
        figures = {"messages_per_second": n_messages / (ended - started), **report, "n_late_heartbeats": len(late)}
        return figures if kind == "nothing" else figures | verdicts_of(town, flood)


async def _until_heard(town: Town, bot: Bot, n_messages: int) -> float:
    return float((await bot.ask(f"heard {n_messages}"))["at"])


async def _until_judged(town: Town, bot: Bot, n_messages: int) -> float:
    """Return when the last verdict was there, or when the last one came if some never do."""
    newest, seen_at = 0, time.time()
    while newest < n_messages and time.time() - seen_at < _LONGEST:
        await asyncio.sleep(_LOOK)
        found = await asyncio.to_thread(town.rows, "SELECT max(id) FROM verdicts")
        n_judged = found[0][0] or 0 if found else 0
        if n_judged > newest:
            newest, seen_at = n_judged, time.time()
    return seen_at


def verdicts_of(town: Town, flood: Flood) -> dict[str, int]:
    """Count the messages without a verdict, those with several, and verdicts before that of an older message."""
    found = town.rows("SELECT channel_id, message_id FROM verdicts ORDER BY id")
    judged = {message_id for _, message_id in found}
    by_channel: dict[int, list[int]] = {}
    for channel_id, message_id in found:
        by_channel.setdefault(channel_id, []).append(message_id)
    return {
        "n_lost": sum(message.id not in judged for message in flood.messages),
        "n_doubled": len(found) - len(judged),
        "n_out_of_order": sum(a > b for ids in by_channel.values() for a, b in pairwise(ids)),
    }
