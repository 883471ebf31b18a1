"""Stories of the bot itself: what it asks of Discord, what it says at its start, and how it goes."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.client import INTENTS
from bot.cogs.shared.permissions import invitation
from bot.cogs.shared.types import Context
from bot.config import WatchedChannels
from bot.localisation.texts import Texts
from tests.discord_server import Channel, Member
from tests.support.shop import BAD, GOOD, Shop, jigi_in, open_shop

KO, EN = Texts.load("ko"), Texts.load("en")


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


async def started(shop: Shop, **changes: Any) -> None:
    """Start the bot and let it say what it has to say."""
    async with shop.bot(**changes) as bot:
        await shop.verdict(bot, await shop.customer.send(shop.reviews, GOOD))


class TestWhatItAsksOfDiscord:
    async def test_it_asks_for_the_least_intents(self, shop: Shop) -> None:
        async with shop.bot():
            (session,) = shop.server.gateway.sessions.values()
            asked = {name for name, is_set in session.intents if is_set}
        assert asked == {"guilds", "guild_messages", "dm_messages", "message_content"}
        assert asked == {name for name, is_set in INTENTS if is_set}

    async def test_it_keeps_no_members_and_no_messages(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await shop.verdict(bot, await shop.customer.send(shop.reviews, GOOD))
            assert [member.id for member in bot.guilds[0].members] == [shop.server.bot_user.id]
            assert list(bot.cached_messages) == []

    async def test_it_registers_its_commands_in_both_languages(self, shop: Shop) -> None:
        async with shop.bot():
            registered = {command["name"]: command for command in shop.server.state.commands.all()}
        assert registered["check"]["name_localizations"] == {"ko": "확인"}
        assert registered["check"]["description_localizations"] == {"ko": KO("command.check_description")}
        assert registered["check"]["options"][0]["name_localizations"] == {"ko": "글"}
        assert registered["Check review"]["name_localizations"] == {"ko": "리뷰 확인"}
        assert [name for name, command in registered.items() if not command["name_localizations"]] == []

    async def test_it_leaves_the_commands_as_they_are_where_that_is_switched_off(self, shop: Shop) -> None:
        async with shop.bot(sync_commands=False):
            assert shop.server.state.commands.all() == []

    async def test_it_works_without_its_slash_commands_if_they_cannot_be_registered(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        shop.server.faults.add("PUT", "/commands", status=400, code=30034, message="Max number of daily creates")
        await started(shop)
        assert "Max number of daily creates" in "".join(warnings(caplog))


class TestWhatItSaysAtItsStart:
    async def test_it_says_nothing_if_all_is_well(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO):
            await started(shop)
        assert warnings(caplog) == []
        assert KO("start.ready", n_guilds=1) in caplog.messages

    async def test_where_it_is_in_no_server_it_says_how_to_invite_it(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        shop.guild.remove_bot()
        with caplog.at_level(logging.INFO):
            async with shop.bot():
                await shop.server.wait_for(lambda: "permissions=" in caplog.text, what="the addresses")
                shop.guild.invite_bot()
                await shop.flagged(await shop.customer.send(shop.reviews, BAD))
        own_id = shop.server.application_id
        links = {"link": invitation(own_id), "link_to_act": invitation(own_id, to_act=True)}
        assert KO("start.invitation", **links) in caplog.messages

    async def test_it_says_that_nothing_is_watched(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        async with shop.bot(watched=WatchedChannels(), language="en"):
            await shop.server.wait_until_quiet()
        assert warnings(caplog) == [EN("start.nothing_watched")]

    async def test_it_does_not_if_a_server_has_chosen_for_itself(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, 1, watched=WatchedChannels(is_all=True))
        async with shop.bot(watched=WatchedChannels(), log_channel_id=None):
            await shop.server.wait_until_quiet()
        assert warnings(caplog) == []

    async def test_it_names_channels_that_it_cannot_see(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        stray = shop.server.snowflakes.make()
        await started(shop, watched=WatchedChannels(frozenset({shop.reviews.id, stray})))
        assert warnings(caplog) == [KO("start.unknown_channel", channel_id=stray)]

    async def test_it_names_permissions_that_it_lacks(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        shop.reviews.set_permissions(shop.guild.bot, add_reactions=False, read_message_history=False)
        shop.log.set_permissions(shop.guild.bot, view_channel=True, embed_links=False)
        await started(shop)
        told = KO("log_channel.log_unwritable", guild_id=shop.guild.id, channel_id=shop.log.id)  # sooner or later
        assert [warning for warning in warnings(caplog) if warning != told] == [
            KO("start.missing_permissions", channel="#리뷰", names="메시지 기록 보기, 반응 추가하기"),
            KO("start.missing_permissions", channel="#기록", names="링크 첨부"),
        ]

    async def test_it_warns_of_a_log_channel_that_everybody_sees(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        shop.log.set_permissions(shop.guild.everyone, view_channel=True)
        await started(shop)
        assert warnings(caplog) == [KO("start.public_log_channel", channel_id=shop.log.id)]


class TestTalk:
    async def test_an_unknown_command_is_talk_between_people(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            assert await shop.is_judged(bot, await shop.customer.send(shop.reviews, "!오늘 저녁 뭐 먹지"))
        assert [each.author.name for each in shop.reviews.history] == ["손님", "손님"]
        assert warnings(caplog) == []

    async def test_it_can_be_called_by_its_name(self, shop: Shop) -> None:
        async with shop.bot():
            await shop.moderator.send(shop.reviews, f"<@{shop.server.bot_user.id}> check 좋아요")
            answer = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
        assert "판정 긍정" in answer.content

    async def test_faults_of_commands_that_others_add_are_reported_too(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:

            @bot.command()
            async def stumble(ctx: Context) -> None:
                raise RuntimeError("over a stone")

            await shop.customer.send(shop.reviews, "!stumble")
            answer = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
        assert answer.content == KO("error.fault")
        assert "over a stone" in caplog.text


def member_of(channel: Channel) -> Member:
    assert channel.guild is not None
    return channel.guild.add_member("손님")


class TestShards:
    async def test_each_shard_judges_and_catches_up(self, tmp_path: Path, tiny_model: Path) -> None:
        async with open_shop(tmp_path, tiny_model, n_shards=2) as shop:
            other = shop.server.add_guild("다른 상점")
            while (other.id >> 22) % 2 == (shop.guild.id >> 22) % 2:
                other.remove_bot()
                other = shop.server.add_guild("다른 상점")
            channels = [shop.reviews, other.add_text_channel("리뷰")]
            watched = WatchedChannels(is_all=True)
            async with shop.bot(watched=watched) as bot:
                assert bot.shard_count == 2
                for channel in channels:
                    await shop.begin_watching(bot, channel)
                    await shop.flagged(await member_of(channel).send(channel, BAD))
            missed = [await member_of(channel).send(channel, BAD) for channel in channels]
            async with shop.bot(watched=watched):
                for message in missed:
                    await shop.flagged(message)


class TestItsEnd:
    async def test_it_finishes_what_it_was_given(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            messages = [await shop.customer.send(shop.reviews, f"{BAD} {i}") for i in range(30)]
            await shop.verdict(bot, messages[-1])
        assert shop.rows("SELECT count(*) FROM verdicts") == [(30,)]
        assert shop.rows("SELECT DISTINCT state FROM actions") == [("done",)]

    async def test_closing_twice_is_no_harm(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await bot.close()
            assert bot.extensions == {}
