"""What people see is what is judged, and nobody hides a complaint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest

from tests.discord_server import Message
from tests.support.shop import BAD, GOOD, Shop, jigi_in, open_shop


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


async def verdict(shop: Shop, message: Message) -> bool:
    """Return whether a message is flagged, once it is judged."""
    async with shop.bot() as bot:
        return bool((await shop.verdict(bot, message)).is_flagged)


class TestCommands:
    @pytest.mark.parametrize(
        "command", ["!help {}", "!check {}", "!teach 부정 {}", "{mention} check {}", "!없는명령 {}"]
    )
    async def test_a_member_hides_no_complaint_behind_one(self, shop: Shop, command: str) -> None:
        async with shop.bot() as bot:
            content = command.replace("{mention}", f"<@{shop.server.bot_user.id}>").format(BAD)
            message = await shop.customer.send(shop.reviews, content)
            assert (await shop.verdict(bot, message)).is_flagged

    async def test_a_moderators_command_is_not_judged(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.moderator.send(shop.reviews, f"!check {BAD}")
            assert not await shop.is_judged(bot, message)

    async def test_what_a_moderator_says_is_judged_where_the_guild_wants_it(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, shop.moderator.id, exempts_moderators=False)
            for content in (BAD, f"!없는명령 {BAD}"):
                message = await shop.moderator.send(shop.reviews, content)
                assert (await shop.verdict(bot, message)).is_flagged


class TestContents:
    async def test_a_forwarded_complaint_is_judged(self, shop: Shop) -> None:
        elsewhere = shop.guild.add_text_channel("잡담")
        original = await shop.customer.send(elsewhere, BAD)
        async with shop.bot() as bot:
            message = await shop.customer.forward(original, shop.reviews)
            stored = await shop.verdict(bot, message)
        assert (stored.is_flagged, stored.text) == (True, BAD)

    async def test_the_title_of_a_post_is_judged_with_it(self, shop: Shop) -> None:
        forum = shop.guild.add_forum("후기")
        watched = shop.config.watched.__class__(frozenset({forum.id}))
        async with shop.bot(watched=watched) as bot:
            post = forum.add_thread("배송이 늦어서 최악", author=shop.customer, content="사진 올려요")
            stored = await shop.verdict(bot, post.history[0])
        assert (stored.is_flagged, stored.text) == (True, "배송이 늦어서 최악\n사진 올려요")

    async def test_a_paste_that_became_a_file_is_judged(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await shop.customer.paste(shop.reviews, f"{BAD} " * 300)
            assert (await shop.verdict(bot, message)).is_flagged

    async def test_a_poll_is_judged(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            ends = discord.utils.utcnow()
            message = await shop.customer.ask(shop.reviews, BAD, ["네", "아니요"], expiry=ends)
            assert (await shop.verdict(bot, message)).is_flagged


async def test_a_reply_is_judged_without_what_it_replies_to(shop: Shop) -> None:
    async with shop.bot() as bot:
        bad = await shop.customer.send(shop.reviews, BAD)
        reply = await shop.customer.send(shop.reviews, GOOD, reply_to=bad)
        assert not (await shop.verdict(bot, reply)).is_flagged
