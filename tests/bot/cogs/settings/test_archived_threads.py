"""A thread that is archived is not known until somebody asks Discord for it: it is a place like any other."""

from __future__ import annotations

from typing import Any

import pytest

from bot.config import WatchedChannels
from bot.domain.guilds import GuildSettings
from bot.localisation.texts import Texts
from tests.bot.cogs.settings.test_panel import choose, chosen, menu, open_panel
from tests.discord_server import Channel, Guild, Member
from tests.support.shop import BAD, Shop, jigi_in
from tests.support.talk import KO, LANGUAGES, say


def archived(guild: Guild, channel: Channel) -> Channel:
    """Return a thread that was archived before the bot started."""
    thread = channel.add_thread("옛 스레드")
    thread.archive()
    return thread


class TestByPrefix:
    @pytest.mark.parametrize("written", ["<#{id}>", "{id}"])
    async def test_every_command_that_takes_a_channel_takes_it(self, shop: Shop, admin: Member, written: str) -> None:
        thread = archived(shop.guild, shop.log)
        place = written.format(id=thread.id)
        async with shop.bot() as bot:
            await say(shop, admin, f"!settings log {place}")
            await say(shop, admin, f"!settings watch {place}")
            await say(shop, admin, f"!settings exempt yes {place}")
            await say(shop, admin, f"!settings threshold 0.4 {place}")
            now = chosen(shop, bot)
        assert (now.log_channel_id, now.watched) == (thread.id, WatchedChannels(frozenset({thread.id})))
        assert (now.exempt_channel_ids, now.thresholds) == (frozenset({thread.id}), {thread.id: 0.4})

    async def test_one_of_another_server_is_refused_as_it_is(self, shop: Shop, admin: Member, neighbour: Guild) -> None:
        theirs = archived(neighbour, next(iter(neighbour.channels.values())))
        async with shop.bot() as bot:
            for command in ("log", "watch", "exempt yes", "threshold 0.4"):
                answer = await say(shop, admin, f"!settings {command} <#{theirs.id}>")
                assert answer.content == KO("settings.unknown_channel", received=theirs.id)
            assert chosen(shop, bot) == GuildSettings()

    async def test_what_is_no_id_of_discords_is_refused(self, shop: Shop, admin: Member) -> None:
        async with shop.bot() as bot:
            answer = await say(shop, admin, "!settings log <#9999999999999999999>")
            assert answer.content == KO("settings.unknown_channel", received="9999999999999999999")
            assert chosen(shop, bot) == GuildSettings()


class TestByInteraction:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_by_slash(self, shop: Shop, admin: Member, neighbour: Guild, locale: str, texts: Texts) -> None:
        thread = archived(shop.guild, shop.log)
        async with shop.bot() as bot:
            answer = await admin.use_slash(shop.reviews, "settings log", locale=locale, channel=thread)
            assert answer.content.startswith(texts("settings.changed"))
            assert chosen(shop, bot).log_channel_id == thread.id
            assert chosen(shop, bot, neighbour) == GuildSettings()

    @pytest.mark.parametrize("name", ["watched", "log_channel_id", "exempt_channel_ids"])
    async def test_from_the_menus_of_setup(self, shop: Shop, admin: Member, name: str) -> None:
        thread = archived(shop.guild, shop.log)
        page = 2 if name.startswith("exempt") else 0
        async with shop.bot() as bot:
            panel = await open_panel(shop, admin, page)
            await choose(admin, panel, name, thread)
            wanted: Any = {
                "watched": WatchedChannels(frozenset({thread.id})),
                "log_channel_id": thread.id,
                "exempt_channel_ids": frozenset({thread.id}),
            }[name]
            assert getattr(chosen(shop, bot), name) == wanted
            marked = menu(panel, name)["default_values"]  # else the next choice from this menu would drop it
        assert marked == [{"id": thread.id, "type": "channel"}]


class TestWhatFollows:
    async def test_alerts_go_there_and_the_self_test_finds_it(self, shop: Shop, admin: Member) -> None:
        thread = archived(shop.guild, shop.log)
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(
                shop.guild.id, 1, log_channel_id=thread.id, watched=WatchedChannels(frozenset({shop.reviews.id}))
            )
            await shop.customer.send(shop.reviews, BAD)
            alert = await shop.server.wait_for_message(thread, author=shop.server.bot_user)
            assert alert.embeds
            answer = await admin.use_slash(shop.reviews, "settings check")
        assert answer.content.splitlines()[-1] == KO("self_test.fine")
        assert thread.history[-1].content == KO("self_test.message")

    async def test_the_self_test_does_not_call_a_watched_one_gone(self, shop: Shop, admin: Member) -> None:
        thread = archived(shop.guild, shop.reviews)
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, 1, watched=WatchedChannels(frozenset({thread.id})))
            answer = await admin.use_slash(shop.reviews, "settings check")
        assert KO("self_test.gone_channels", ids=thread.id) not in answer.content
        assert answer.content.splitlines()[-1] == KO("self_test.fine")
