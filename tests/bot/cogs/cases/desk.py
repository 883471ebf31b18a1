"""What the stories of cases have in common: a shop whose log channel moderators read, and their hands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.cogs.shared.types import Bot
from tests.discord_server import Member, Message
from tests.discord_server.interactions import Answer
from tests.discord_server.limits import walk_components
from tests.support.shop import BAD, Shop, jigi_in, open_shop
from tests.support.talk import KO

PRIMARY, SECONDARY, DANGER = 1, 2, 4


@asynccontextmanager
async def open_desk(folder: Path, model: Path, **options: Any) -> AsyncIterator[Shop]:
    """Open a shop whose moderator reads the log channel, as does somebody without the permission."""
    async with open_shop(folder, model, **options) as shop:
        for member in (shop.moderator, shop.customer):
            shop.log.set_permissions(member, view_channel=True)
        yield shop


async def alert_of(shop: Shop, content: str = BAD) -> tuple[Message, Message]:
    """Have a message flagged; return it and its alert."""
    message = await shop.flagged(await shop.customer.send(shop.reviews, content))
    return message, await shop.alert()


async def press(member: Member, message: Message, label: str, locale: str = "ko") -> Answer:
    """Press a button, and return the answer."""
    return await member.click(message, label=label, locale=locale)


async def said(shop: Shop, answer: Answer) -> str:
    """Return what was said to somebody alone, behind the button that they pressed or in its place."""
    await shop.server.wait_for(lambda: answer.followups or answer.interaction.original is not None, what="the answer")
    if answer.interaction.original is answer.interaction.message:
        await shop.server.wait_for(lambda: answer.followups, what="the answer")
    heard = answer.followups[0] if answer.followups else answer.message
    assert heard.is_ephemeral
    return heard.content


async def settled(bot: Bot) -> None:
    """Wait until alerts show what the database holds."""
    await jigi_in(bot).pipeline.drain()


def buttons(message: Message) -> dict[str, int]:
    """Return label and style of each button."""
    return {each["label"]: each["style"] for _, each in walk_components(message.components) if each["type"] == 2}


def field(message: Message, key: str) -> str:
    """Return the value of a field of a case's embed."""
    (value,) = [each["value"] for each in message.embeds[0]["fields"] if each["name"] == KO(f"case.{key}")]
    return str(value)
