"""`make soak`: everything goes wrong at random while messages flood in, and then everything is counted.

    python -m benchmarks.soak [--minutes 10] [--seed 1] [--without breaks,bad_frame]

The bot is killed with SIGKILL and started again; the gateway and REST fail; the database is locked from outside and
"full": the kernel lets the bot's process write no file beyond 4 KiB (RLIMIT_FSIZE, which needs no root, and which
SQLite meets as it meets a full disk: a write that fails). At the end all of that ends, and what is missing is lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.loopback import BAD, FLAG, Bot, Town, calm_texts, open_town
from tests.discord_server import Flood, Message

_PER_SECOND, _AT_ONCE, _ONE_BAD_IN = 500, 100, 100
_SECONDS_OF_TROUBLE = 2.0
_FULL_AT = 4096  # bytes
_ACTIONS = "/(messages|reactions)"
_LOOK = 0.25
_COUNTED_IN_ALERTS = """
    SELECT folded.message_id, count(*) FROM cases AS folded JOIN cases AS lead ON lead.number = folded.folded_into
    JOIN verdicts ON verdicts.message_id = lead.message_id JOIN actions ON actions.verdict_id = verdicts.id
    WHERE actions.kind = 'alert' AND actions.alert_message_id IS NOT NULL GROUP BY folded.message_id
"""


@dataclass(frozen=True, slots=True)
class Count:
    """What became of verdicts, flags or alerts. A flag cannot be doubled: Discord has it once."""

    tried: int
    lost: int
    doubled: int


class Soak:
    """One run: a bot that is kept running, messages, and disturbances."""

    def __init__(self, town: Town, seed: int, without: frozenset[str] = frozenset()) -> None:
        self._town = town
        self._random = random.Random(seed)
        self._bot: Bot | None = None
        self._is_over = False
        self._calm = calm_texts(_AT_ONCE)
        self.sent: list[Message] = []
        self.happened: Counter[str] = Counter()
        every: dict[str, Callable[[], Awaitable[None]]] = {
            "kill": self._kill,
            "drop": town.server.gateway.drop,
            "reconnect": town.server.gateway.request_reconnect,
            "invalid_session": self._invalidate,
            "bad_frame": self._say_nonsense,
            "status_500": lambda: self._fail(status=500),
            "status_503": lambda: self._fail(status=503),
            "rate_limit": lambda: self._fail(status=429),
            "breaks": self._break,
            "lost_answer": lambda: self._fail(status=500, after_effect=True),
            "slow": lambda: self._fail(delay=1.0),
            "locked": self._lock,
            "full": self._fill,
        }
        self._disturbances = {name: each for name, each in every.items() if name not in without}

    async def run(self, seconds: float, settle_seconds: float) -> dict[str, Count]:
        """Disturb for so long, then wait until all is there or nothing has come for `settle_seconds`."""
        supervising = asyncio.create_task(self._keep_running())
        try:
            await self._until_ready()
            await asyncio.sleep(1)  # a first start remembers where its channels are
            flooding = asyncio.create_task(self._flood())
            await self._disturb_for(seconds)
            self._is_over = True
            await flooding
            await self._settle(settle_seconds)
        finally:
            supervising.cancel()
            await asyncio.gather(supervising, return_exceptions=True)
            if self._bot is not None:
                await self._bot.close()
        return self.counts()

    def counts(self) -> dict[str, Count]:
        """Count what was tried, lost and doubled."""
        rows = Counter(row[0] for row in self._town.rows("SELECT message_id FROM verdicts"))
        bad = [message for message in self.sent if message.content.startswith(BAD)]
        counted = dict(self._town.rows(_COUNTED_IN_ALERTS))
        log = [m.content + json.dumps([m.embeds, m.components]) for m in self._town.log.history]
        alone = Counter({message.id: sum(str(message.id) in text for text in log) for message in bad})
        alerts = Counter({message.id: alone[message.id] + counted.get(message.id, 0) for message in bad})
        flagged = {message.id: int(message.has_reaction(FLAG)) for message in bad}
        judged = {message.id: rows[message.id] for message in self.sent}
        return {name: _count(of) for name, of in (("verdicts", judged), ("flags", flagged), ("alerts", alerts))}

    async def _keep_running(self) -> None:
        """Start the bot, and start it again whenever it has ended."""
        while True:
            with suppress(RuntimeError, TimeoutError):
                self._bot = await self._town.start("jigi", stderr=asyncio.subprocess.DEVNULL)
                await self._bot.child.wait()
                self.happened["start_again"] += 1
            await asyncio.sleep(0.1)

    async def _until_ready(self) -> None:
        while self._bot is None:  # noqa: ASYNC110 - processes set no event
            await asyncio.sleep(0.05)

    async def _flood(self) -> None:
        while not self._is_over:
            bad = [f"{BAD} {len(self.sent)}"] * (_AT_ONCE // _ONE_BAD_IN)
            flood = Flood(self._town.member, self._town.channels, [*bad, *self._calm[len(bad) :]])
            self.sent += flood.messages
            await flood.send(per_second=_PER_SECOND)

    async def _disturb_for(self, seconds: float) -> None:
        """Let every kind happen once, in random order, and again while there is time."""
        ends_at = time.monotonic() + seconds
        waiting: list[str] = []
        while time.monotonic() < ends_at:
            waiting = waiting or self._random.sample(list(self._disturbances), len(self._disturbances))
            name = waiting.pop()
            self.happened[name] += 1
            await self._disturbances[name]()
            await asyncio.sleep(self._random.uniform(0.1, 1.0))

    async def _settle(self, seconds: float) -> None:
        self._town.server.faults.release()
        before, changed_at = self.counts(), time.monotonic()
        while any(count.lost for count in before.values()) and time.monotonic() - changed_at < seconds:
            await asyncio.sleep(_LOOK)
            now = self.counts()
            if now != before:
                before, changed_at = now, time.monotonic()

    async def _kill(self) -> None:
        if self._bot is not None and self._bot.child.returncode is None:
            self._bot.child.kill()

    async def _invalidate(self) -> None:
        await self._town.server.gateway.invalidate(resumable=self._random.random() < 0.5)

    async def _say_nonsense(self) -> None:
        self._town.server.gateway.send_raw("<html>")

    async def _fail(self, **fault: object) -> None:
        self._town.server.faults.add("*", _ACTIONS, times=self._random.randint(1, 3), **fault)  # type: ignore[arg-type]

    async def _break(self) -> None:
        """Cut the next connections on which an alert is sent, a flag is set or a history is read."""
        for method, path in (("POST", "/messages$"), ("PUT", "/reactions/"), ("GET", "/messages$")):
            self._town.server.faults.add(method, path, times=2, breaks="before", after_effect=method == "PUT")

    async def _lock(self) -> None:
        """Hold the database's write lock for a while, as a backup or another program does."""
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(self._town.database, timeout=1)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(_SECONDS_OF_TROUBLE)
            connection.rollback()

    async def _fill(self) -> None:
        """Let the bot write no file beyond 4 KiB for a while. The process may end meanwhile."""
        if self._bot is None:
            return
        pid = self._bot.child.pid
        with suppress(ProcessLookupError):
            before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (_FULL_AT, before[1]))
            await asyncio.sleep(_SECONDS_OF_TROUBLE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def _count(of: dict[int, int]) -> Count:
    return Count(len(of), sum(n == 0 for n in of.values()), sum(max(n - 1, 0) for n in of.values()))


async def soak(
    folder: Path, seconds: float, settle_seconds: float, seed: int = 1, without: frozenset[str] = frozenset()
) -> tuple[dict[str, Count], Counter[str]]:
    """Run a soak in a folder; return the counts, and how often what happened."""
    async with open_town(folder) as town:
        run = Soak(town, seed, without)
        return await run.run(seconds, settle_seconds), run.happened


def main() -> int:
    """Run a soak, print its counts, and return 1 if anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", default="", help="disturbances to leave out, with commas")
    arguments = parser.parse_args()
    without = frozenset(arguments.without.split(","))
    with tempfile.TemporaryDirectory() as folder:
        settle = min(60.0, arguments.minutes * 60)
        counts, happened = asyncio.run(
            soak(Path(folder), arguments.minutes * 60 - settle / 2, settle, arguments.seed, without)
        )
    print("happened: " + ", ".join(f"{name} {n}" for name, n in sorted(happened.items())))
    print(f"{'':<10}{'tried':>10}{'lost':>10}{'doubled':>10}")
    for name, count in counts.items():
        print(f"{name:<10}{count.tried:>10}{count.lost:>10}{count.doubled:>10}")
    return int(any(count.lost or count.doubled for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
