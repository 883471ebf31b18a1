"""A plain message is taken as the gateway sends it, and read as discord.py's own object would be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.client import Client
from bot.cogs.moderation.plain import PlainReader
from bot.cogs.reading.reader import Reader
from tests.discord_server.payloads import message_event
from tests.support.shop import Shop, jigi_in, open_shop
from tests.support.store import BAD, GOOD


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


class Ears:
    """Notes what a bot takes as the gateway sends it, and what becomes a discord.py message."""

    def __init__(self, bot: Client) -> None:
        assert bot.hear is not None
        self._hear: Callable[[Mapping[str, Any]], bool] = bot.hear
        self.plain: list[str] = []
        self.parsed: list[str] = []
        bot.hear = self.hear

    def hear(self, payload: Mapping[str, Any]) -> bool:
        """Hear as before, and note it."""
        is_taken = self._hear(payload)
        if not payload["author"].get("bot"):  # Jigi answers, and hears itself
            (self.plain if is_taken else self.parsed).append(payload["content"])
        return is_taken


async def test_words_and_nothing_else_are_taken_as_they_come(shop: Shop) -> None:
    async with shop.bot() as bot:
        ears = Ears(bot)
        bad = await shop.customer.send(shop.reviews, BAD)
        reply = await shop.customer.send(shop.reviews, GOOD, reply_to=bad)
        await shop.flagged(bad)
        await shop.verdict(bot, reply)
        assert ears.plain == [BAD, GOOD]


async def test_what_is_more_than_words_goes_the_usual_way(shop: Shop) -> None:
    async with shop.bot() as bot:
        ears = Ears(bot)
        talk = shop.guild.add_text_channel("잡담")
        forwarded = await shop.customer.forward(await shop.customer.send(talk, BAD), shop.reviews)
        poll = await shop.customer.ask(shop.reviews, BAD, ["네", "아니요"], expiry=discord.utils.utcnow())
        paste = await shop.customer.paste(shop.reviews, f"{BAD} " * 200)
        for each in (forwarded, poll, paste):
            await shop.flagged(each)
        assert ears.plain == [BAD]  # in the channel that is not watched
        assert len(ears.parsed) == 3


@pytest.mark.parametrize("content", [BAD, f"  {GOOD}\n> 인용", "<@1> 😡", "별\u200b로\0예요"])
async def test_it_is_read_as_the_object_would_be(shop: Shop, content: str) -> None:
    async with shop.bot() as bot:
        channel: Any = bot.get_channel(shop.reviews.id)
        payload = message_event(await shop.say(content))
        parsed = discord.Message(state=bot._connection, channel=channel, data=payload)  # type: ignore[arg-type]
        reader = Reader(bot, jigi_in(bot).settings)
        assert PlainReader(bot, jigi_in(bot).settings, reader).read(payload, channel) == reader.read(
            parsed, is_live=True
        )


async def test_a_host_with_listeners_of_its_own_hears_every_message(shop: Shop) -> None:
    async with shop.bot() as bot:
        ears = Ears(bot)
        heard: list[str] = []

        async def note(message: discord.Message) -> None:
            heard.append(message.content)

        bot.add_listener(note, "on_message")
        await shop.flagged(await shop.customer.send(shop.reviews, BAD))
        assert heard == [BAD]
        assert ears.plain == []


@pytest.mark.parametrize("content", ["!help", "!check 별로예요"])
async def test_what_may_be_a_command_becomes_an_event(shop: Shop, content: str) -> None:
    async with shop.bot() as bot:
        ears = Ears(bot)
        await shop.customer.send(shop.reviews, content)
        await shop.verdict(bot, await shop.customer.send(shop.reviews, GOOD))
        assert ears.plain == [GOOD]
        assert ears.parsed == []  # nobody asks whether a command is plain


async def test_who_may_manage_messages_is_left_to_the_usual_way(shop: Shop) -> None:
    async with shop.bot() as bot:
        ears = Ears(bot)
        await shop.moderator.send(shop.reviews, BAD)
        await shop.flagged(await shop.customer.send(shop.reviews, BAD))
        someone = shop.guild.add_member("누군가")
        shop.reviews.set_permissions(shop.customer, manage_messages=True)
        await shop.verdict(bot, await someone.send(shop.reviews, GOOD))  # the bot has heard of it by then
        exempt = await shop.customer.send(shop.reviews, f"{BAD} 진짜")
        await shop.verdict(bot, await someone.send(shop.reviews, GOOD))
        assert (ears.plain, ears.parsed) == ([BAD, GOOD, GOOD], [BAD, f"{BAD} 진짜"])
        assert await jigi_in(bot).database.verdicts.newest(exempt.id) is None
