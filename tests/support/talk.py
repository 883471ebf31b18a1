"""What moderators say to Jigi in tests, and the languages it answers in."""

from __future__ import annotations

import discord
import pytest

from bot.localisation.commands import Caller
from bot.localisation.texts import Texts
from tests.discord_server import Member, Message, Upload
from tests.support.shop import Shop

KO, EN = Texts.load("ko"), Texts.load("en")
LANGUAGES = [
    pytest.param("ko", KO, id="Korean"),
    pytest.param("en-US", EN, id="English"),
    pytest.param("de", EN, id="German"),
]


def usage(command: str, caller: Caller | None = None) -> str:
    """Return the line that answers who has used a command wrongly, in a Korean channel if no `caller` is given."""
    caller = caller or Caller(KO, "!")
    return caller.texts("error.usage", example=caller.example(command))


async def ask(shop: Shop, content: str, *, reply_to: Message | None = None) -> str:
    """Let the moderator send a command and return the bot's answer."""
    await shop.moderator.send(shop.reviews, content, reply_to=reply_to)
    return (await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)).content


def let_in_everybody(shop: Shop) -> None:
    """Do what a server's settings can: offer the commands to members without the permission."""
    for command in shop.server.state.commands.all():
        if command["default_member_permissions"] is None:  # which is for everybody anyway
            continue
        needed = discord.Permissions(int(command["default_member_permissions"]))
        assert needed in (discord.Permissions(manage_messages=True), discord.Permissions(manage_guild=True))
        command["default_member_permissions"] = None


async def say(shop: Shop, who: Member, content: str, *files: Upload) -> Message:
    """Send a command and return the bot's next message."""
    await who.send(shop.reviews, content, files=files)
    return await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
