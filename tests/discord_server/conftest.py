"""What the tests of the loopback Discord share: a guild with a channel and a member, and a bot that listens."""

from collections.abc import AsyncIterator

import pytest

from tests.discord_server import Channel, DiscordServer, Guild, Member
from tests.support.listener import Bot


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        server.connect_discord_py(monkeypatch)
        yield server


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.add_guild("상점")


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.add_text_channel("리뷰")


@pytest.fixture
def minji(guild: Guild) -> Member:
    return guild.add_member("민지")


@pytest.fixture
async def bot(server: DiscordServer, channel: Channel, minji: Member) -> AsyncIterator[Bot]:
    bot = Bot()
    async with server.running(bot):
        yield bot
