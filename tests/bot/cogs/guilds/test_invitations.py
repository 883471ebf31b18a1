"""What the invitations ask for is enough for what the READMEs say, and the second for all that alerts offer."""

from __future__ import annotations

import discord
import pytest

from bot.cogs.shared.permissions import invited
from bot.cogs.shared.types import Bot
from bot.config import WatchedChannels
from tests.bot.cogs.cases.desk import press, said
from tests.discord_server import Guild, Message
from tests.support.shop import BAD, FLAG, Shop, jigi_in
from tests.support.talk import KO


def invite(shop: Shop, *, to_act: bool) -> Guild:
    """Return a server in which nobody may do anything but by a role, and the bot what its invitation says."""
    guild = shop.server.add_guild("새 서버", bot_permissions=invited(to_act=to_act))
    guild.everyone.permissions = discord.Permissions.none()
    return guild


async def flag(shop: Shop, bot: Bot, guild: Guild) -> tuple[Message, Message]:
    """Have a message of a member flagged; return it and its alert."""
    reviews, log = guild.add_text_channel("리뷰"), guild.add_text_channel("기록")
    speaks = discord.Permissions(view_channel=True, send_messages=True)
    member = guild.add_member("손님", permissions=speaks)
    await jigi_in(bot).settings.change(
        guild.id, 1, watched=WatchedChannels(frozenset({reviews.id})), log_channel_id=log.id
    )
    message = await member.send(reviews, BAD)
    alert = await shop.server.wait_for_message(log, author=shop.server.bot_user, where=lambda each: bool(each.embeds))
    await shop.server.wait_for(lambda: message.has_reaction(FLAG, shop.server.bot_user), what="the flag")
    return message, alert


@pytest.mark.parametrize("to_act", [False, True])
async def test_it_flags_alerts_and_deletes_only_by_the_second(shop: Shop, to_act: bool) -> None:
    guild = invite(shop, to_act=to_act)
    async with shop.bot() as bot:
        message, alert = await flag(shop, bot, guild)
        everything = discord.Permissions(view_channel=True, read_message_history=True, manage_messages=True)
        moderator = guild.add_member("운영진", permissions=everything)
        pressed = await press(moderator, alert, KO("case_act.delete"))
        submitted = await moderator.submit_modal(pressed, {"reason": "욕설"})
        heard = await said(shop, submitted)
    assert message.is_deleted is to_act
    assert heard == KO("case_answer.delete") if to_act else KO("permission.manage_messages") in heard
