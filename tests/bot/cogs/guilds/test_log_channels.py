"""A server whose alerts cannot arrive is told so once, with the mend, and hears when they can again."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import discord
import pytest

from bot.cogs.guilds.cog import Guilds
from bot.cogs.shared.types import Bot
from bot.localisation.texts import Texts
from tests.bot.cogs.guilds.talk import channel_of, letters, said, settled
from tests.discord_server import Channel, Guild, Member
from tests.support.shop import BAD, Shop, cog_in, jigi_in
from tests.support.store import UNPACED
from tests.support.talk import EN, KO


@pytest.fixture
def admin(shop: Shop) -> Member:
    """Return a member with Manage Server."""
    return shop.guild.add_member("운영진", permissions=discord.Permissions(manage_guild=True))


@pytest.fixture
def place(shop: Shop) -> Channel:
    """Return a channel for the log, of which nobody but moderators knows."""
    place = shop.guild.add_text_channel("운영 기록")
    place.set_permissions(shop.guild.everyone, view_channel=False)
    place.set_permissions(shop.guild.bot, view_channel=True)
    return place


async def choose(bot: Bot, admin: Member, place: Channel, **values: object) -> None:
    """Have an admin choose a log channel."""
    assert admin.guild is not None
    await settled(bot)
    await jigi_in(bot).settings.change(admin.guild.id, admin.id, log_channel_id=place.id, **values)


async def look(bot: Bot) -> None:
    """Have what is done every minute done now."""
    await asyncio.sleep(0.1)
    await settled(bot)
    await cog_in(bot, Guilds).check_troubles()


def gone(texts: Texts = KO) -> str:
    return texts("log_channel.gone", server="상점")


def unwritable(place: Channel, names: str, texts: Texts = KO) -> str:
    return texts("log_channel.unwritable", server="상점", channel=f"<#{place.id}>", names=names)


class TestADeletedChannel:
    @pytest.mark.parametrize(("language", "texts"), [(None, KO), ("en", EN)])
    async def test_who_chose_it_is_told_once_in_the_servers_language_and_the_alerts_wait(
        self, shop: Shop, admin: Member, place: Channel, neighbour: Guild, language: str | None, texts: Texts
    ) -> None:
        async with shop.bot() as bot:
            await choose(bot, admin, place, language=language)
            place.delete()
            await shop.server.wait_for(lambda: letters(shop, admin), what="the letter")
            flagged = await shop.customer.send(shop.reviews, BAD)
            await shop.flagged(flagged)
            await jigi_in(bot).pipeline.drain()
            await look(bot)
        async with shop.bot() as bot:
            await settled(bot)
            await look(bot)
            assert letters(shop, admin) == [gone(texts)]
            assert letters(shop, shop.guild.owner) == []
            assert shop.rows("SELECT state FROM cases") == [("open",)]
            assert shop.rows("SELECT state FROM actions WHERE kind = 'alert'") == [("pending",)]
            new = shop.guild.add_text_channel("새 기록")
            await admin.use_slash(shop.reviews, "settings log", channel=new)
            alert = await shop.server.wait_for_message(new, where=lambda each: bool(each.embeds))
            assert str(flagged.id) in str(alert.embeds)
            await look(bot)
            await look(bot)
        assert [each for each in said(new) if each] == [texts("log_channel.mended_with_cases", n=1)]
        assert said(channel_of(neighbour))[1:] == []

    async def test_deleted_while_the_bot_was_offline_it_is_found_at_the_start(
        self, shop: Shop, admin: Member, place: Channel
    ) -> None:
        async with shop.bot() as bot:
            await choose(bot, admin, place)
        place.delete()
        for _ in range(2):
            async with shop.bot() as bot:
                await settled(bot)
        assert letters(shop, admin) == [gone()]

    async def test_a_deleted_thread_too(self, shop: Shop, admin: Member, place: Channel) -> None:
        thread = place.add_thread("기록")
        async with shop.bot() as bot:
            await choose(bot, admin, thread)
            thread.archive()
            await look(bot)
            assert letters(shop, admin) == []
            thread.delete()
            await shop.server.wait_for(lambda: letters(shop, admin), what="the letter")
        assert letters(shop, admin) == [gone()]

    async def test_the_operators_channel_is_its_own_servers_trouble(self, shop: Shop, neighbour: Guild) -> None:
        async with shop.bot() as bot:
            await settled(bot)
            shop.log.delete()
            await shop.server.wait_for(lambda: letters(shop, shop.guild.owner), what="the letter")
            await cog_in(bot, Guilds).check_all()
        assert letters(shop, shop.guild.owner) == [gone()]
        assert letters(shop, neighbour.owner) == []


class TestMissingPermissions:
    async def test_it_names_them_and_hears_when_they_are_granted(
        self, shop: Shop, admin: Member, place: Channel, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            await choose(bot, admin, place)
            place.set_permissions(shop.guild.bot, view_channel=True, send_messages=False, embed_links=False)
            await shop.server.wait_for(lambda: letters(shop, admin), what="the letter")
            names = f"{KO('permission.send_messages')}, {KO('permission.embed_links')}"
            assert letters(shop, admin) == [unwritable(place, names)]
            place.set_permissions(shop.guild.bot, view_channel=True, send_messages=True, embed_links=True)
            await shop.server.wait_for(lambda: said(place), what="the mend")
            await look(bot)
        assert said(place) == [KO("log_channel.mended")]
        assert len(letters(shop, admin)) == 1
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []

    async def test_what_comes_and_goes_is_not_told_each_time(self, shop: Shop, admin: Member, place: Channel) -> None:
        async with shop.bot() as bot:
            await choose(bot, admin, place)
            for _ in range(3):
                place.set_permissions(shop.guild.bot, view_channel=True, send_messages=False)
                await look(bot)
                place.set_permissions(shop.guild.bot, view_channel=True, send_messages=True)
                await look(bot)
            assert (len(letters(shop, admin)), len(said(place))) == (1, 1)
            cog_in(bot, Guilds).log_channels._told_again_after = timedelta()  # an hour later
            place.set_permissions(shop.guild.bot, view_channel=True, send_messages=False)
            await look(bot)
        assert len(letters(shop, admin)) == 2

    async def test_an_edit_in_two_steps_is_one(self, shop: Shop, admin: Member, place: Channel) -> None:
        async with shop.bot(patience=replace(UNPACED, settling_pause=0.5)) as bot:
            await choose(bot, admin, place)
            place.set_permissions(shop.guild.bot, view_channel=True, send_messages=False)
            place.set_permissions(shop.guild.bot, view_channel=True, send_messages=True)
            await asyncio.sleep(0.6)
            await settled(bot)
        assert letters(shop, admin) == []
        assert shop.rows("SELECT * FROM log_troubles") == []

    async def test_in_shadow_mode_no_alerts_are_missed(self, shop: Shop, admin: Member, place: Channel) -> None:
        async with shop.bot() as bot:
            await choose(bot, admin, place, is_shadow=True)
            place.delete()
            await look(bot)
        assert letters(shop, admin) == []


class TestWhoIsTold:
    async def test_who_may_not_set_it_up_any_more_is_not_but_the_owner(
        self, shop: Shop, admin: Member, place: Channel
    ) -> None:
        async with shop.bot() as bot:
            await choose(bot, admin, place)
            admin.roles.clear()
            place.delete()
            await shop.server.wait_for(lambda: letters(shop, shop.guild.owner), what="the letter")
        assert (letters(shop, admin), letters(shop, shop.guild.owner)) == ([], [gone()])

    async def test_nor_who_has_left(self, shop: Shop, admin: Member, place: Channel) -> None:
        async with shop.bot() as bot:
            await choose(bot, admin, place)
            admin.leave()
            place.delete()
            await shop.server.wait_for(lambda: letters(shop, shop.guild.owner), what="the letter")
        assert letters(shop, shop.guild.owner) == [gone()]

    async def test_where_nobody_takes_letters_it_is_said_in_the_open(
        self, shop: Shop, admin: Member, place: Channel
    ) -> None:
        for member in (admin, shop.guild.owner):
            member.user.accepts_direct_messages = False
        async with shop.bot() as bot:
            await choose(bot, admin, place)
            place.delete()
            await shop.server.wait_for(lambda: said(shop.reviews), what="the sentence")
            await look(bot)
        assert said(shop.reviews) == [gone()]

    async def test_where_nobody_can_be_told_it_is_tried_again_the_next_day(
        self, shop: Shop, admin: Member, place: Channel
    ) -> None:
        for member in (admin, shop.guild.owner):
            member.user.accepts_direct_messages = False
        async with shop.bot() as bot:
            await choose(bot, admin, place)
            for channel in (shop.reviews, shop.log):
                channel.set_permissions(shop.guild.bot, view_channel=True, send_messages=False)
            await look(bot)
            place.delete()
            await look(bot)
            n_tries = len(shop.server.requests_to("POST", "/users/@me/channels"))
            await look(bot)
            assert len(shop.server.requests_to("POST", "/users/@me/channels")) == n_tries
            admin.user.accepts_direct_messages = True
            await look(bot)
            assert letters(shop, admin) == []
            cog_in(bot, Guilds).log_channels._tried_again_after = timedelta()
            await look(bot)
        assert letters(shop, admin) == [gone()]


async def test_a_refusal_that_nobody_foresaw_makes_it_look(shop: Shop, admin: Member, place: Channel) -> None:
    """A session may have missed the deletion: the first alert that is refused finds it."""
    async with shop.bot() as bot:
        await choose(bot, admin, place)
        shop.server.state.forget_channel(place)  # nobody says so
        bot._connection._get_guild(shop.guild.id)._remove_channel(discord.Object(place.id))  # type: ignore[union-attr]
        await shop.customer.send(shop.reviews, BAD)
        await shop.server.wait_for(lambda: letters(shop, admin), what="the letter")
    assert letters(shop, admin) == [gone()]
