"""What the benchmarks of the whole bot share: a Discord in this process, and bots in others.

The loopback Discord of the tests serves gateway and REST here, so that what it costs is not the bot's.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import discord

from model.data.paths import ANNOUNCEMENTS, CHAT
from tests.discord_server import Channel, DiscordServer, Guild, Member

ROOT = Path(__file__).parents[1]
BAD = "배송이 너무 늦고 별로예요 최악입니다"  # P(negative) 0.9995 of the shipped model
FLAG = "🚩"
_SYLLABLES = re.compile("^[가-힣].*[가-힣]")  # neither a command nor only ㅋㅋ
_HEARTBEAT_SECONDS = 2.0  # far shorter than Discord's, so that a short run has several


def calm_texts(n_texts: int) -> list[str]:
    """Return messages all of which are judged, and none is flagged."""
    calm = _calm_lines()
    return [calm[number % len(calm)] for number in range(n_texts)]


@cache
def _calm_lines() -> list[str]:
    lines = [*CHAT.read_text(encoding="utf-8").splitlines(), *ANNOUNCEMENTS.read_text(encoding="utf-8").splitlines()]
    from model.classifier import Classifier  # the server's process needs it for nothing else

    probabilities = Classifier.load().probabilities(lines)
    return [line for line, p in zip(lines, probabilities, strict=True) if p > 0.5 and _SYLLABLES.search(line)]


@dataclass(slots=True)
class Bot:
    """A bot in a process of its own."""

    child: Process

    async def ask(self, line: str) -> dict[str, Any]:
        """Send a line to the bot and return its answer."""
        assert self.child.stdin is not None
        self.child.stdin.write(f"{line}\n".encode())
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        """Return the next answer. Raises: RuntimeError, if the bot has ended."""
        assert self.child.stdout is not None
        line = await self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"the bot must run. Received: exit code {await self.child.wait()}")
        return dict(json.loads(line))

    async def close(self) -> None:
        """Have the bot close as at a signal, or kill it after 20 seconds."""
        if self.child.stdin is not None and self.child.returncode is None:
            self.child.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(20):
                await self.child.wait()
        if self.child.returncode is None:
            self.child.kill()
            await self.child.wait()


@dataclass(slots=True)
class Town:
    """A Discord with one guild, in whose channels a member floods, and a log channel; `database` is Jigi's file."""

    server: DiscordServer
    folder: Path
    guild: Guild
    channels: list[Channel]
    log: Channel
    member: Member
    moderator: Member
    watched: list[Channel] = field(default_factory=list)

    @property
    def database(self) -> Path:
        """The file of the bot's database."""
        return self.folder / "jigi.sqlite3"

    def variables(self) -> dict[str, str]:
        """Return the environment of a bot in this town."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "SYSTEMROOT")}
        return kept | {
            "DISCORD_TOKEN": self.server.token,
            "DATABASE_URL": f"sqlite+aiosqlite:///{self.database}",
            "WATCH_CHANNELS": ",".join(str(each.id) for each in [*self.channels, *self.watched]),
            "LOG_CHANNEL": str(self.log.id),
            "LOG_LEVEL": "CRITICAL",
            "PYTHONPATH": str(ROOT),
        }

    async def start(self, kind: str, *wrapper: str, **options: Any) -> Bot:
        """Start a bot and wait until it is ready; a wrapper is a command that runs it."""
        program = [*wrapper, sys.executable, "-W", "ignore", "-m", "benchmarks.loopback_bot", self.server.url, kind]
        child = await asyncio.create_subprocess_exec(
            *program, cwd=self.folder, env=self.variables(), stdin=PIPE, stdout=PIPE, **options
        )
        bot = Bot(child)
        async with asyncio.timeout(60):
            await bot.answer()
        return bot

    @asynccontextmanager
    async def bot(self, kind: str) -> AsyncIterator[Bot]:
        """Run a bot inside the block; it has been idle for a moment when the block begins."""
        bot = await self.start(kind)
        try:
            await asyncio.sleep(1.5)
            await bot.ask("watch")
            yield bot
        finally:
            await bot.close()

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Ask Jigi's file itself; an empty list while there is none."""
        try:
            with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)) as connection:
                return connection.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            return []


@asynccontextmanager
async def open_town(folder: Path, *, n_channels: int = 2) -> AsyncIterator[Town]:
    """Open a Discord whose bots keep their files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing runs yet that could wait
    async with DiscordServer(heartbeat_seconds=_HEARTBEAT_SECONDS) as server:
        guild = server.add_guild()
        channels = [guild.add_text_channel(f"리뷰-{number}") for number in range(n_channels)]
        log = guild.add_text_channel("기록")
        log.set_permissions(guild.everyone, view_channel=False)
        log.set_permissions(guild.bot, view_channel=True)
        moderator = guild.add_member("관리자", permissions=discord.Permissions(manage_messages=True))
        yield Town(server, folder, guild, channels, log, guild.add_member("손님"), moderator)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies; infinity for none."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else float("inf")
