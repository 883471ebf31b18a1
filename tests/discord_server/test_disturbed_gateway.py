"""The loopback Discord's gateway: guilds that are not there yet, frames that are none, and heartbeats that are late."""

import asyncio
import json
import time

import aiohttp
import discord
import pytest

from tests.discord_server import Channel, DiscordServer, Guild, Member
from tests.support.listener import Bot


async def test_a_guild_unavailable_at_the_start_comes_later(
    server: DiscordServer, guild: Guild, channel: Channel, minji: Member
) -> None:
    guild.is_unavailable = True
    async with server.running(bot := Bot()):
        seen = bot.get_guild(guild.id)
        assert seen is not None
        assert seen.unavailable
        await minji.send(channel, "놓친 말")
        guild.become_available()
        await bot.hear("guild_available")
        await minji.send(channel, "들은 말")
        assert (await bot.hear("message")).content == "들은 말"
        assert [m.content async for m in bot.text(channel).history()] == ["들은 말", "놓친 말"]


async def test_a_guild_goes_and_comes_back(bot: Bot, guild: Guild, channel: Channel, minji: Member) -> None:
    guild.become_unavailable()
    await bot.hear("guild_unavailable")
    await minji.send(channel, "놓친 말")
    guild.become_available()
    await bot.hear("guild_available")
    assert bot.events("message") == bot.events("guild_remove") == []


async def test_a_frame_that_is_no_json_ends_the_client(server: DiscordServer) -> None:
    async with Bot() as bot:
        running = asyncio.create_task(bot.start(server.token))
        await bot.wait_until_ready()
        server.gateway.send_raw("<html>")
        with pytest.raises(json.JSONDecodeError):
            await running


async def test_a_gateway_can_begin_with_nonsense(server: DiscordServer) -> None:
    server.gateway.first_frames = ["<html>"]
    async with aiohttp.ClientSession() as client:
        for expected in ("<html>", '"op": 10'):
            async with client.ws_connect(server.gateway_url) as socket:
                assert expected in str((await socket.receive()).data)


async def test_heartbeats_of_a_blocked_loop_are_late(monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordServer(heartbeat_seconds=0.1) as server:
        server.connect_discord_py(monkeypatch)
        async with server.running(Bot()):
            await server.wait_for(lambda: server.gateway.n_heartbeats > 2)
            assert server.gateway.late_heartbeats() == []
            time.sleep(0.7)  # noqa: ASYNC251 - the loop is to be blocked
            await server.wait_for(server.gateway.late_heartbeats)
            assert server.gateway.late_heartbeats()[0] > 0.5


async def test_intents_none_hears_nothing_of_guilds(server: DiscordServer, guild: Guild) -> None:
    guild.is_unavailable = True
    async with server.running(bot := Bot(intents=discord.Intents.none())):
        guild.become_available()
        await server.wait_until_quiet()
        assert bot.events("guild_available") == []
