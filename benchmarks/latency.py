"""From a MESSAGE_CREATE on the socket to the committed verdict: of an idle bot, and of one with other work."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import discord

from benchmarks.loopback import Bot, Town, calm_texts, open_town, percentile
from tests.discord_server import Flood, Member

N_MESSAGES = 300
N_PICTURES = 60
N_STORED = 1_000_000
N_EXPORTED = 100_000
N_SCANNED = 1_500  # 30 pages, one a second
_SECONDS_BETWEEN_MESSAGES = 0.02
_LOOK = 0.0005
_LONGEST = 60.0  # seconds for one verdict, and for an answer
_WORDS = ("배송", "포장", "가격", "품질", "환불", "교환")
_SPIN = "import os; os.nice(10)\nwhile True: pass"


def measure(folder: str) -> dict[str, Any]:
    """Send single messages; return median and 99th percentile of their seconds, idle and beside each kind of work.

    A training child is stood in for by processes at nice 10 that keep every core busy, which is the most it may take.
    """
    works = {
        "idle": _nothing,
        "scan": _scan,
        "export_of_100k": _export,
        "pictures": _pictures,
        "threshold_over_1M": _threshold,
        "stats_over_1M": _stats,
        "cores_busy_at_nice_10": _busy,
    }
    return {name: asyncio.run(_measure(Path(folder) / name, work)) for name, work in works.items()}


Work = Callable[[Town], AbstractAsyncContextManager[None]]


async def _measure(folder: Path, work: Work) -> dict[str, Any]:
    async with open_town(folder, n_channels=1) as town, town.bot("jigi") as bot:
        await _waits(town, 5)  # the first messages load what the later ones find
        async with work(town):
            await bot.ask("watch")
            waits = await _waits(town, N_MESSAGES)
            return _figures(waits, await _report(bot))


async def _report(bot: Bot) -> dict[str, Any]:
    return {name: value for name, value in (await bot.ask("report")).items() if "lag" in name}


def _figures(waits: list[float], report: dict[str, Any]) -> dict[str, Any]:
    return {
        "n_messages": len(waits),
        "n_without_verdict": sum(wait >= _LONGEST for wait in waits),
        "median_seconds": percentile(waits, 0.5),
        "99th_percentile_seconds": percentile(waits, 0.99),
        "largest_seconds": max(waits),
        **report,
    }


async def _waits(town: Town, n_messages: int) -> list[float]:
    """Send messages at fixed times, whether the earlier ones have verdicts or not; return what each waited.

    Waiting for a verdict before the next message is sent would let a bot that stands still miss all but one of them.
    """
    texts = calm_texts(n_messages)
    sent: dict[int, float] = {}
    watching = asyncio.create_task(asyncio.to_thread(_watch, town, sent, n_messages))
    begun = time.perf_counter()
    for number, text in enumerate(texts):
        await asyncio.sleep(max(begun + number * _SECONDS_BETWEEN_MESSAGES - time.perf_counter(), 0))
        flood = Flood(town.member, town.channels, [text])
        sent[flood.messages[0].id] = time.perf_counter()
        await flood.send()
    committed = await watching
    return [committed.get(message_id, at + _LONGEST) - at for message_id, at in sent.items()]


def _watch(town: Town, sent: dict[int, float], n_messages: int) -> dict[int, float]:
    """Look into the file twice a millisecond until all verdicts are there, for a minute; return when each came."""
    committed: dict[int, float] = {}
    with closing(sqlite3.connect(f"file:{town.database}?mode=ro", uri=True, timeout=30)) as connection:
        newest = connection.execute("SELECT coalesce(max(id), 0) FROM verdicts").fetchone()[0]
        while (
            len(committed) < n_messages
            and time.perf_counter() < max(list(sent.values()), default=float("inf")) + _LONGEST
        ):
            rows = connection.execute("SELECT id, message_id FROM verdicts WHERE id > ? ORDER BY id", [newest])
            for verdict_id, message_id in rows.fetchall():
                committed[message_id], newest = time.perf_counter(), verdict_id
            time.sleep(_LOOK)
    return committed


@asynccontextmanager
async def _nothing(town: Town) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def _scan(town: Town) -> AsyncIterator[None]:
    """Let a moderator look through old messages for longer than live ones come."""
    elsewhere, desk = town.guild.add_text_channel("잡담"), town.guild.add_text_channel("운영진")
    await Flood(town.member, [elsewhere], calm_texts(N_SCANNED)).send()
    for target, may_see in ((town.guild.everyone, False), (town.guild.bot, True), (town.moderator, True)):
        desk.set_permissions(target, view_channel=may_see)
    await town.moderator.send(desk, f"!scan {elsewhere.id} {N_SCANNED}")
    message = await town.server.wait_for_message(desk, author=town.server.bot_user)
    yield
    assert not message.embeds, "the scan must last as long as the messages"


@asynccontextmanager
async def _export(town: Town) -> AsyncIterator[None]:
    """Store 100,000 verdicts, and hand them out for as long as messages come."""
    await asyncio.to_thread(_store_verdicts, town, N_EXPORTED)
    may = discord.Permissions(manage_guild=True)
    asking = asyncio.create_task(_ask_for_export(town, town.guild.add_member("주인장", permissions=may)))
    try:
        yield
    finally:
        asking.cancel()


async def _ask_for_export(town: Town, admin: Member) -> None:
    elsewhere = town.guild.add_text_channel("잡담")
    while True:
        await admin.send(elsewhere, "!export verdicts")
        with suppress(TimeoutError):
            await town.server.wait_for_message(elsewhere, author=town.server.bot_user, timeout=_LONGEST)


@asynccontextmanager
async def _pictures(town: Town) -> AsyncIterator[None]:
    """Let moderators ask for pictures all at once, each only once."""
    may = discord.Permissions(manage_messages=True)
    members = [town.guild.add_member(f"관리자 {number}", permissions=may) for number in range(N_PICTURES)]
    elsewhere = town.guild.add_text_channel("잡담")
    for number, member in enumerate(members):
        await member.send(elsewhere, f"!similar {_WORDS[number % len(_WORDS)]} topn:{10 + number // len(_WORDS)}")
    yield


def _threshold(town: Town) -> AbstractAsyncContextManager[None]:
    return _asked_over_and_over(town, "!threshold show")


def _stats(town: Town) -> AbstractAsyncContextManager[None]:
    return _asked_over_and_over(town, "!stats 30")


@asynccontextmanager
async def _asked_over_and_over(town: Town, command: str) -> AsyncIterator[None]:
    """Store verdicts of a week, and ask for what is reckoned of all of them for as long as messages come."""
    await asyncio.to_thread(_store_verdicts, town)
    asking = asyncio.create_task(_ask(town, command))
    try:
        yield
    finally:
        asking.cancel()


async def _ask(town: Town, command: str) -> None:
    """Ask, wait for the answer, and ask again."""
    elsewhere = town.guild.add_text_channel("잡담")
    while True:
        await town.moderator.send(elsewhere, command)
        with suppress(TimeoutError):
            await town.server.wait_for_message(elsewhere, author=town.server.bot_user, timeout=_LONGEST)
        await asyncio.sleep(1)


def _store_verdicts(town: Town, n_stored: int = N_STORED) -> None:
    """Copy the newest verdict many times, spread over a week: whatever columns there are keep their values."""
    with closing(sqlite3.connect(town.database, timeout=60)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(verdicts)")]
        values = {name: name for name in columns} | {
            "id": "NULL",
            "message_id": "n",
            "probability": "(n % 1000) / 1000.0",
            "created_at": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-' || (n % 604800) || ' seconds')",
        }
        connection.execute(
            f"WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < {n_stored}) "
            f"INSERT INTO verdicts ({', '.join(columns)}) SELECT {', '.join(values[name] for name in columns)} "
            "FROM counter, (SELECT * FROM verdicts ORDER BY id DESC LIMIT 1)"
        )


@asynccontextmanager
async def _busy(town: Town) -> AsyncIterator[None]:
    """Keep every core busy at the priority of a training."""
    spinning = [await asyncio.create_subprocess_exec(sys.executable, "-c", _SPIN) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for child in spinning:
            child.kill()
            await child.wait()
