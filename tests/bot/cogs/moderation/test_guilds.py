"""Two servers with one bot: each has its own settings, and neither sees anything of the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import discord
import pytest

from bot.config import WatchedChannels
from bot.domain.guilds import QuietHours
from bot.localisation.texts import Language
from tests.discord_server import Channel, Guild, Member
from tests.support.shop import BAD, GOOD, Shop, jigi_in, open_shop
from tests.support.talk import EN, KO


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another server with the same bot."""

    guild: Guild
    reviews: Channel
    log: Channel
    customer: Member


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


@pytest.fixture
def neighbour(shop: Shop) -> Neighbour:
    guild = shop.server.add_guild()
    return Neighbour(guild, guild.add_text_channel("후기"), guild.add_text_channel("운영"), guild.add_member("이웃"))


class TestLogChannels:
    async def test_the_operators_is_for_its_own_server_alone(self, shop: Shop, neighbour: Neighbour) -> None:
        everything = WatchedChannels(is_all=True)
        async with shop.bot(watched=everything) as bot:
            theirs = await shop.flagged(await neighbour.customer.send(neighbour.reviews, BAD))
            ours = await shop.customer.send(shop.reviews, BAD)
            alert = await shop.alert()
            await jigi_in(bot).pipeline.drain()
        assert str(ours.id) in str(alert.embeds)
        assert len(shop.log.history) == 1
        assert str(theirs.id) not in str([each.embeds for each in shop.log.history])
        assert shop.rows(f"SELECT kind FROM actions JOIN verdicts v ON v.id = verdict_id "
                         f"WHERE guild_id = {neighbour.guild.id}") == [("react",)]  # fmt: skip

    async def test_each_server_has_its_own_in_its_own_language(self, shop: Shop, neighbour: Neighbour) -> None:
        async with shop.bot(watched=WatchedChannels(is_all=True)) as bot:
            await jigi_in(bot).settings.change(
                neighbour.guild.id, 1, log_channel_id=neighbour.log.id, language=Language.ENGLISH
            )
            await neighbour.customer.send(neighbour.reviews, BAD)
            await shop.customer.send(shop.reviews, BAD)
            theirs = await shop.server.wait_for_message(neighbour.log, author=shop.server.bot_user)
            ours = await shop.alert()
        assert theirs.embeds[0]["title"] == EN("case.title_open", number=1)
        assert ours.embeds[0]["title"] == KO("case.title_open", number=1)

    async def test_a_channel_of_another_server_gets_nothing_even_if_it_was_chosen(
        self, shop: Shop, neighbour: Neighbour
    ) -> None:
        async with shop.bot(watched=WatchedChannels(is_all=True)) as bot:
            await jigi_in(bot).settings.change(neighbour.guild.id, 1, log_channel_id=shop.log.id)
            await shop.flagged(await neighbour.customer.send(neighbour.reviews, BAD))
            await jigi_in(bot).pipeline.drain()
        assert shop.log.history == []


class TestRefusals:
    async def test_what_is_missing_is_told_once_in_the_servers_own_log_channel_and_language(
        self, shop: Shop, neighbour: Neighbour
    ) -> None:
        neighbour.reviews.set_permissions(neighbour.guild.bot, add_reactions=False)
        async with shop.bot(watched=WatchedChannels(is_all=True)) as bot:
            await jigi_in(bot).settings.change(
                neighbour.guild.id, 1, log_channel_id=neighbour.log.id, language=Language.ENGLISH
            )
            for _ in range(2):
                await shop.verdict(bot, await neighbour.customer.send(neighbour.reviews, BAD))
            told = EN("trouble.forbidden", channel=f"<#{neighbour.reviews.id}>", names="Add Reactions")
            await shop.server.wait_for(lambda: told in contents(neighbour.log), what="the refusal")
            await jigi_in(bot).pipeline.drain()
        assert (contents(neighbour.log).count(told), contents(shop.log)) == (1, [])


def contents(channel: Channel) -> list[str]:
    """Return what was written in a channel."""
    return [each.content for each in channel.history]


class TestWatching:
    async def test_each_server_watches_what_it_has_chosen(self, shop: Shop, neighbour: Neighbour) -> None:
        async with shop.bot() as bot:
            chosen = WatchedChannels(frozenset({neighbour.reviews.id}))
            await jigi_in(bot).settings.change(neighbour.guild.id, 1, watched=chosen)
            await shop.flagged(await neighbour.customer.send(neighbour.reviews, BAD))
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))

    async def test_a_category_is_watched_with_its_channels_and_their_threads(self, shop: Shop) -> None:
        category = shop.guild.add_category("고객")
        channel = shop.guild.add_text_channel("문의", parent=category)
        async with shop.bot() as bot:
            chosen = WatchedChannels(frozenset({category.id}))
            await jigi_in(bot).settings.change(shop.guild.id, 1, watched=chosen, thresholds={category.id: 0.3})
            await shop.flagged(await shop.customer.send(channel, BAD))
            thread = channel.add_thread("교환")
            stored = await shop.verdict(bot, await shop.customer.send(thread, BAD))
        assert (stored.threshold, stored.is_flagged) == (0.3, True)


class TestExemption:
    async def test_who_may_manage_messages_is_exempt_unless_the_server_wants_otherwise(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            assert not await shop.is_judged(bot, await shop.moderator.send(shop.reviews, BAD))
            await jigi_in(bot).settings.change(shop.guild.id, 1, exempts_moderators=False)
            await shop.flagged(await shop.moderator.send(shop.reviews, BAD))

    @pytest.mark.parametrize("kind", ["exempt_role_ids", "exempt_user_ids", "exempt_channel_ids"])
    async def test_chosen_roles_people_and_channels_are(self, shop: Shop, kind: str) -> None:
        role = shop.guild.add_role("직원")
        member = shop.guild.add_member("직원", roles=(role,))
        place = shop.guild.add_text_channel("직원 방")
        chosen = {"exempt_role_ids": role.id, "exempt_user_ids": member.id, "exempt_channel_ids": place.id}[kind]
        async with shop.bot(watched=WatchedChannels(is_all=True)) as bot:
            where = place if kind == "exempt_channel_ids" else shop.reviews
            await shop.flagged(await member.send(where, BAD))
            await jigi_in(bot).settings.change(shop.guild.id, 1, **{kind: frozenset({chosen})})
            assert not await shop.is_judged(bot, await member.send(where, BAD))

    async def test_what_they_wrote_while_the_bot_was_away_is_left_out_too(self, shop: Shop) -> None:
        role = shop.guild.add_role("직원")
        member = shop.guild.add_member("직원", roles=(role,))
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, 1, exempt_role_ids=frozenset({role.id}))
            await shop.begin_watching(bot, shop.reviews)
            await shop.verdict(bot, await shop.customer.send(shop.reviews, GOOD))
        missed = [await who.send(shop.reviews, BAD) for who in (member, shop.moderator, shop.customer)]
        async with shop.bot() as bot:
            await shop.flagged(missed[2])
            judged = [await jigi_in(bot).database.verdicts.newest(each.id) for each in missed[:2]]
        assert judged == [None, None]


class TestShadow:
    async def test_nothing_is_seen_on_discord(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, 1, is_shadow=True)
            message = await shop.customer.send(shop.reviews, BAD)
            assert (await shop.verdict(bot, message)).is_flagged
            await jigi_in(bot).pipeline.drain()
        assert (message.reactions, shop.log.history) == ([], [])


class TestPing:
    async def test_the_role_is_notified_outside_of_quiet_hours(self, shop: Shop) -> None:
        role = shop.guild.add_role("당직")
        now = discord.utils.utcnow()
        hours = [now.replace(hour=(now.hour + n) % 24).time().replace(second=0, microsecond=0) for n in (2, 4, 23, 1)]
        async with shop.bot() as bot:
            for quiet, mentioned in ((hours[:2], [role]), (hours[2:], [])):
                await jigi_in(bot).settings.change(
                    shop.guild.id, 1, ping_role_id=role.id, quiet_hours=QuietHours(*quiet), time_zone="UTC"
                )
                await shop.customer.send(shop.reviews, BAD)
                assert (await shop.alert()).role_mentions == mentioned


class TestRetention:
    async def test_each_server_keeps_texts_for_as_long_as_it_has_chosen(self, shop: Shop, neighbour: Neighbour) -> None:
        async with shop.bot(watched=WatchedChannels(is_all=True)) as bot:
            await jigi_in(bot).settings.change(shop.guild.id, 1, retention_days=9)
            await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await shop.flagged(await neighbour.customer.send(neighbour.reviews, BAD))
            await jigi_in(bot).pipeline.drain()
        shop.change("UPDATE verdicts SET created_at = datetime('now', '-10 days')")
        kept = "SELECT guild_id FROM verdicts WHERE text IS NOT NULL"
        async with shop.bot():
            await shop.server.wait_for(lambda: len(shop.rows(kept)) < 2, what="the erasing")
        assert shop.rows(kept) == [(neighbour.guild.id,)]
