"""The loopback Discord fails as Discord and what stands before it do: connections break, limits hold."""

import asyncio
import time

import aiohttp
import discord
import pytest

from tests.discord_server import Channel, DiscordServer, Guild, Member
from tests.discord_server.faults import FOREVER
from tests.support.listener import Bot


async def test_a_connection_breaks_before_the_answer(server: DiscordServer, bot: Bot, channel: Channel) -> None:
    server.faults.add("GET", "/messages$", breaks="before", times=2)  # aiohttp asks once more on its own
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await anext(bot.text(channel).history())
    with pytest.raises(StopAsyncIteration):
        await anext(bot.text(channel).history())


async def test_a_connection_breaks_within_the_answer(server: DiscordServer, bot: Bot, channel: Channel) -> None:
    server.faults.add("GET", "/messages$", breaks="within")
    with pytest.raises(aiohttp.ClientPayloadError):
        await anext(bot.text(channel).history())


@pytest.mark.parametrize(("after_effect", "n_messages"), [(False, 0), (True, 1)])
async def test_a_message_is_there_or_not_when_the_connection_breaks(
    server: DiscordServer, bot: Bot, channel: Channel, after_effect: bool, n_messages: int
) -> None:
    server.faults.add("POST", "/messages$", breaks="before", after_effect=after_effect)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await bot.text(channel).send("도착했나요?")
    assert len(channel.history) == n_messages


async def test_a_429_that_is_no_json_is_raised(server: DiscordServer, bot: Bot, channel: Channel) -> None:
    server.faults.add("POST", "/messages$", status=429, is_json=False)
    with pytest.raises(discord.HTTPException) as error:
        await bot.text(channel).send("못 보냄")
    assert (error.value.status, "<html>" in error.value.text) == (429, True)


async def test_one_channel_fails_for_ever_and_the_others_work(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel
) -> None:
    other = guild.add_text_channel("잡담")
    await bot.hear("guild_channel_create")
    fault = server.faults.add("*", f"/channels/{channel.id}/", status=503, times=FOREVER)
    for _ in range(5):
        with pytest.raises(discord.DiscordServerError):
            await bot.text(channel).send("못 보냄")
    await bot.text(other).send("보냄")
    fault.end()
    await bot.text(channel).send("다시 보냄")


async def test_reactions_of_a_channel_go_one_in_a_quarter_of_a_second(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, minji: Member
) -> None:
    other = guild.add_text_channel("잡담")
    texts = [await minji.send(each, "리뷰") for each in (channel, channel, channel, other)]
    await bot.hear("message", 4)
    server.rate_limits.is_on = True
    started = time.monotonic()
    await asyncio.gather(*(message.add_reaction("🚩") for message in bot.events("message")))
    assert 0.5 <= time.monotonic() - started < 2
    assert all(text.has_reaction("🚩") for text in texts)


async def test_the_sixth_message_in_a_window_waits_as_its_headers_say(
    server: DiscordServer, bot: Bot, channel: Channel
) -> None:
    server.rate_limits.is_on = True
    server.rate_limits.limits["messages"] = (5, 0.5)
    started = time.monotonic()
    for number in range(6):
        await bot.text(channel).send(str(number))
    assert time.monotonic() - started >= 0.5
    assert server.rate_limits.n_refused == 0  # discord.py reads the headers, so that nobody is refused


async def test_who_does_not_read_the_headers_is_refused(server: DiscordServer, bot: Bot, channel: Channel) -> None:
    server.rate_limits.is_on = True
    server.rate_limits.limits["messages"] = (1, 0.5)
    url, headers = f"{server.url}/api/v10/channels/{channel.id}/messages", {"Authorization": f"Bot {server.token}"}
    async with aiohttp.ClientSession(headers=headers) as client:
        answers = [await client.post(url, json={"content": "하나"}) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 429]
    assert answers[1].headers["Via"]
    assert 0 < float(answers[1].headers["Retry-After"]) <= 0.5
    assert (len(channel.history), server.rate_limits.n_refused) == (1, 1)


async def test_without_being_turned_on_nothing_waits(server: DiscordServer, bot: Bot, channel: Channel) -> None:
    started = time.monotonic()
    for number in range(20):
        await bot.text(channel).send(str(number))
    assert time.monotonic() - started < 2


async def test_a_nonce_is_forgotten_after_its_time(server: DiscordServer, bot: Bot, channel: Channel) -> None:
    for _ in range(2):
        await bot.http.request(
            discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id),
            json={"content": "한 번만", "nonce": "1", "enforce_nonce": True},
        )
    assert len(channel.history) == 1
    server.nonce_seconds = 0
    await bot.http.request(
        discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id),
        json={"content": "한 번만", "nonce": "1", "enforce_nonce": True},
    )
    assert len(channel.history) == 2


async def test_a_hanging_request_goes_on_when_its_fault_ends(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel
) -> None:
    other = guild.add_text_channel("잡담")
    await bot.hear("guild_channel_create")
    fault = server.faults.add("POST", f"/channels/{channel.id}/messages$", hangs=True, times=FOREVER)
    hanging = asyncio.create_task(bot.text(channel).send("아직"))
    await bot.text(other).send("보냄")
    assert not hanging.done()
    fault.end()
    await hanging
