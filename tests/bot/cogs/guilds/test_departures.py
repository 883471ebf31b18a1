"""A server that the bot has left is kept for thirty days, and then nothing of it is."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
from discord.ext import commands

from bot.cogs.guilds.cog import Guilds
from bot.domain.stays import KEPT_DAYS, is_covered, is_welcomed
from bot.plugin import setup, teardown
from tests.bot.cogs.guilds.talk import letters, make_stays_older, settled, stays
from tests.discord_server import Guild
from tests.support.shop import BAD, Shop, cog_in, jigi_in
from tests.support.talk import EN, KO

LEFT = "SELECT guild_id FROM stays WHERE left_at IS NOT NULL"


async def use(shop: Shop, neighbour: Guild) -> None:
    """Have something to keep of both servers."""
    async with shop.bot() as bot:
        await settled(bot)
        for guild, place in ((shop.guild, shop.reviews), (neighbour, list(neighbour.channels.values())[1])):
            await jigi_in(bot).settings.change(guild.id, guild.owner_id, retention_days=9)
            member = guild.add_member("손님")
            await jigi_in(bot).settings.change(guild.id, guild.owner_id, watched=None)
            await member.send(place, BAD)
            await jigi_in(bot).database.cursors.advance({place.id: 1}, {place.id: guild.id})
        await jigi_in(bot).pipeline.drain()


def kept(shop: Shop) -> dict[int, int]:
    """Count what is kept of each server in the tables that have the most to say."""
    tables = ("guilds", "setting_changes", "channels", "stays", "verdicts", "cases")
    found: dict[int, int] = {}
    for table in tables:
        for guild_id, n in shop.rows(f"SELECT guild_id, count(*) FROM {table} GROUP BY guild_id"):
            found[guild_id] = found.get(guild_id, 0) + n
    return found


class TestLeaving:
    async def test_after_thirty_days_nothing_of_it_is_left_and_everything_of_others(
        self, shop: Shop, neighbour: Guild, caplog: pytest.LogCaptureFixture
    ) -> None:
        await use(shop, neighbour)
        before = kept(shop)
        async with shop.bot() as bot:
            neighbour.remove_bot()
            await stays(shop, lambda left: left[neighbour.id] is not None)
            await settled(bot)
        make_stays_older(shop, KEPT_DAYS - 1)
        async with shop.bot() as bot:
            await settled(bot)
        assert kept(shop)[neighbour.id] == before[neighbour.id]
        make_stays_older(shop, 1)
        async with shop.bot() as bot:
            await settled(bot)
            assert jigi_in(bot).settings.of(neighbour.id).retention_days is None
        assert kept(shop) == {shop.guild.id: kept(shop)[shop.guild.id]}
        assert kept(shop)[shop.guild.id] >= before[shop.guild.id]
        assert KO("stay.log_left", guild_id=neighbour.id, days=KEPT_DAYS) in caplog.text
        assert caplog.text.count(KO("stay.log_purged", guild_id=neighbour.id, days=KEPT_DAYS)) == 1
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []

    async def test_one_that_removed_it_while_it_was_offline_is_found_at_the_start(
        self, shop: Shop, neighbour: Guild
    ) -> None:
        await use(shop, neighbour)
        neighbour.remove_bot()
        async with shop.bot() as bot:
            await settled(bot)
        assert shop.rows(LEFT) == [(neighbour.id,)]

    async def test_texts_of_messages_go_at_once_since_nobody_tells_of_deletions_any_more(
        self, shop: Shop, neighbour: Guild
    ) -> None:
        place = list(neighbour.channels.values())[1]
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(neighbour.id, 1, watched=shop.config.watched.__class__(is_all=True))
            await stays(shop, lambda found: neighbour.id in found)
            await shop.flagged(await neighbour.add_member("이웃").send(place, BAD))
        neighbour.remove_bot()
        async with shop.bot() as bot:
            await stays(shop, lambda found: found.get(neighbour.id) is not None)  # what was written is erased before
            await settled(bot)
        assert shop.rows("SELECT text, author_id FROM verdicts WHERE is_flagged") == [(None, None)]
        assert shop.rows("SELECT author_id, ended FROM cases") == [(None, "deleted")]

    async def test_an_outage_is_no_leaving(self, shop: Shop, neighbour: Guild) -> None:
        async with shop.bot() as bot:
            await settled(bot)
            neighbour.become_unavailable()
            await shop.server.wait_until_quiet()
            await cog_in(bot, Guilds).departures.look()
        async with shop.bot() as bot:  # READY names it, and nothing comes of it
            await settled(bot)
        assert shop.rows(LEFT) == []

    async def test_what_discord_does_not_confirm_is_no_leaving(self, shop: Shop, neighbour: Guild) -> None:
        async with shop.bot() as bot:
            await settled(bot)
            bot._connection._guilds.pop(neighbour.id)  # a session that has not named it
            await cog_in(bot, Guilds).departures.look()
            assert shop.rows(LEFT) == []

    async def test_while_discord_is_out_of_order_nothing_is_left_or_purged(self, shop: Shop, neighbour: Guild) -> None:
        async with shop.bot() as bot:
            await settled(bot)
        neighbour.remove_bot()
        shop.server.faults.add("GET", f"/guilds/{neighbour.id}", status=503, times=9)
        async with shop.bot() as bot:
            await settled(bot)
        assert shop.rows(LEFT) == []
        shop.change("UPDATE stays SET left_at = '2020-01-01 00:00:00.000000' WHERE guild_id = ?", neighbour.id)
        async with shop.bot() as bot:
            await settled(bot)
        assert shop.rows(LEFT) == [(neighbour.id,)]

    async def test_back_within_thirty_days_nothing_goes(self, shop: Shop, neighbour: Guild) -> None:
        await use(shop, neighbour)
        before = kept(shop)[neighbour.id]
        neighbour.remove_bot()
        async with shop.bot() as bot:
            await settled(bot)
        make_stays_older(shop, KEPT_DAYS + 1)
        neighbour.invite_bot()
        async with shop.bot() as bot:
            await settled(bot)
        assert (kept(shop)[neighbour.id], shop.rows(LEFT)) == (before, [])


class TestNotice:
    async def test_the_owner_is_told_once_if_discord_lets_it_through(self, shop: Shop, neighbour: Guild) -> None:
        shop.guild.add_member("주인", user=neighbour.owner.user)  # they have this server in common
        async with shop.bot() as bot:
            await settled(bot)
            neighbour.remove_bot()
            await stays(shop, lambda left: left[neighbour.id] is not None)
            await settled(bot)
        async with shop.bot() as bot:
            await settled(bot)
        (letter,) = letters(shop, neighbour.owner)
        assert letter.startswith("**이웃** 서버에서 지기가 나왔어요.")
        assert letters(shop, shop.guild.owner) == []

    async def test_in_the_servers_language_by_who_set_it_up_if_the_owner_is_unknown(
        self, shop: Shop, neighbour: Guild
    ) -> None:
        admin = neighbour.add_member("운영진", permissions=discord.Permissions(manage_guild=True))
        shop.guild.add_member("운영진", user=admin.user)
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(neighbour.id, admin.id, language="en")
            await settled(bot)
        neighbour.remove_bot()
        async with shop.bot() as bot:
            await settled(bot)
        assert letters(shop, admin)[0].startswith(f"Jigi is no longer in the server **{neighbour.id}**.")

    async def test_whom_discord_forbids_to_write_to_is_no_fault(
        self, shop: Shop, neighbour: Guild, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            await settled(bot)
            neighbour.remove_bot()
            await stays(shop, lambda left: left[neighbour.id] is not None)
            await settled(bot)
        assert letters(shop, neighbour.owner) == []
        assert shop.rows(f"SELECT notice_at IS NOT NULL FROM stays WHERE guild_id = {neighbour.id}") == [(1,)]
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


class TestSeveralProcesses:
    async def test_a_process_speaks_for_its_own_shards_alone(self, shop: Shop, neighbour: Guild) -> None:
        """Of two shards this one has that of the shop; the other server is another process's."""
        while (neighbour.id >> 22) % 2 == (shop.guild.id >> 22) % 2:
            neighbour.remove_bot()
            neighbour = shop.server.add_guild("이웃")
        async with shop.bot() as bot:
            await settled(bot)
        n_left = len(shop.rows(LEFT))
        intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
        shards: Any = {"shard_count": 2, "shard_ids": [(shop.guild.id >> 22) % 2]}
        host = commands.AutoShardedBot("?", intents=intents, guild_ready_timeout=0.1, **shards)
        host.jigi_config = shop.config  # type: ignore[attr-defined]
        neighbour.remove_bot()
        async with shop.server.running(host):
            await setup(host)
            await settled(host)
            await teardown(host)
        assert len(shop.rows(LEFT)) == n_left
        async with shop.bot() as bot:
            await settled(bot)
        assert (neighbour.id,) in shop.rows(LEFT)

    async def test_what_another_bot_sees_is_not_this_ones_to_forget(self, shop: Shop, neighbour: Guild) -> None:
        async with shop.bot() as bot:
            await settled(bot)
        shop.change("UPDATE stays SET bot_id = 4711 WHERE guild_id = ?", neighbour.id)
        neighbour.remove_bot()
        async with shop.bot() as bot:
            await settled(bot)
        assert shop.rows(LEFT) == []

    async def test_what_was_kept_before_an_upgrade_is_not_erased_by_who_does_not_know_it(
        self, shop: Shop, neighbour: Guild
    ) -> None:
        await use(shop, neighbour)
        shop.change("UPDATE stays SET bot_id = NULL")
        neighbour.remove_bot()
        n_texts = shop.rows("SELECT count(*) FROM verdicts WHERE text IS NOT NULL")
        async with shop.bot() as bot:
            await settled(bot)
        assert shop.rows(LEFT) == [(neighbour.id,)]
        assert shop.rows("SELECT count(*) FROM verdicts WHERE text IS NOT NULL") == n_texts

    async def test_in_a_bot_without_shards(self, shop: Shop, neighbour: Guild) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, message_content=True)
        for is_left in (False, True):
            host = commands.Bot("?", intents=intents, guild_ready_timeout=0.1)
            host.jigi_config = shop.config  # type: ignore[attr-defined]
            async with shop.server.running(host):
                await setup(host)
                await settled(host)
                await teardown(host)
            assert shop.rows(LEFT) == ([(neighbour.id,)] if is_left else [])
            if not is_left:
                neighbour.remove_bot()


class TestRules:
    @pytest.mark.parametrize(
        ("n_shards", "shard_ids", "expected"), [(None, [0], True), (2, [0, 1], True), (2, [1], True), (2, [0], False)]
    )
    def test_which_guilds_shards_hear_of(self, n_shards: int | None, shard_ids: list[int], expected: bool) -> None:
        assert is_covered(5 << 22, n_shards, shard_ids) is expected

    def test_who_is_welcomed(self) -> None:
        now = datetime.now(UTC)
        days = [now - timedelta(days=n) for n in range(10)]
        assert is_welcomed(days[1], now, None)
        assert is_welcomed(days[1], now, days[2])
        assert not is_welcomed(days[2], now, days[1])
        assert not is_welcomed(days[8], now, None)
        assert not is_welcomed(None, now, None)


def test_the_notice_says_until_when_in_both_languages() -> None:
    for texts in (KO, EN):
        assert "<t:1:D>" in texts("stay.notice", server="상점", when="<t:1:D>")
