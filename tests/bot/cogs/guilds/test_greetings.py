"""A server that the bot comes into is told once how to begin, whenever that was."""

from __future__ import annotations

from pathlib import Path

import discord
import pytest

from bot.domain.stays import KEPT_DAYS, WELCOMED_FOR
from bot.localisation.texts import Language
from tests.bot.cogs.guilds.talk import BACK, WELCOME, channel_of, said, settled, stays
from tests.discord_server import Guild
from tests.support.shop import QuickClient, Shop, jigi_in, open_shop
from tests.support.talk import EN


class TestWelcome:
    async def test_on_joining_it_says_once_how_to_begin(self, shop: Shop, neighbour: Guild) -> None:
        neighbour.remove_bot()
        async with shop.bot():
            neighbour.invite_bot()
            message = await shop.server.wait_for_message(channel_of(neighbour), author=shop.server.bot_user)
            assert message.content == WELCOME
        async with shop.bot() as bot:
            await settled(bot)
        assert (said(channel_of(neighbour)), said(channel_of(neighbour, "닫힌 방"))) == ([WELCOME], [])

    async def test_who_invited_it_while_it_was_offline_is_told_at_the_start(self, shop: Shop, neighbour: Guild) -> None:
        for _ in range(2):
            async with shop.bot(language=Language.ENGLISH) as bot:
                await settled(bot)
        assert said(channel_of(neighbour)) == [EN("stay.welcome", prefix="!", days=KEPT_DAYS)]
        assert said(shop.reviews) == []

    async def test_who_has_had_it_for_long_is_not(self, shop: Shop, neighbour: Guild) -> None:
        neighbour.bot.joined_at = discord.utils.utcnow() - WELCOMED_FOR
        async with shop.bot() as bot:
            await settled(bot)
        assert said(channel_of(neighbour)) == []

    async def test_who_has_had_it_before_an_upgrade_is_not(self, shop: Shop, neighbour: Guild) -> None:
        async with shop.bot() as bot:
            await settled(bot)
        shop.change("DELETE FROM stays")
        shop.change("INSERT INTO settings VALUES ('upgraded_to_stays_at', '2999-01-01T00:00:00+00:00')")
        n_said = len(said(channel_of(neighbour)))
        async with shop.bot() as bot:
            await settled(bot)
        assert len(said(channel_of(neighbour))) == n_said

    async def test_it_waits_for_a_place_where_it_may_speak(self, shop: Shop, neighbour: Guild) -> None:
        channel_of(neighbour).set_permissions(neighbour.everyone, send_messages=False)
        async with shop.bot() as bot:
            await settled(bot)
        assert said(channel_of(neighbour)) == []
        channel_of(neighbour).set_permissions(neighbour.everyone, send_messages=True)
        for _ in range(2):
            async with shop.bot() as bot:
                await settled(bot)
        assert said(channel_of(neighbour)) == [WELCOME]

    @pytest.mark.parametrize("was_said", [True, False])
    async def test_killed_while_it_spoke_it_looks_whether_it_has(
        self, shop: Shop, neighbour: Guild, was_said: bool
    ) -> None:
        async with shop.bot() as bot:
            await settled(bot)
        if not was_said:
            for message_id in list(channel_of(neighbour).messages):
                del channel_of(neighbour).messages[message_id]
        begun = "greeting = 'welcome', greeting_begun_at = '2020-01-01 00:00:00.000000'"
        shop.change(f"UPDATE stays SET {begun} WHERE guild_id = ?", neighbour.id)
        async with shop.bot() as bot:
            await settled(bot)
        assert said(channel_of(neighbour)) == [WELCOME]

    async def test_who_was_in_an_outage_is_told_after_it(self, shop: Shop, neighbour: Guild) -> None:
        neighbour.is_unavailable = True
        async with shop.bot() as bot:
            await settled(bot)
            assert said(channel_of(neighbour)) == []
            neighbour.become_available()
            await shop.server.wait_for(lambda: said(channel_of(neighbour)), what="the welcome")
            await settled(bot)
        assert said(channel_of(neighbour)) == [WELCOME]


class TestComingBack:
    async def test_it_says_that_everything_is_still_there(self, shop: Shop, neighbour: Guild) -> None:
        async with shop.bot() as bot:
            await settled(bot)
            await jigi_in(bot).settings.change(neighbour.id, 1, retention_days=9)
            neighbour.remove_bot()
            await stays(shop, lambda left: left[neighbour.id] is not None)
            await settled(bot)
            neighbour.invite_bot()
            await stays(shop, lambda left: left[neighbour.id] is None)
            await settled(bot)
            assert jigi_in(bot).settings.of(neighbour.id).retention_days == 9
        async with shop.bot() as bot:
            await settled(bot)
        assert said(channel_of(neighbour)) == [WELCOME, BACK]

    async def test_also_when_it_left_and_came_while_it_was_offline(self, shop: Shop, neighbour: Guild) -> None:
        async with shop.bot() as bot:
            await settled(bot)
        neighbour.remove_bot()
        async with shop.bot() as bot:
            await settled(bot)
        assert dict(shop.rows("SELECT guild_id, left_at IS NOT NULL FROM stays")) == {
            neighbour.id: 1, shop.guild.id: 0,
        }  # fmt: skip
        neighbour.invite_bot()
        async with shop.bot() as bot:
            await settled(bot)
        assert said(channel_of(neighbour)) == [WELCOME, BACK]
        assert BACK not in said(shop.reviews)


async def test_a_bot_that_is_online_already_greets_when_it_takes_jigi_in(tmp_path: Path, tiny_model: Path) -> None:
    async with open_shop(tmp_path, tiny_model) as shop:
        client = QuickClient(shop.config, guild_ready_timeout=0.1)
        async with shop.server.running(client):
            await client.unload_extension("bot.plugin")
            other = shop.server.add_guild("나중")
            place = other.add_text_channel("인사")
            await client.load_extension("bot.plugin")
            await settled(client)
        assert said(place) == [WELCOME]
