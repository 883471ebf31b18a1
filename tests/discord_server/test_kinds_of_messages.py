"""What the loopback Discord sends besides plain messages, and what it refuses to do to them."""

import discord
import pytest

from tests.discord_server import Channel, DiscordServer, Guild, Member
from tests.support.listener import Bot


async def test_a_forward_carries_the_text_and_is_no_reply(bot: Bot, guild: Guild, channel: Channel) -> None:
    other, minji = guild.add_text_channel("잡담"), guild.add_member("지수")
    original = await minji.send(other, "배송이 너무 늦어요")
    await minji.forward(original, channel)
    heard = await bot.hear("message", 2)
    assert (heard.content, heard.message_snapshots[0].content) == ("", "배송이 너무 늦어요")
    assert heard.reference.type is discord.MessageReferenceType.forward
    assert [m.message_snapshots[0].content async for m in bot.text(channel).history()] == ["배송이 너무 늦어요"]


async def test_a_forward_keeps_what_is_edited_later(bot: Bot, channel: Channel, minji: Member) -> None:
    original = await minji.send(channel, "처음 말")
    forwarded = await minji.forward(original, channel)
    await minji.edit(original, "나중 말")
    assert forwarded.snapshot is not None
    assert forwarded.snapshot["content"] == "처음 말"


async def test_a_poll_that_ends_is_heard(bot: Bot, channel: Channel, minji: Member) -> None:
    await minji.ask(channel, "다음에 뭘 살까요?", ["컵", "접시"], expiry=discord.utils.utcnow())
    heard = await bot.hear("message")
    assert [answer.text for answer in heard.poll.answers] == ["컵", "접시"]


async def test_a_poll_that_never_ends_has_no_expiry(
    server: DiscordServer, channel: Channel, minji: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py cannot parse it; the test asks for what is sent."""
    poll = await minji.ask(channel, "다음에 뭘 살까요?", ["컵"])
    async with Bot() as bot:
        await bot.login(server.token)
        told = await bot.http.get_message(channel.id, poll.id)
    assert told["poll"]["expiry"] is None


async def test_a_long_paste_becomes_a_file(bot: Bot, channel: Channel, minji: Member) -> None:
    await minji.paste(channel, "짧은 말")
    await minji.paste(channel, "긴 말 " * 600)
    heard = await bot.hear("message", 2)
    assert (heard.content, heard.attachments[0].filename) == ("", "message.txt")
    assert (await heard.attachments[0].read()).decode() == "긴 말 " * 600


async def test_a_post_of_a_forum_has_a_title_that_can_be_changed(bot: Bot, guild: Guild, minji: Member) -> None:
    post = guild.add_forum("후기").add_thread("최악의 배송", author=minji, content="본문")
    assert (await bot.hear("thread_create")).name == "최악의 배송"
    post.rename("고친 제목")
    assert (await bot.hear("raw_thread_update")).data["name"] == "고친 제목"


async def test_nobody_reacts_or_edits_in_an_archived_thread(bot: Bot, channel: Channel, minji: Member) -> None:
    thread = channel.add_thread("일", author=minji, content="첫 말")
    heard = await bot.hear("message")
    await heard.add_reaction("👀")
    own = await heard.channel.send("내 말")
    thread.archive()
    for doing in (heard.add_reaction("🚩"), heard.remove_reaction("👀", bot.user), own.edit(content="고침")):
        with pytest.raises(discord.HTTPException) as error:
            await doing
        assert error.value.code == 50083
    await minji.send(thread, "다시 연 말")
    await heard.add_reaction("🚩")


async def test_a_locked_thread_is_not_opened_by_its_members(channel: Channel, minji: Member, bot: Bot) -> None:
    thread = channel.add_thread("일", author=minji, content="첫 말")
    thread.archive(is_locked=True)
    with pytest.raises(Exception, match="50083"):
        await minji.send(thread, "말")


async def test_who_has_blocked_the_bot_gets_no_reaction(bot: Bot, channel: Channel, minji: Member) -> None:
    minji.user.has_blocked_bot = True
    await minji.send(channel, "말")
    with pytest.raises(discord.Forbidden) as error:
        await (await bot.hear("message")).add_reaction("🚩")
    assert error.value.code == 90001


async def test_a_message_holds_twenty_emoji(bot: Bot, channel: Channel, minji: Member) -> None:
    message = await minji.send(channel, "말")
    for number in range(20):
        await minji.react(message, chr(0x1F600 + number))
    with pytest.raises(discord.HTTPException) as error:
        await (await bot.hear("message")).add_reaction("🚩")
    assert error.value.code == 30010


async def test_what_is_deleted_with_its_channel_is_not_told(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, minji: Member
) -> None:
    thread = channel.add_thread("일", author=minji, content="첫 말")
    await minji.send(channel, "말")
    post = guild.add_forum("후기").add_thread("제목", author=minji, content="본문")
    for doomed in (thread, channel, post):
        doomed.delete()
    assert {(await bot.hear("raw_thread_delete", n)).thread_id for n in (1, 2)} == {thread.id, post.id}
    await bot.hear("guild_channel_delete")
    await server.wait_until_quiet()
    assert bot.events("raw_message_delete") == bot.events("raw_bulk_message_delete") == []


async def test_the_channels_of_a_deleted_category_stay(bot: Bot, guild: Guild) -> None:
    category = guild.add_category("가게")
    child = guild.add_text_channel("리뷰", parent=category)
    await bot.hear("guild_channel_create", 2)
    category.delete()
    await bot.hear("guild_channel_delete")
    assert bot.text(child).category_id is None


async def test_a_guild_that_the_bot_leaves_tells_of_no_message(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, minji: Member
) -> None:
    await minji.send(channel, "말")
    guild.remove_bot()
    await bot.hear("guild_remove")
    await server.wait_until_quiet()
    assert bot.events("raw_message_delete") == []
