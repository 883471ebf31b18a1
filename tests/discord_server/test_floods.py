"""A flood of messages reaches the bot whole, in order, and faster than any bot judges."""

import asyncio
import sys
import time

from tests.discord_server import Channel, DiscordServer, Flood, Guild, Member
from tests.support.listener import Bot

N_MESSAGES = 20_000
PER_SECOND = 15_000  # on a quiet machine; the test asks for a third, for other tests run beside it

# A client in another process that identifies, counts messages and says so.
COUNTER = """
import asyncio, json, sys
import aiohttp

async def main(url, token, n_messages):
    async with aiohttp.ClientSession() as client, client.ws_connect(url, max_msg_size=0) as socket:
        await socket.receive()
        await socket.send_json({"op": 2, "d": {"token": token, "intents": 512}})
        print("ready", flush=True)
        while n_messages:
            n_messages -= "MESSAGE_CREATE" in (await socket.receive()).data
        print("done", flush=True)
        await asyncio.sleep(60)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


async def test_a_flood_is_heard_in_order_and_stays_in_the_history(
    bot: Bot, guild: Guild, channel: Channel, minji: Member
) -> None:
    other = guild.add_text_channel("잡담")
    texts = [f"말 {number}" for number in range(500)]
    sent = await minji.flood([channel, other], texts)
    await bot.hear("message", 500)
    assert [message.content for message in bot.events("message")] == texts
    assert [message.id for message in bot.events("message")] == [message.id for message in sent]
    history = [message.content async for message in bot.text(channel).history(limit=None, oldest_first=True)]
    assert history == texts[::2]


async def test_a_flood_that_a_client_misses_is_resumed(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member
) -> None:
    flood = Flood(minji, [channel], [str(number) for number in range(2000)])
    sending = asyncio.create_task(flood.send(per_second=4000))
    await bot.hear("message", 100)
    await server.gateway.drop()
    await sending
    await bot.hear("message", 2000)
    assert [message.id for message in bot.events("message")] == [message.id for message in flood.messages]


async def test_a_flood_goes_as_fast_as_asked(bot: Bot, channel: Channel, minji: Member) -> None:
    started = time.monotonic()
    await minji.flood([channel], ["말"] * 200, per_second=400)
    assert 0.4 <= time.monotonic() - started < 2


async def test_another_process_is_sent_many_thousand_messages_a_second(
    server: DiscordServer, channel: Channel, minji: Member
) -> None:
    flood = Flood(minji, [channel], ["배송이 너무 늦고 별로예요 최악입니다"] * N_MESSAGES)
    arguments = (server.gateway_url, server.token, str(N_MESSAGES))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COUNTER, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    await child.stdout.readline()
    await server.wait_for(lambda: server.gateway.is_connected)
    started = time.monotonic()
    await flood.send()
    async with asyncio.timeout(20):
        assert await child.stdout.readline() == b"done\n"
    rate = N_MESSAGES / (time.monotonic() - started)
    print(f"{rate:.0f} messages a second")
    child.kill()
    await child.wait()
    assert rate > PER_SECOND / 3
