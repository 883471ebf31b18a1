"""Several processes of one bot: each guild is looked after by one of them, whatever becomes of the others."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.storage.database import Database
from tests.discord_server import Channel, DiscordServer, Guild, Member, Message
from tests.support.paths import ROOT
from tests.support.shop import BAD, FLAG, GOOD
from tests.support.store import url

N_SHARDS = 6
LEASE = 2.0  # seconds, where Jigi's own is 20
ONE_BAD_IN = 5


@dataclass(slots=True)
class Place:
    """A guild with its reviews and log channel."""

    guild: Guild
    reviews: Channel
    log: Channel
    customer: Member


@dataclass(slots=True)
class Fleet:
    """Guilds on six shards, the processes that share them out, and what was written."""

    server: DiscordServer
    address: str  # of the database
    model: Path
    folder: Path
    places: list[Place]
    running: list[Process] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    async def start(self, shards: int = 2, **variables: str) -> Process:
        """Start a process that holds at most so many shards."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environ = {
            "DISCORD_TOKEN": self.server.token, "DATABASE_URL": self.address, "MODEL": str(self.model),
            "WATCH_CHANNELS": "all", "LOG_LEVEL": "WARNING", "SHARDS_PER_PROCESS": str(shards), "SYNC_COMMANDS": "0",
            "PYTHONPATH": str(ROOT), "LANGUAGE": "en",
        }  # fmt: skip
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-m", "tests.support.shared_bot", self.server.url, str(LEASE),
            cwd=self.folder, env=inherited | environ | variables, stdin=PIPE, stderr=PIPE,
        )  # fmt: skip
        self.running.append(child)
        return child

    def shards(self) -> list[int]:
        """Return which shards have a connection."""
        sessions = self.server.gateway.sessions.values()
        return sorted(each.shard[0] for each in sessions if each.connection is not None)

    async def all_shards_run(self) -> None:
        """Wait until every shard has a connection."""
        await self.server.wait_for(lambda: set(self.shards()) == set(range(N_SHARDS)), timeout=30, what="all shards")

    async def flood(self, seconds: float) -> None:
        """Have customers of all guilds write for so long."""
        ends = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < ends:
            for place in self.places:
                number = len(self.sent)
                content = f"{BAD if number % ONE_BAD_IN == 0 else GOOD} {number}"
                self.sent.append(await place.customer.send(place.reviews, content))
            await asyncio.sleep(0.05)

    async def settle(self) -> None:
        """Wait until everything that is bad bears a flag and has its alert, or for long enough."""
        bad = [message for message in self.sent if message.content.startswith(BAD)]
        has_all = lambda: all(map(self.is_flagged, bad)) and not set(map(id_of, bad)) - self.alerts().keys()  # noqa: E731
        await self.server.wait_for(has_all, timeout=60, what="every flag and alert")

    def is_flagged(self, message: Message) -> bool:
        return message.has_reaction(FLAG, self.server.bot_user)

    def alerts(self) -> Counter[int]:
        """Count the alerts of each message."""
        found: Counter[int] = Counter()
        texts = [m.content + json.dumps([m.embeds, m.components]) for p in self.places for m in p.log.history]
        bad = {str(message.id) for message in self.sent if message.content.startswith(BAD)}
        for text in texts:
            found.update(int(message_id) for message_id in bad if message_id in text)
        return found

    async def judged(self) -> Counter[int]:
        """Count the verdicts of each message."""
        database = await Database.open(self.address)
        try:
            stored = [await database.verdicts.newest(message.id) for message in self.sent]
        finally:
            await database.close()
        return Counter(each.message_id for each in stored if each is not None)


def id_of(message: Message) -> int:
    return message.id


@pytest.fixture
async def fleet(path: Path, tmp_path: Path, tiny_model: Path) -> AsyncIterator[Fleet]:
    async with open_fleet(url(path), tmp_path, tiny_model) as fleet:
        yield fleet


@asynccontextmanager
async def open_fleet(address: str, folder: Path, model: Path) -> AsyncIterator[Fleet]:
    async with DiscordServer(n_shards=N_SHARDS) as server:
        places: dict[int, Place] = {}
        while len(places) < N_SHARDS:  # a guild's number, and so its shard, depends on when it is made
            guild = server.add_guild()
            if (guild.id >> 22) % N_SHARDS not in places:
                reviews, log = guild.add_text_channel("리뷰"), guild.add_text_channel("기록")
                places[(guild.id >> 22) % N_SHARDS] = Place(guild, reviews, log, guild.add_member("손님"))
            await asyncio.sleep(0.001)
        database = await Database.open(address)
        for place in places.values():
            await database.guilds.change(place.guild.id, None, log_channel_id=place.log.id)
        await database.close()
        fleet = Fleet(server, address, model, folder, list(places.values()))
        try:
            yield fleet
        finally:
            for child in fleet.running:
                if child.returncode is None:
                    child.kill()
                await child.communicate()


async def test_nothing_is_lost_or_doubled_when_processes_come_and_go(fleet: Fleet) -> None:
    killed, stopped, _ = [await fleet.start() for _ in range(3)]
    await fleet.all_shards_run()
    await asyncio.sleep(1)  # a first start remembers where its channels are
    flooding = asyncio.create_task(fleet.flood(12))
    await asyncio.sleep(2)
    killed.send_signal(signal.SIGKILL)
    await fleet.start()
    await asyncio.sleep(5)
    assert stopped.stdin is not None
    stopped.stdin.close()  # as at a signal
    await fleet.start()
    assert await asyncio.wait_for(stopped.wait(), 20) == 0
    await flooding
    await fleet.all_shards_run()
    await fleet.settle()
    assert len(fleet.sent) > 500
    assert await fleet.judged() == Counter(message.id for message in fleet.sent)
    assert set(fleet.alerts().values()) == {1}
    good = [message for message in fleet.sent if message.content.startswith(GOOD)]
    assert not any(map(fleet.is_flagged, good))


@pytest.mark.sqlite  # what a lease is on a server, `tests/bot/storage/sharing` says
async def test_every_shard_has_one_session_and_a_spare_process_waits(fleet: Fleet) -> None:
    for _ in range(4):
        await fleet.start()
    await fleet.all_shards_run()
    await asyncio.sleep(2 * LEASE)
    assert fleet.shards() == list(range(N_SHARDS))
    assert fleet.server.gateway.n_identifies == N_SHARDS
    assert [child.returncode for child in fleet.running] == [None] * 4


@pytest.mark.sqlite
async def test_another_number_of_shards_is_refused_in_one_sentence(fleet: Fleet) -> None:
    await fleet.start(shards=6)
    await fleet.all_shards_run()
    other = await fleet.start(SHARD_COUNT="4")
    _, told = await asyncio.wait_for(other.communicate(), 20)
    assert other.returncode == 1
    assert "ShardCountError: 4 shards here, 6 there" in told.decode()
