"""Stories of an operator's monitoring: what it reads of a bot that works, waits, or cannot."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import discord
import pytest
from discord.ext import commands

from bot.domain.actions import Lane
from bot.localisation.texts import Texts
from bot.plugin import setup, teardown
from tests.bot.metrics.asking import Scrape, ask, free_port, scrape
from tests.support.processes import process
from tests.support.shop import BAD, GOOD, Shop, jigi_in, open_shop

LANGUAGES = pytest.mark.parametrize("language", ["ko", "en"])


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model, metrics_port=free_port()) as shop:
        yield shop


def port_of(shop: Shop) -> int:
    assert shop.config.metrics_port is not None
    return shop.config.metrics_port


async def look(shop: Shop) -> Scrape:
    return await scrape(port_of(shop))


async def until_ready(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await ask(port, "/readyz"))[0] == 200:
                    return
            except OSError:
                pass
            await asyncio.sleep(0.05)


class TestMetrics:
    async def test_messages_are_counted_with_their_verdicts_and_flags(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await shop.verdict(bot, await shop.customer.send(shop.reviews, GOOD))
            await shop.alert()
            await jigi_in(bot).pipeline.drain()
            seen = await look(shop)
        assert [seen(f"jigi_messages_{each}_total") for each in ("seen", "judged", "flagged", "set_aside")] == [
            2,
            2,
            1,
            0,
        ]
        assert seen("jigi_verdict_seconds_count") == seen("jigi_verdict_seconds_bucket", le="+Inf") == 2
        assert seen("jigi_flag_seconds_count") == seen("jigi_flag_seconds_bucket", le="30.0") == 1
        assert 0 < seen("jigi_verdict_seconds_sum") < 60
        assert seen("jigi_actions_total", lane="marks", outcome="done") == 1
        assert seen("jigi_actions_total", lane="alerts", outcome="done") == 1
        assert seen("jigi_action_seconds_count", lane="marks") == 1
        assert seen("jigi_model_info", version="keyword-1") == 1
        assert seen("jigi_guilds") == seen("jigi_shards") == 1
        assert seen("jigi_queue_messages") == seen("jigi_queue_oldest_age_seconds") == 0

    async def test_what_discord_refuses_waits_in_its_lane(self, shop: Shop) -> None:
        shop.reviews.set_permissions(shop.guild.bot, add_reactions=False)
        async with shop.bot() as bot:
            await shop.customer.send(shop.reviews, BAD)
            await shop.alert()
            await jigi_in(bot).pipeline.drain()
            seen = await look(shop)
        assert seen("jigi_outbox_actions", lane="marks", state="put_off") == 1
        assert seen("jigi_outbox_actions", lane="marks", state="due") == 0
        assert 0 < seen("jigi_outbox_oldest_age_seconds", lane="marks", state="put_off") < 60
        assert seen("jigi_actions_total", lane="marks", outcome="put_off") == 1
        assert seen("jigi_flag_seconds_count") == 0

    async def test_no_label_names_a_guild_a_channel_or_a_person(self, shop: Shop) -> None:
        async with shop.bot():
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            seen = await look(shop)
        assert seen.labels == {"lane", "state", "outcome", "part", "le", "version"}
        assert {labels for name, labels in seen.samples if name == "jigi_outbox_actions"} == {
            frozenset({("lane", lane.value), ("state", state)}) for lane in Lane for state in ("due", "put_off")
        }

    async def test_what_a_channel_is_behind_is_told(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.begin_watching(bot, shop.reviews)
            await shop.verdict(bot, await shop.customer.send(shop.reviews, GOOD))
            assert (await look(shop))("jigi_catch_up_channels") == 0
        await shop.customer.send(shop.reviews, BAD)
        shop.server.faults.add("GET", f"/channels/{shop.reviews.id}/messages", hangs=True)
        async with shop.bot():
            await shop.server.wait_for(lambda: shop.server.requests_to("GET", f"/channels/{shop.reviews.id}/messages"))
            seen = await look(shop)
            shop.server.faults.release()
        assert seen("jigi_catch_up_channels") == 1
        assert 0 < seen("jigi_catch_up_lag_seconds") < 60

    async def test_a_database_out_of_reach_leaves_the_rest(self, shop: Shop) -> None:
        async with shop.bot():
            await until_ready(port_of(shop))
            hidden = shop.database_path.rename(shop.database_path.with_name("hidden"))
            seen, answer = await look(shop), await ask(port_of(shop), "/readyz")
            hidden.rename(shop.database_path)
        assert seen("jigi_ready", part="database") == 0
        assert seen("jigi_ready", part="gateway") == 1
        assert "jigi_outbox_actions" not in seen.names
        assert answer == (503, {"database": False, "gateway": True, "model": True})

    async def test_how_long_discord_asks_to_wait_is_counted(self, shop: Shop) -> None:
        port = free_port()
        async with process(shop, {"METRICS_PORT": str(port)}):
            await until_ready(port)
            before = await scrape(port)
            shop.server.faults.add("PUT", r".*/reactions/", status=429, retry_after=0.3)
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            after = await scrape(port)
        assert after("jigi_rate_limited_total") - before("jigi_rate_limited_total") == 1
        assert after("jigi_rate_limit_wait_seconds_total") - before(
            "jigi_rate_limit_wait_seconds_total"
        ) == pytest.approx(0.3)
        assert after("jigi_event_loop_lag_seconds_count") > 0
        assert after("process_resident_memory_bytes") > 0


class TestHealth:
    async def test_a_bot_that_works_is_alive_and_ready(self, shop: Shop) -> None:
        async with shop.bot():
            await until_ready(port_of(shop))
            assert await ask(port_of(shop), "/healthz") == (200, {"jigi": "alive"})
            assert await ask(port_of(shop), "/readyz") == (200, {"database": True, "gateway": True, "model": True})

    async def test_a_bot_that_discord_does_not_answer_is_alive_but_not_ready(self, shop: Shop) -> None:
        shop.server.url = "http://127.0.0.1:9"
        port = free_port()
        async with process(shop, {"METRICS_PORT": str(port)}) as child:
            assert child.stderr is not None
            await asyncio.wait_for(child.stderr.readline(), 30)
            assert await ask(port, "/healthz") == (200, {"jigi": "alive"})
            assert await ask(port, "/readyz") == (503, {"database": False, "gateway": False, "model": False})
            assert (await scrape(port))("jigi_up") == 0
            child.terminate()
            assert await asyncio.wait_for(child.wait(), 20) == 0

    async def test_a_lost_gateway_is_told(self, shop: Shop) -> None:
        async with shop.bot():
            await until_ready(port_of(shop))
            async with shop.server.gateway.outage(refuses=True):
                answers = [await ask(port_of(shop), path) for path in ("/readyz", "/healthz")]
        assert answers == [(503, {"database": True, "gateway": False, "model": True}), (200, {"jigi": "alive"})]

    async def test_a_host_bot_is_watched_too(self, shop: Shop) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
        host = commands.Bot("?", intents=intents)
        host.jigi_config = shop.config  # type: ignore[attr-defined]
        async with shop.server.running(host):
            await setup(host)
            await until_ready(port_of(shop))
            seen = await look(shop)
            await teardown(host)
            with pytest.raises(OSError, match=r"Cannot connect"):
                await look(shop)
        assert seen("jigi_up") == 1
        assert "jigi_rate_limited_total" not in seen.names


class TestItsPort:
    @LANGUAGES
    async def test_a_port_that_is_taken_is_one_sentence(self, shop: Shop, language: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            async with process(shop, {"METRICS_PORT": str(port), "LANGUAGE": language}) as child:
                out, err = await asyncio.wait_for(child.communicate(), 30)
        sentence = Texts.load(language)("metrics.port_in_use", host="127.0.0.1", port=port)
        assert (child.returncode, out.decode(), err.decode()) == (1, "", sentence + "\n")

    @LANGUAGES
    @pytest.mark.parametrize(
        ("name", "value"),
        [("METRICS_PORT", "abc"), ("METRICS_PORT", "0"), ("METRICS_PORT", "65536"), ("METRICS_HOST", "here")],
    )
    async def test_what_is_no_port_or_address_is_one_sentence(
        self, shop: Shop, language: str, name: str, value: str
    ) -> None:
        async with process(shop, {name: value, "LANGUAGE": language}) as child:
            _, err = await asyncio.wait_for(child.communicate(), 30)
        texts = Texts.load(language)
        sentence = texts("config.wrong", name=name, expected=texts(f"config.{name.lower()}"), received=value)
        assert (child.returncode, err.decode()) == (1, sentence + "\n")

    async def test_an_address_of_another_computer_is_one_sentence(self, shop: Shop) -> None:
        async with process(shop, {"METRICS_PORT": "9464", "METRICS_HOST": "192.0.2.1"}) as child:
            _, err = await asyncio.wait_for(child.communicate(), 30)
        assert child.returncode == 1
        assert re.fullmatch(r"192\.0\.2\.1:9464 포트를 열지 못했어요\..*\n", err.decode())

    async def test_nobody_listens_where_nobody_watches(self, shop: Shop) -> None:
        async with replace(shop, config=replace(shop.config, metrics_port=None)).bot():
            with pytest.raises(OSError, match=r"Cannot connect"):
                await look(shop)
