"""The loopback Discord does to a real discord.py bot what Discord would do."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from tests.discord_server import Channel, DiscordError, DiscordServer, Guild, Member, Upload
from tests.support.listener import Bot

Tree = app_commands.CommandTree[Any]
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000030000000208020000") + b"\0" * 8


def file(filename: str, data: bytes) -> discord.File:
    return discord.File(io.BytesIO(data), filename)


def code_of(error: pytest.ExceptionInfo[discord.HTTPException]) -> tuple[int, int]:
    return error.value.status, error.value.code


# Login and gateway


async def test_a_bot_logs_in_and_sees_guild_channels_roles_and_all_members(
    bot: Bot, guild: Guild, channel: Channel, minji: Member
) -> None:
    seen = bot.get_guild(guild.id)
    assert seen is not None
    assert (seen.name, seen.owner_id, seen.member_count) == ("상점", guild.owner_id, 3)
    assert seen.get_channel(channel.id).name == "리뷰"  # type: ignore[union-attr]
    assert seen.get_member(minji.id).name == "민지"  # type: ignore[union-attr]
    assert seen.me.guild_permissions.manage_messages
    assert bot.application_id == bot.application.id != bot.user.id  # type: ignore[union-attr]


async def test_login_with_a_wrong_token_fails(server: DiscordServer) -> None:
    with pytest.raises(discord.LoginFailure):
        async with Bot() as bot:
            await bot.login("guessed")


async def test_the_gateway_closes_with_4004_for_a_token_that_was_revoked(server: DiscordServer) -> None:
    async with Bot(shard_count=1) as bot:
        await bot.login(server.token)
        server.token = "another"
        with pytest.raises(discord.ConnectionClosed) as error:
            await bot.connect()
    assert error.value.code == 4004


async def test_intents_that_the_portal_does_not_allow_end_the_bot(server: DiscordServer) -> None:
    server.privileged_intents = discord.Intents(members=True)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with server.running(Bot()):
            pass


async def test_a_running_bot_can_be_closed_with_4014(server: DiscordServer) -> None:
    async with Bot() as bot:
        running = asyncio.create_task(bot.start(server.token))
        await bot.wait_until_ready()
        await server.gateway.drop(code=4014)
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await running


async def test_heartbeats_are_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordServer(heartbeat_seconds=0.05) as server:
        server.connect_discord_py(monkeypatch)
        async with server.running(Bot()):
            await server.wait_for(lambda: server.gateway.n_heartbeats > 3)


async def test_latency_is_known_from_the_first_acknowledgement(bot: Bot) -> None:
    assert 0 < bot.latency < 1


async def test_guilds_are_shared_out_among_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordServer(n_shards=2) as server:
        server.connect_discord_py(monkeypatch)
        while len({(guild_id >> 22) % 2 for guild_id in server.state.guilds}) < 2:
            server.add_guild()

        class TwoShards(Bot):
            async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
                """Do not sleep between the shards."""

        async with server.running(bot := TwoShards()):
            for session in server.gateway.sessions.values():
                told = {
                    int(payload["id"])
                    for name, payload in session.sent
                    if name == "GUILD_CREATE" and isinstance(payload, dict)
                }
                assert told == {guild.id for guild in bot.guilds if guild.shard_id == session.shard[0]}
                assert told
            assert len(server.gateway.sessions) == 2


async def test_a_presence_is_shown(server: DiscordServer, bot: Bot) -> None:
    await bot.change_presence(activity=discord.CustomActivity("리뷰를 읽는 중"))
    await server.wait_for(lambda: server.gateway.presence.get("activities"))


async def test_a_cut_connection_is_resumed_and_missed_messages_come_once(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member
) -> None:
    await minji.send(channel, "하나")
    await bot.hear("message")
    await server.gateway.drop()
    await minji.send(channel, "둘")
    await bot.hear("resumed")
    await minji.send(channel, "셋")
    await bot.hear("message", 3)
    assert [message.content for message in bot.events("message")] == ["하나", "둘", "셋"]
    assert (server.gateway.n_identifies, server.gateway.n_resumes) == (1, 1)


async def test_an_outage_is_followed_by_what_was_missed(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member
) -> None:
    async with server.gateway.outage():
        message = await minji.send(channel, "들리나요?")
        await minji.react(message, "👀")
        assert not server.gateway.is_connected
        await asyncio.sleep(0.1)
        assert bot.events("message") == []
    assert (await bot.hear("message")).content == "들리나요?"
    assert str((await bot.hear("raw_reaction_add")).emoji) == "👀"


async def test_a_refusing_gateway_costs_the_session_and_what_was_said_meanwhile(
    server: DiscordServer, channel: Channel, minji: Member
) -> None:
    class Hasty(Bot):
        async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
            """Do not sleep before the second IDENTIFY."""

    async with server.running(bot := Hasty()):
        async with server.gateway.outage(refuses=True):
            await minji.send(channel, "놓친 말")
            await bot.hear("disconnect", 2)
        await bot.hear("connect", 2)
        await minji.send(channel, "들은 말")
        assert (await bot.hear("message")).content == "들은 말"
        assert [m.content async for m in bot.text(channel).history()] == ["들은 말", "놓친 말"]


async def test_the_server_can_demand_a_reconnect(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member
) -> None:
    await server.gateway.request_reconnect()
    await minji.send(channel, "그 사이의 말")
    await bot.hear("resumed")
    assert (await bot.hear("message")).content == "그 사이의 말"
    assert server.gateway.n_identifies == 1


async def test_a_resumable_invalid_session_is_resumed(server: DiscordServer, bot: Bot) -> None:
    await server.gateway.invalidate(resumable=True)
    await bot.hear("resumed")
    assert server.gateway.n_identifies == 1


async def test_an_invalid_session_is_begun_anew_after_five_seconds(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member
) -> None:
    await server.gateway.invalidate(resumable=False)
    await minji.send(channel, "놓친 말")
    await server.wait_for(lambda: server.gateway.n_identifies == 2, timeout=8)
    await bot.hear("connect", 2)
    await minji.send(channel, "들은 말")
    assert (await bot.hear("message")).content == "들은 말"


def tasks_of_the_server() -> list[str]:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return [repr(task) for task in others if "/discord_server/" in repr(task)]


async def test_sessions_are_resumed_only_if_they_and_their_sequence_exist(
    server: DiscordServer,
    bot: Bot,
) -> None:
    session_id = next(iter(server.gateway.sessions))
    async with aiohttp.ClientSession() as client:
        for resumed, expected in (("unknown", '"op": 9'), (session_id, "4007")):
            async with client.ws_connect(server.gateway_url) as socket:
                await socket.receive()
                data = {"token": server.token, "session_id": resumed, "seq": 999}
                await socket.send_json({"op": 6, "d": data})
                assert expected in str((await socket.receive()).data)


async def test_a_bot_that_closes_ends_its_session_and_leaves_no_task(server: DiscordServer) -> None:
    async with server.running(Bot()):
        assert tasks_of_the_server()
    await server.wait_for(lambda: not server.gateway.sessions and not tasks_of_the_server())


async def test_the_server_closes_under_a_running_bot_without_a_task_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with DiscordServer() as server:
        server.connect_discord_py(monkeypatch)
        server.faults.add("GET", "/users/1", hangs=True)
        bot = Bot()
        running = asyncio.create_task(bot.start(server.token))
        await server.wait_for(lambda: server.gateway.is_connected)
        hanging = asyncio.create_task(bot.fetch_user(1))
        await server.wait_for(lambda: server.requests_to("GET", "/users/1"))
    assert tasks_of_the_server() == []
    await bot.close()
    await running
    await asyncio.wait({hanging})
    assert hanging.exception() is not None


async def test_discord_py_is_put_back_afterwards(
    server: DiscordServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    before = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    with server.connected_discord_py():
        assert server.url in discord.http.Route.BASE
    assert before == (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)


# Guilds and members


async def test_guilds_roles_channels_and_members_come_and_go(
    server: DiscordServer, bot: Bot, guild: Guild, minji: Member
) -> None:
    second = server.add_guild("둘째 상점")
    assert (await bot.hear("guild_join")).id == second.id
    role = guild.add_role("단골", discord.Permissions(mention_everyone=True))
    assert (await bot.hear("guild_role_create")).id == role.id
    minji.add_roles(role)
    assert (await bot.hear("member_update")).id == minji.id
    minji.remove_roles(role)
    await bot.hear("member_update", 2)
    text = guild.add_text_channel("잡담")
    assert (await bot.hear("guild_channel_create")).id == text.id
    text.delete()
    assert (await bot.hear("guild_channel_delete")).id == text.id
    newcomer = guild.add_member("새 손님")
    assert (await bot.hear("member_join")).id == newcomer.id
    newcomer.leave()
    assert (await bot.hear("member_remove")).id == newcomer.id
    second.remove_bot()
    assert (await bot.hear("guild_remove")).id == second.id
    second.invite_bot()
    await bot.hear("guild_join", 2)


async def test_objects_are_fetched_by_id(bot: Bot, guild: Guild, channel: Channel, minji: Member) -> None:
    fetched = await bot.fetch_guild(guild.id)
    assert fetched.name == "상점"
    assert (await fetched.fetch_member(minji.id)).name == "민지"
    assert (await bot.fetch_user(minji.id)).name == "민지"
    assert (await bot.fetch_channel(channel.id)).id == channel.id
    assert {role.id for role in await fetched.fetch_roles()} == set(guild.roles)
    assert [each.id for each in await fetched.fetch_channels()] == [channel.id]
    assert {member.id async for member in fetched.fetch_members()} == set(guild.members)


async def test_unknown_objects_are_answered_with_404(bot: Bot, guild: Guild, channel: Channel) -> None:
    requests = {
        10003: bot.fetch_channel(1),
        10004: bot.fetch_guild(1),
        10008: bot.text(channel).fetch_message(1),
        10013: bot.fetch_user(1),
    }
    for code, request in requests.items():
        with pytest.raises(discord.NotFound) as error:
            await request
        assert code_of(error) == (404, code)
    stranger = guild.server.add_user("남")
    with pytest.raises(discord.NotFound) as error:
        await bot.get_guild(guild.id).fetch_member(stranger.id)  # type: ignore[union-attr]
    assert code_of(error) == (404, 10007)


async def test_without_the_presences_intent_the_client_asks_for_the_members(
    server: DiscordServer, guild: Guild, minji: Member
) -> None:
    intents = discord.Intents(guilds=True, members=True)
    async with server.running(bot := Bot(intents=intents)):
        assert {member.id for member in bot.get_guild(guild.id).members} == set(guild.members)  # type: ignore[union-attr]


async def test_members_are_asked_for_over_the_gateway(bot: Bot, guild: Guild, minji: Member) -> None:
    found = await bot.get_guild(guild.id).query_members("민", limit=5)  # type: ignore[union-attr]
    assert [member.id for member in found] == [minji.id]


async def test_without_the_members_intent_joins_are_not_heard(server: DiscordServer, guild: Guild) -> None:
    intents = discord.Intents(guilds=True, guild_messages=True)
    async with server.running(bot := Bot(intents=intents)):
        newcomer = guild.add_member("새 손님")
        text = guild.add_text_channel("잡담")
        await newcomer.send(text, "안녕하세요")
        await bot.hear("message")
        assert bot.events("member_join") == []


# Messages


async def test_the_bot_hears_a_message_and_its_reply_is_waited_for(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member
) -> None:
    review = await minji.send(channel, "배송이 너무 늦어요")
    heard = await bot.hear("message")
    assert (heard.content, heard.author.id, heard.channel.id) == ("배송이 너무 늦어요", minji.id, channel.id)
    await heard.reply("확인할게요")
    reply = await server.wait_for_message(channel, author=server.bot_user)
    assert (reply.content, reply.reference, reply.mentions) == ("확인할게요", review, [minji.user])
    assert (await bot.text(channel).fetch_message(reply.id)).reference.resolved.id == review.id  # type: ignore[union-attr]


async def test_waiting_for_messages_misses_none_and_returns_none_twice(
    server: DiscordServer, bot: Bot, channel: Channel
) -> None:
    await bot.text(channel).send("하나")
    await bot.text(channel).send("둘")
    assert (await server.wait_for_message(channel, where=lambda m: m.content == "둘")).content == "둘"
    assert (await server.wait_for_message(channel)).content == "하나"
    with pytest.raises(TimeoutError, match="지기: 둘"):
        await server.wait_for_message(channel, timeout=0.1)


async def test_edits_and_deletions_are_heard(bot: Bot, channel: Channel, minji: Member) -> None:
    message = await minji.send(channel, "별로예요")
    await bot.hear("message")
    await minji.edit(message, "괜찮아요")
    assert (await bot.hear("raw_message_edit")).message.content == "괜찮아요"
    await minji.delete(message)
    assert (await bot.hear("raw_message_delete")).message_id == message.id
    moderator = channel.guild.add_member("관리자", permissions=discord.Permissions(manage_messages=True))  # type: ignore[union-attr]
    spam = [await minji.send(channel, f"광고 {number}") for number in range(3)]
    await moderator.delete(*spam)
    assert (await bot.hear("raw_bulk_message_delete")).message_ids == {each.id for each in spam}


async def test_the_bot_edits_and_deletes_its_messages_and_bulk_deletes_others(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member
) -> None:
    sent = await bot.text(channel).send("초안", embed=discord.Embed(title="제목"))
    message = await server.wait_for_message(channel)
    await sent.edit(content="완성")
    assert (message.content, message.embeds[0]["title"], len(message.edits)) == ("완성", "제목", 1)
    await sent.edit(embed=None)
    assert message.embeds == []
    await sent.delete()
    assert message.is_deleted
    spam = [await minji.send(channel, f"광고 {number}") for number in range(4)]
    await bot.text(channel).delete_messages([discord.Object(each.id) for each in spam[:3]])
    assert channel.history == spam[3:]


async def test_messages_older_than_two_weeks_are_not_deleted_in_bulk(
    bot: Bot,
    channel: Channel,
    minji: Member,
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=15)
    old = [await minji.send(channel, "옛말", sent_at=long_ago) for _ in range(2)]
    with pytest.raises(discord.HTTPException) as error:
        await bot.text(channel).delete_messages([discord.Object(each.id) for each in old])
    assert code_of(error) == (400, 50034)


async def test_history_comes_in_pages_before_after_and_around(
    bot: Bot,
    channel: Channel,
    minji: Member,
) -> None:
    said = [await minji.send(channel, str(number)) for number in range(230)]
    text = bot.text(channel)
    assert [m.id async for m in text.history(limit=None)] == [m.id for m in reversed(said)]
    assert [m.id async for m in text.history(limit=None, after=said[99])] == [m.id for m in said[100:]]
    assert [m.content async for m in text.history(limit=3, before=said[9])] == ["8", "7", "6"]
    around = [int(m.content) async for m in text.history(limit=5, around=said[50])]
    assert sorted(around) == [48, 49, 50, 51, 52]


async def test_history_is_ordered_by_the_time_of_the_messages(
    bot: Bot,
    channel: Channel,
    minji: Member,
) -> None:
    await minji.send(channel, "오늘")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    await minji.send(channel, "어제", sent_at=yesterday)
    messages = [message async for message in bot.text(channel).history()]
    assert [message.content for message in messages] == ["오늘", "어제"]
    assert abs(messages[1].created_at - yesterday) < timedelta(milliseconds=2)


@pytest.mark.parametrize(
    ("content", "embed", "path"),
    [
        ("가" * 2001, None, "content"),
        (None, discord.Embed(description="가" * 4097), "embeds.0.description"),
        (None, discord.Embed().add_field(name="이름", value="가" * 1025), "embeds.0.fields.0.value"),
        (None, discord.Embed(title="가" * 257), "embeds.0.title"),
        (None, discord.Embed().add_field(name="이름", value=""), "embeds.0.fields.0.value"),
    ],
)
async def test_messages_beyond_a_limit_are_refused_at_the_faulty_field(
    bot: Bot, channel: Channel, content: str | None, embed: discord.Embed | None, path: str
) -> None:
    with pytest.raises(discord.HTTPException, match=f"In {path}") as error:
        await bot.text(channel).send(content, embeds=[embed] if embed else [])
    assert code_of(error) == (400, 50035)
    assert channel.history == []


async def test_embeds_together_are_limited_in_fields_and_size(bot: Bot, channel: Channel) -> None:
    many = discord.Embed()
    for number in range(26):
        many.add_field(name=str(number), value="값")
    large = discord.Embed(description="가" * 3001)
    await bot.text(channel).send("가" * 2000, embed=discord.Embed(description="가" * 4096))
    for embeds in ([many], [large, large]):
        with pytest.raises(discord.HTTPException) as error:
            await bot.text(channel).send(embeds=embeds)
        assert code_of(error) == (400, 50035)


async def test_an_empty_message_is_refused(bot: Bot, channel: Channel, minji: Member) -> None:
    with pytest.raises(discord.HTTPException) as error:
        await bot.text(channel).send("  ")
    assert code_of(error) == (400, 50006)
    with pytest.raises(DiscordError, match="empty message"):
        await minji.send(channel, "")


async def test_one_nonce_makes_one_message(server: DiscordServer, bot: Bot, channel: Channel) -> None:
    first = await bot.text(channel).send("한 번만", nonce="7")
    again = await bot.text(channel).send("한 번만", nonce="7")
    assert first.id == again.id
    assert len(channel.history) == 1
    await bot.text(channel).send("한 번 더", nonce="8")
    assert len(channel.history) == 2


async def test_a_lost_answer_is_retried_without_a_second_message(
    server: DiscordServer, bot: Bot, channel: Channel
) -> None:
    server.faults.add("POST", "/messages$", status=502, after_effect=True)
    sent = await bot.text(channel).send("한 번만", nonce="7")
    assert [message.id for message in channel.history] == [sent.id]
    assert len(server.requests_to("POST", "/channels/.*/messages")) == 2


async def test_mentions_reach_only_whom_allowed_mentions_names(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, minji: Member
) -> None:
    role = guild.add_role("직원")
    text = f"<@{minji.id}> <@&{role.id}> @everyone"
    await bot.text(channel).send(text)
    loud = await server.wait_for_message(channel)
    assert (loud.mentions, loud.role_mentions, loud.mentions_everyone) == ([minji.user], [role], False)
    await bot.text(channel).send(text, allowed_mentions=discord.AllowedMentions.none())
    quiet = await server.wait_for_message(channel)
    assert (quiet.mentions, quiet.role_mentions) == ([], [])


async def test_files_are_sent_embedded_kept_removed_and_served_back(
    server: DiscordServer, bot: Bot, channel: Channel
) -> None:
    picture = file("chart.png", PNG)
    table = discord.File(io.BytesIO("후기,평점".encode()), "모든 후기.csv", description="모든 후기")
    embed = discord.Embed(title="그래프").set_image(url="attachment://chart.png")
    sent = await bot.text(channel).send(embed=embed, files=[picture, table])
    message = await server.wait_for_message(channel)
    assert message.file("chart.png").data == PNG
    assert message.file("모든 후기.csv").description == "모든 후기"
    assert [attachment.filename for attachment in sent.attachments] == ["모든 후기.csv"]
    assert await sent.attachments[0].read() == "후기,평점".encode()
    assert sent.embeds[0].image.url == message.file("chart.png").url
    edited = await sent.edit(attachments=[*sent.attachments, file("second.txt", b"2")])
    assert [attachment.filename for attachment in edited.attachments] == ["모든 후기.csv", "second.txt"]
    await edited.edit(attachments=[])
    assert [attachment.filename for attachment in message.attachments] == ["chart.png"]


async def test_the_bot_reads_the_files_of_members(bot: Bot, channel: Channel, minji: Member) -> None:
    await minji.send(channel, files=[Upload("picture.png", PNG)])
    attachment = (await bot.hear("message")).attachments[0]
    assert (attachment.width, attachment.height, attachment.content_type) == (3, 2, "image/png")
    assert await attachment.read() == PNG


async def test_too_large_a_file_is_refused(bot: Bot, channel: Channel) -> None:
    with pytest.raises(discord.HTTPException) as error:
        await bot.text(channel).send(file=file("large.bin", b"0" * (10 * 1024 * 1024 + 1)))
    assert code_of(error) == (413, 40005)


async def test_without_the_intent_content_is_blank_but_in_mentions_direct_messages_and_own(
    server: DiscordServer, guild: Guild, channel: Channel, minji: Member
) -> None:
    intents = discord.Intents.all()
    intents.message_content = False
    async with server.running(bot := Bot(intents=intents)):
        secret = await minji.send(channel, "비밀", files=[Upload("secret.txt", b"1")])
        await minji.send(channel, f"<@{server.bot_user.id}> 이건 보여요")
        await minji.send(minji.direct_messages, "이것도 보여요")
        await bot.text(channel).send("내 말")
        await minji.send(channel, f"<@{server.bot_user.id}> 저 말은요?", reply_to=secret)
        await bot.hear("message", 5)
        contents = [message.content for message in bot.events("message")]
        assert contents[:4] == ["", f"<@{server.bot_user.id}> 이건 보여요", "이것도 보여요", "내 말"]
        assert bot.events("message")[0].attachments == []
        assert bot.events("message")[4].reference.resolved.content == ""


async def test_rest_blanks_content_too_unless_the_portal_allows_it(
    server: DiscordServer, channel: Channel, minji: Member
) -> None:
    server.privileged_intents = discord.Intents(members=True)
    message = await minji.send(channel, "비밀")
    async with server.running(bot := Bot(intents=discord.Intents.default())):
        assert (await bot.text(channel).fetch_message(message.id)).content == ""
        server.privileged_intents = discord.Intents(message_content=True)
        assert (await bot.text(channel).fetch_message(message.id)).content == "비밀"


async def test_webhooks_and_other_bots_speak_too(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel
) -> None:
    hook = channel.add_webhook("리뷰 알림")
    await hook.send("새 리뷰")
    heard = await bot.hear("message")
    assert (heard.webhook_id, heard.author.name, heard.author.bot) == (hook.id, "리뷰 알림", True)
    robot = guild.add_member("다른 봇", is_bot=True)
    await robot.send(channel, "삐빅", embeds=[{"title": "보고"}])
    heard = await bot.hear("message", 2)
    assert (heard.author.bot, heard.webhook_id, heard.embeds[0].title) == (True, None, "보고")


async def test_the_bot_makes_webhooks_and_speaks_through_them(
    server: DiscordServer, bot: Bot, channel: Channel
) -> None:
    hook = await bot.text(channel).create_webhook(name="리뷰")
    assert [each.id for each in await bot.text(channel).webhooks()] == [hook.id]
    sent = await hook.send("안녕", username="손님", file=file("a.txt", b"1"), wait=True)
    message = await server.wait_for_message(channel)
    assert (message.author.name, message.content, message.webhook_id) == ("손님", "안녕", hook.id)
    await sent.edit(content="고침")
    assert message.content == "고침"
    await sent.delete()
    assert message.is_deleted
    await hook.delete()
    with pytest.raises(discord.NotFound) as error:
        await hook.send("없음")
    assert code_of(error) == (404, 10015)


async def test_reactions_are_added_heard_listed_and_removed(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, minji: Member
) -> None:
    message = await minji.send(channel, "별로예요")
    heard = await bot.hear("message")
    await heard.add_reaction("🚩")
    assert message.has_reaction("🚩", by=server.bot_user)
    await minji.react(message, "🚩")
    await server.wait_for(lambda: len(bot.events("raw_reaction_add")) == 2)
    flag = (await heard.channel.fetch_message(message.id)).reactions[0]
    assert (flag.emoji, flag.count, flag.me) == ("🚩", 2, True)
    assert {user.id async for user in flag.users()} == {minji.id, server.bot_user.id}
    await heard.remove_reaction("🚩", bot.user)
    assert not message.has_reaction("🚩", by=server.bot_user)
    await heard.remove_reaction("🚩", discord.Object(minji.id))
    assert message.reactions == []
    emoji = guild.add_emoji("angry_review")
    await minji.react(message, str(emoji))
    await heard.add_reaction(str(emoji))
    await heard.clear_reaction(str(emoji))
    await minji.react(message, "👍")
    await heard.clear_reactions()
    await bot.hear("raw_reaction_clear")
    assert message.reactions == []


async def test_what_is_no_emoji_is_refused(bot: Bot, channel: Channel, minji: Member) -> None:
    await minji.send(channel, "안녕")
    heard = await bot.hear("message")
    for nonsense in ("flag", "깃발", "angry:123"):
        with pytest.raises(discord.HTTPException) as error:
            await heard.add_reaction(nonsense)
        assert code_of(error) == (400, 10014)


async def test_messages_are_pinned_and_unpinned(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member
) -> None:
    message = await minji.send(channel, "공지")
    heard = await bot.hear("message")
    await heard.pin()
    assert channel.pins == [message]
    assert [pinned.id async for pinned in heard.channel.pins()] == [message.id]
    assert (await bot.hear("message", 2)).type is discord.MessageType.pins_add
    await heard.unpin()
    assert channel.pins == []


async def test_typing_goes_both_ways(
    server: DiscordServer,
    bot: Bot,
    channel: Channel,
    minji: Member,
) -> None:
    await minji.type_in(channel)
    await bot.hear("raw_typing")
    async with bot.text(channel).typing():
        await server.wait_for(lambda: server.requests_to("POST", r"/channels/\d+/typing"))


async def test_the_bot_opens_a_thread_from_a_message(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member
) -> None:
    await minji.send(channel, "자세히 말해 주세요")
    thread = await (await bot.hear("message")).create_thread(name="상담")
    await thread.send("무슨 일인가요?")
    opened = server.state.channel(thread.id)
    assert (opened.name, opened.parent) == ("상담", channel)
    reply = await minji.send(opened, "배송이요")
    await server.wait_for(lambda: "배송이요" in [m.content for m in bot.events("message")])
    assert [m.id async for m in thread.history(limit=1)] == [reply.id]
    await thread.edit(archived=True)
    assert opened.is_archived
    assert [each.id async for each in bot.text(channel).archived_threads()] == [thread.id]
    with pytest.raises(discord.HTTPException) as error:
        await bot.text(channel).create_thread(name="또", message=discord.Object(thread.id))
    assert code_of(error) == (400, 160004)


async def test_members_open_threads_and_forum_posts(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, minji: Member
) -> None:
    thread = channel.add_thread("이야기", author=minji)
    assert (await bot.hear("thread_create")).id == thread.id
    await minji.send(thread, "안녕")
    heard = await bot.hear("message")
    assert isinstance(heard.channel, discord.Thread)
    forum = guild.add_forum("후기 게시판")
    post = forum.add_thread("별 하나", author=minji, content="다시는 안 사요")
    heard = await bot.hear("message", 2)
    assert (heard.content, heard.id, heard.channel.parent.id) == ("다시는 안 사요", post.id, forum.id)


async def test_the_bot_posts_in_forums_but_not_without_a_message(
    server: DiscordServer,
    bot: Bot,
    guild: Guild,
) -> None:
    forum = guild.add_forum("보고서")
    await bot.hear("guild_channel_create")
    seen = bot.get_channel(forum.id)
    assert isinstance(seen, discord.ForumChannel)
    thread, message = await seen.create_thread(name="이번 주", content="요약", file=file("a", b"1"))
    assert thread.id == message.id
    stored = server.state.channel(thread.id).history[0]
    assert (stored.content, stored.file("a").data) == ("요약", b"1")


async def test_direct_messages_go_both_ways_unless_closed(
    server: DiscordServer,
    bot: Bot,
    minji: Member,
) -> None:
    await minji.send(minji.direct_messages, "저기요")
    heard = await bot.hear("message")
    assert (heard.guild, heard.content) == (None, "저기요")
    await (await bot.fetch_user(minji.id)).send("네")
    assert (await server.wait_for_message(minji.direct_messages, author=server.bot_user)).content == "네"
    minji.user.accepts_direct_messages = False
    with pytest.raises(discord.Forbidden) as error:
        await heard.channel.send("여보세요?")
    assert code_of(error) == (403, 50007)


# Permissions


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        ("view_channel", 50001),
        ("send_messages", 50013),
        ("embed_links", 50013),
        ("attach_files", 50013),
        ("add_reactions", 50013),
        ("read_message_history", 50013),
        ("manage_messages", 50013),
        ("pin_messages", 50013),
        ("manage_webhooks", 50013),
    ],
)
async def test_what_the_bot_may_not_do_in_a_channel_is_answered_with_403(
    bot: Bot, guild: Guild, channel: Channel, minji: Member, permission: str, code: int
) -> None:
    await minji.send(channel, "별로예요")
    heard = await bot.hear("message")
    text = bot.text(channel)
    requests: dict[str, Any] = {
        "view_channel": lambda: text.send("안녕"),
        "send_messages": lambda: text.send("안녕"),
        "embed_links": lambda: text.send(embed=discord.Embed(title="안녕")),
        "attach_files": lambda: text.send(file=file("a.txt", b"1")),
        "add_reactions": lambda: heard.add_reaction("🚩"),
        "read_message_history": lambda: text.fetch_message(heard.id),
        "manage_messages": lambda: heard.delete(),
        "pin_messages": lambda: heard.pin(),
        "manage_webhooks": lambda: text.create_webhook(name="안녕"),
    }
    await requests[permission]()
    channel.set_permissions(guild.bot, **{permission: False})
    if permission == "manage_messages":
        await minji.send(channel, "또 별로예요")
        heard = await bot.hear("message", 2)
    with pytest.raises(discord.Forbidden) as error:
        await (heard.add_reaction("👀") if permission == "add_reactions" else requests[permission]())
    assert code_of(error) == (403, code)


async def test_a_channel_that_the_bot_cannot_see_is_silent(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, minji: Member
) -> None:
    hidden = guild.add_text_channel("비밀")
    hidden.set_permissions(guild.everyone, view_channel=False)
    hidden.set_permissions(minji, view_channel=True)
    await minji.send(hidden, "안 들리지?")
    await minji.send(channel, "들리지?")
    assert (await bot.hear("message")).content == "들리지?"
    assert not server.can(hidden, "view_channel")


async def test_history_without_the_permission_is_empty(
    bot: Bot,
    guild: Guild,
    channel: Channel,
    minji: Member,
) -> None:
    await minji.send(channel, "안녕")
    channel.set_permissions(guild.bot, read_message_history=False)
    assert [message async for message in bot.text(channel).history()] == []


async def test_overwrites_apply_in_discords_order(
    server: DiscordServer,
    guild: Guild,
    channel: Channel,
) -> None:
    silent, loud = guild.add_role("침묵"), guild.add_role("발언")
    member = guild.add_member("하나", roles=(silent, loud))
    channel.set_permissions(guild.everyone, send_messages=False)
    with pytest.raises(DiscordError, match="50013"):
        await member.send(channel, "하나")
    channel.set_permissions(silent, send_messages=False)
    channel.set_permissions(loud, send_messages=True)
    await member.send(channel, "둘")
    channel.set_permissions(member, send_messages=False)
    with pytest.raises(DiscordError, match="50013"):
        await member.send(channel, "셋")
    await guild.owner.send(channel, "넷")
    admin = guild.add_member("관리자", permissions=discord.Permissions(administrator=True))
    await admin.send(channel, "다섯")


async def test_threads_have_their_own_permission_to_send(bot: Bot, guild: Guild, channel: Channel) -> None:
    thread = channel.add_thread("이야기")
    channel.set_permissions(guild.bot, send_messages=False)
    seen = await bot.hear("thread_create")
    await seen.send("여기선 돼요")
    channel.set_permissions(guild.bot, send_messages_in_threads=False)
    with pytest.raises(discord.Forbidden) as error:
        await seen.send("이젠 안 돼요")
    assert code_of(error) == (403, 50013)
    assert len(thread.history) == 1


async def test_members_may_not_touch_what_is_not_theirs(
    bot: Bot, channel: Channel, minji: Member, guild: Guild
) -> None:
    message = await guild.owner.send(channel, "공지")
    with pytest.raises(DiscordError, match="50005"):
        await minji.edit(message, "장난")
    with pytest.raises(DiscordError, match="50013"):
        await minji.delete(message)
    await guild.owner.react(message, "👍")
    with pytest.raises(DiscordError, match="50013"):
        await minji.unreact(message, "👍", of=guild.owner.user)
    heard = await bot.hear("message")
    with pytest.raises(discord.Forbidden) as error:
        await heard.edit(content="봇의 장난")
    assert code_of(error) == (403, 50005)


async def test_the_bot_times_out_members_below_it_with_a_reason(
    server: DiscordServer, bot: Bot, guild: Guild, channel: Channel, minji: Member
) -> None:
    seen = bot.get_guild(guild.id)
    assert seen is not None
    await seen.get_member(minji.id).timeout(timedelta(minutes=5), reason="욕설")  # type: ignore[union-attr]
    assert minji.is_timed_out
    assert server.requests_to("PATCH", "/guilds")[0].reason == "욕설"
    with pytest.raises(DiscordError, match="50013"):
        await minji.send(channel, "억울해요")
    with pytest.raises(discord.Forbidden):
        await seen.get_member(guild.owner_id).timeout(timedelta(minutes=5))  # type: ignore[union-attr]
    with pytest.raises(discord.Forbidden):
        await seen.get_member(minji.id).kick()  # type: ignore[union-attr]
    superior = guild.add_member("팀장", roles=(guild.add_role("팀장"),))
    await bot.hear("member_join")
    with pytest.raises(discord.Forbidden):
        await seen.get_member(superior.id).timeout(timedelta(minutes=5))  # type: ignore[union-attr]


async def test_the_bot_manages_channels_members_and_roles_with_the_permissions(
    server: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild = server.add_guild(bot_permissions=discord.Permissions(administrator=True))
    minji, role = guild.add_member("민지"), guild.add_role("단골", position=0)
    async with server.running(bot := Bot()):
        seen = bot.get_guild(guild.id)
        assert seen is not None
        text = await seen.create_text_channel(
            "mod-log", overwrites={seen.default_role: discord.PermissionOverwrite(view_channel=False)}
        )
        created = guild.channels[text.id]
        with pytest.raises(DiscordError, match="50001"):
            await minji.send(created, "보여요?")
        await text.set_permissions(seen.default_role, view_channel=True)
        await minji.send(created, "보여요")
        await text.edit(name="log", slowmode_delay=5)
        assert (created.name, created.slowmode_seconds) == ("log", 5)
        member = seen.get_member(minji.id)
        assert member is not None
        await member.edit(nick="단골 민지")
        await member.add_roles(discord.Object(role.id))
        assert (minji.nick, role in minji.roles) == ("단골 민지", True)
        await member.remove_roles(discord.Object(role.id))
        await member.ban()
        assert (guild.banned, minji.id in guild.members) == ([minji.user], False)
        await seen.unban(member)
        await text.delete()
        assert text.id not in guild.channels
        await seen.leave()
        assert server.bot_user.id not in guild.members


# Application commands


@pytest.fixture
async def tree(bot: Bot) -> Tree:
    return bot.tree


async def test_commands_are_synced_listed_and_keep_their_ids(
    server: DiscordServer, bot: Bot, guild: Guild, tree: Tree
) -> None:
    @tree.command(description="확인")
    async def check(interaction: discord.Interaction, text: str) -> None: ...

    @tree.command(description="상점만", guild=discord.Object(guild.id))
    @app_commands.default_permissions(manage_guild=True)
    async def settings(interaction: discord.Interaction) -> None: ...

    first = await tree.sync()
    own = await tree.sync(guild=discord.Object(guild.id))
    assert [command.name for command in first] == ["check"]
    assert own[0].guild_id == guild.id
    assert own[0].default_member_permissions == discord.Permissions(manage_guild=True)
    assert [command.id for command in await tree.sync()] == [first[0].id]
    assert [command.options[0].name for command in await tree.fetch_commands()] == ["text"]
    await first[0].delete()
    assert await tree.fetch_commands() == []


OPTION = {"type": 3, "description": "글"}


@pytest.mark.parametrize(
    ("definitions", "path"),
    [
        ([{"name": "Check It", "description": "확인"}], "0.name"),
        ([{"name": "check", "description": ""}], "0.description"),
        (
            [{"name": "check", "description": "확인", "name_localizations": {"ko": "확 인"}}],
            "0.name_localizations.ko",
        ),
        ([{"name": "check", "description": "하나"}, {"name": "check", "description": "둘"}], "1.name"),
        (
            [
                {
                    "name": "check",
                    "description": "확인",
                    "options": [{"name": "a", **OPTION}, {"name": "b", "required": True, **OPTION}],
                }
            ],
            "0.options.1",
        ),
    ],
)
async def test_bad_command_definitions_are_refused(
    server: DiscordServer, bot: Bot, definitions: list[Any], path: str
) -> None:
    with pytest.raises(discord.HTTPException, match=f"In {path}: ") as error:
        await bot.http.bulk_upsert_global_commands(server.application_id, definitions)
    assert code_of(error) == (400, 50035)
    assert await bot.tree.fetch_commands() == []


async def test_a_sync_can_be_made_to_fail(server: DiscordServer, bot: Bot) -> None:
    server.faults.add("PUT", "/commands$", status=400, code=50035, message="Invalid Form Body")
    with pytest.raises(app_commands.CommandSyncFailure):
        await bot.tree.sync()


async def test_translated_command_names_are_checked_and_understood(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member, tree: Tree
) -> None:
    class Korean(app_commands.Translator):
        async def translate(
            self,
            string: app_commands.locale_str,
            locale: discord.Locale,
            context: Any,
        ) -> str | None:
            is_korean = locale is discord.Locale.korean
            return {"check": "확인", "text": "내용"}.get(string.message) if is_korean else None

    @tree.command(name=app_commands.locale_str("check"), description="확인")
    @app_commands.rename(text=app_commands.locale_str("text"))
    async def check(interaction: discord.Interaction, text: str) -> None:
        await interaction.response.send_message(f"{interaction.locale.value}: {text}")

    await tree.set_translator(Korean())
    await tree.sync()
    assert (await minji.use_slash(channel, "확인", 내용="별로")).content == "ko: 별로"
    assert (await minji.use_slash(channel, "check", text="meh", locale="en-US")).content == "en-US: meh"
    with pytest.raises(LookupError, match="check"):
        await minji.use_slash(channel, "확인", 내용="별로", locale="en-US")


async def test_a_slash_command_gets_every_kind_of_option(
    server: DiscordServer, guild: Guild, channel: Channel, minji: Member, tree: Tree
) -> None:
    got: list[Any] = []

    @tree.command(description="모두")
    @app_commands.choices(kind=[app_commands.Choice(name="후기", value="review")])
    async def everything(
        interaction: discord.Interaction,
        text: str,
        number: app_commands.Range[int, 1, 5],
        ratio: float,
        switch: bool,
        who: discord.Member,
        where: discord.TextChannel,
        role: discord.Role,
        file: discord.Attachment,
        kind: app_commands.Choice[str],
    ) -> None:
        got.extend([text, number, ratio, switch, who.id, where.id, role.id, await file.read(), kind.name])
        got.append(interaction.permissions.send_messages)
        await interaction.response.send_message("네")

    await tree.sync()
    role = guild.add_role("직원")
    options: dict[str, Any] = {
        "text": "별로예요",
        "number": 3,
        "ratio": 0.5,
        "switch": True,
        "who": minji,
        "where": channel,
        "role": role,
        "file": Upload("a.txt", b"1"),
        "kind": "review",
    }
    answer = await minji.use_slash(channel, "everything", **options)
    assert answer.content == "네"
    assert got == ["별로예요", 3, 0.5, True, minji.id, channel.id, role.id, b"1", "후기", True]
    for broken in ({"number": 6}, {"kind": "other"}, {"text": 3}, {"unknown": 1}):
        with pytest.raises(ValueError, match=next(iter(broken))):
            await minji.use_slash(channel, "everything", **(options | broken))
    del options["text"]
    with pytest.raises(ValueError, match="text"):
        await minji.use_slash(channel, "everything", **options)


async def test_subcommands_are_used_through_their_group(channel: Channel, minji: Member, tree: Tree) -> None:
    group = app_commands.Group(name="settings", description="설정")

    @group.command(description="문턱")
    async def threshold(interaction: discord.Interaction, value: float) -> None:
        await interaction.response.send_message(f"문턱 {value}")

    tree.add_command(group)
    await tree.sync()
    assert (await minji.use_slash(channel, "settings threshold", value=0.9)).content == "문턱 0.9"
    with pytest.raises(LookupError, match="threshold"):
        await minji.use_slash(channel, "settings limit", value=0.9)
    with pytest.raises(LookupError, match="subcommands"):
        await minji.use_slash(channel, "settings")


async def test_an_ephemeral_answer_is_seen_only_by_its_member(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member, tree: Tree
) -> None:
    @tree.command(description="확인")
    async def check(interaction: discord.Interaction) -> None:
        embed = discord.Embed(title="판정").set_image(url="attachment://chart.png")
        chart = file("chart.png", PNG)
        await interaction.response.send_message("비밀", embed=embed, file=chart, ephemeral=True)

    await tree.sync()
    answer = await minji.use_slash(channel, "check")
    assert (answer.is_ephemeral, answer.was_deferred, answer.content) == (True, False, "비밀")
    assert (answer.embeds[0]["title"], answer.files[0].data) == ("판정", PNG)
    assert channel.history == []
    assert bot.events("message") == []


async def test_a_public_answer_is_a_message_of_the_channel(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member, tree: Tree
) -> None:
    @tree.command(description="확인")
    async def check(interaction: discord.Interaction) -> None:
        callback = await interaction.response.send_message("모두에게")
        assert isinstance(callback.resource, discord.InteractionMessage)
        await callback.resource.edit(content="고침")

    await tree.sync()
    answer = await minji.use_slash(channel, "check")
    await server.wait_for(lambda: answer.edits)
    message = await server.wait_for_message(channel, author=server.bot_user)
    assert (message, message.content, message.type) == (answer.message, "고침", 20)
    heard = await bot.hear("message")
    assert heard.interaction_metadata.user.id == minji.id


async def test_a_deferred_answer_is_filled_in_edited_followed_and_deleted(
    server: DiscordServer, channel: Channel, minji: Member, tree: Tree
) -> None:
    may_go_on = asyncio.Event()
    originals: list[str] = []

    @tree.command(description="오래")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await may_go_on.wait()
        await interaction.followup.send("결과", file=file("a.txt", b"1"))
        await interaction.edit_original_response(content="50 %")
        more = await interaction.followup.send("하나 더", wait=True, ephemeral=True)
        await more.edit(content="둘 더")
        originals.append((await interaction.original_response()).content)
        await more.delete()
        await interaction.delete_original_response()

    await tree.sync()
    answer = await minji.use_slash(channel, "slow", until="acknowledged")
    assert (answer.was_deferred, answer.is_ephemeral, answer.message.is_loading) == (True, True, True)
    may_go_on.set()
    await server.wait_for(lambda: answer.message.is_deleted)
    assert (answer.files[0].data, answer.content, len(answer.edits), originals) == (b"1", "50 %", 1, ["50 %"])
    assert (answer.followups[0].content, answer.followups[0].is_deleted) == ("둘 더", True)


async def test_using_a_slash_command_waits_until_a_deferred_answer_is_shown(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member, tree: Tree
) -> None:
    @tree.command(description="오래")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await asyncio.sleep(0.1)
        await interaction.edit_original_response(content="다 됐어요")

    await tree.sync()
    answer = await minji.use_slash(channel, "slow")
    assert (answer.content, answer.was_deferred, answer.is_ephemeral) == ("다 됐어요", True, False)
    assert (await server.wait_for_message(channel)).content == "다 됐어요"


async def test_commands_are_refused_to_members_without_their_permissions(
    guild: Guild, channel: Channel, minji: Member, tree: Tree
) -> None:
    @tree.command(description="재학습")
    @app_commands.default_permissions(manage_guild=True)
    async def retrain(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("시작")

    await tree.sync()
    with pytest.raises(PermissionError, match="manage_guild"):
        await minji.use_slash(channel, "retrain")
    manager = guild.add_member("매니저", permissions=discord.Permissions(manage_guild=True))
    assert (await manager.use_slash(channel, "retrain")).content == "시작"
    channel.set_permissions(manager, use_application_commands=False)
    with pytest.raises(PermissionError):
        await manager.use_slash(channel, "retrain")
    with pytest.raises(LookupError, match="retrain"):
        await manager.use_slash(channel, "unknown")


async def test_commands_work_in_direct_messages_unless_for_guilds_only(minji: Member, tree: Tree) -> None:
    @tree.command(description="확인")
    async def check(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"{interaction.guild} {interaction.user.name}")

    @tree.command(description="설정")
    @app_commands.guild_only()
    async def settings(interaction: discord.Interaction) -> None: ...

    await tree.sync()
    assert (await minji.use_slash(minji.direct_messages, "check")).content == "None 민지"
    with pytest.raises(PermissionError, match="here"):
        await minji.use_slash(minji.direct_messages, "settings")


async def test_context_menus_get_their_message_or_member(channel: Channel, minji: Member, tree: Tree) -> None:
    @tree.context_menu(name="리뷰 확인")
    async def judge(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"판정: {message.content}", ephemeral=True)

    @tree.command(name="judge", description="이름이 같은 명령")
    async def judge_text(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("글을 주세요", ephemeral=True)

    @tree.context_menu(name="judge")
    async def judge_too(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"또 {message.content}", ephemeral=True)

    @tree.context_menu(name="손님 보기")
    async def look(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(member.name, ephemeral=True)

    await tree.sync()
    message = await minji.send(channel, "별로예요")
    assert (await minji.use_context_menu(channel, "리뷰 확인", message)).content == "판정: 별로예요"
    assert (await minji.use_context_menu(channel, "judge", message)).content == "또 별로예요"
    assert (await minji.use_slash(channel, "judge")).content == "글을 주세요"
    assert (await minji.use_context_menu(channel, "손님 보기", minji)).content == "민지"


async def test_options_are_completed_while_one_types(channel: Channel, minji: Member, tree: Tree) -> None:
    @tree.command(description="비슷한 말")
    async def similar(interaction: discord.Interaction, word: str, n: int = 5) -> None: ...

    @similar.autocomplete("word")
    async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        words = ["배송", "배달", "포장"]
        return [app_commands.Choice(name=each, value=each) for each in words if each.startswith(current)]

    await tree.sync()
    choices = await minji.autocomplete(channel, "similar", option="word", value="배")
    assert [choice["value"] for choice in choices] == ["배송", "배달"]
    with pytest.raises(ValueError, match="autocomplete"):
        await minji.autocomplete(channel, "similar", option="n", value="3")


class Decision(discord.ui.View):
    """Buttons and a menu under an alert."""

    @discord.ui.button(label="맞아요", custom_id="right")
    async def right(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        button.disabled = True
        await interaction.response.edit_message(content=f"{interaction.user.name}: 맞아요", view=self)

    @discord.ui.button(label="나중에", custom_id="later")
    async def later(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="나중에 봐요")

    @discord.ui.button(label="이유", custom_id="why")
    async def why(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.send_modal(Reason())

    @discord.ui.select(
        custom_id="kind",
        options=[
            discord.SelectOption(label="욕설", value="abuse"),
            discord.SelectOption(label="광고", value="ad"),
        ],
    )
    async def kind(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
        await interaction.response.send_message(select.values[0], ephemeral=True)


class Reason(discord.ui.Modal, title="이유"):
    """A form with one required and one prefilled input."""

    text: discord.ui.Label[Any] = discord.ui.Label(
        text="무엇이요?", component=discord.ui.TextInput(custom_id="text", max_length=10)
    )
    who: discord.ui.TextInput[Any] = discord.ui.TextInput(label="누가요?", default="모름", required=False)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        written = self.text.component
        assert isinstance(written, discord.ui.TextInput)
        await interaction.response.send_message(f"{self.who.value}: {written.value}", ephemeral=True)


async def test_buttons_update_their_message_and_can_be_disabled(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member
) -> None:
    await bot.text(channel).send("경고", view=Decision())
    alert = await server.wait_for_message(channel)
    answer = await minji.click(alert, custom_id="right")
    assert (answer.message, alert.content) == (alert, "민지: 맞아요")
    with pytest.raises(PermissionError, match="disabled"):
        await minji.click(alert, label="맞아요")
    with pytest.raises(LookupError, match="later"):
        await minji.click(alert, custom_id="unknown")
    await minji.click(alert, label="나중에")
    await server.wait_for(lambda: alert.content == "나중에 봐요")


async def test_persistent_buttons_of_a_former_run_still_work(
    server: DiscordServer, channel: Channel, minji: Member
) -> None:
    class Persistent(Bot):
        async def setup_hook(self) -> None:
            view = Decision(timeout=None)
            self.add_view(view)

    async with server.running(bot := Persistent()):
        await bot.text(channel).send("경고", view=Decision(timeout=None))
    alert = await server.wait_for_message(channel)
    async with server.running(Persistent()):
        await minji.click(alert, custom_id="right")
    assert alert.content == "민지: 맞아요"


async def test_menus_offer_only_their_options(
    server: DiscordServer,
    bot: Bot,
    channel: Channel,
    minji: Member,
) -> None:
    await bot.text(channel).send("경고", view=Decision())
    alert = await server.wait_for_message(channel)
    assert (await minji.select(alert, ["ad"])).content == "ad"
    for values in (["other"], ["ad", "abuse"]):
        with pytest.raises(ValueError, match="values"):
            await minji.select(alert, values)


async def test_a_menu_of_members_gets_members(
    server: DiscordServer,
    bot: Bot,
    channel: Channel,
    minji: Member,
) -> None:
    class Choose(discord.ui.View):
        @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who")
        async def who(self, interaction: discord.Interaction, select: discord.ui.UserSelect[Any]) -> None:
            await interaction.response.send_message(select.values[0].name)

    await bot.text(channel).send("누구?", view=Choose())
    message = await server.wait_for_message(channel)
    assert (await minji.select(message, [minji])).content == "민지"


async def test_modals_are_filled_in_and_submitted(
    server: DiscordServer, bot: Bot, channel: Channel, minji: Member, guild: Guild
) -> None:
    await bot.text(channel).send("경고", view=Decision())
    opened = await minji.click(await server.wait_for_message(channel), custom_id="why")
    assert opened.modal["title"] == "이유"
    with pytest.raises(ValueError, match="text"):
        await minji.submit_modal(opened, {"text": "가" * 11})
    with pytest.raises(LookupError):
        await minji.submit_modal(opened, {"어디서요?": "여기"})
    with pytest.raises(PermissionError):
        await guild.owner.submit_modal(opened, {"text": "욕설"})
    submitted = await minji.submit_modal(opened, {"무엇이요?": "욕설"})
    assert (submitted.content, submitted.is_ephemeral) == ("모름: 욕설", True)


async def test_only_its_member_presses_buttons_of_an_ephemeral_answer(
    guild: Guild, channel: Channel, minji: Member, tree: Tree
) -> None:
    @tree.command(description="확인")
    async def check(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("비밀", view=Decision(), ephemeral=True)

    await tree.sync()
    answer = await minji.use_slash(channel, "check")
    with pytest.raises(PermissionError, match="visible"):
        await guild.owner.click(answer.message, custom_id="right")
    await minji.click(answer.message, custom_id="right")
    assert answer.content == "민지: 맞아요"


async def test_a_late_response_is_unknown_and_a_second_one_refused(
    server: DiscordServer, channel: Channel, minji: Member, tree: Tree
) -> None:
    codes: list[int] = []

    @tree.command(description="늦게")
    async def late(interaction: discord.Interaction) -> None:
        await asyncio.sleep(0.1)
        try:
            await interaction.response.send_message("늦었나요?")
        except discord.NotFound as error:
            codes.append(error.code)

    @tree.command(description="두 번")
    async def twice(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("하나")
        interaction.response._response_type = None
        try:
            await interaction.response.send_message("둘")
        except discord.HTTPException as error:
            codes.append(error.code)

    await tree.sync()
    await minji.use_slash(channel, "twice")
    await server.wait_for(lambda: codes == [40060])
    server.interactions.deadline = 0.05
    with pytest.raises(TimeoutError, match="late"):
        await minji.use_slash(channel, "late", within=0.3)
    assert codes == [40060, 10062]


async def test_a_refused_response_does_not_acknowledge(channel: Channel, minji: Member, tree: Tree) -> None:
    @tree.command(description="길게")
    async def long(interaction: discord.Interaction) -> None:
        try:
            await interaction.response.send_message("가" * 2001)
        except discord.HTTPException as error:
            await interaction.response.send_message(str(error.code))

    await tree.sync()
    assert (await minji.use_slash(channel, "long")).content == "50035"


async def test_responses_that_do_not_fit_their_interaction_are_refused(
    channel: Channel, minji: Member, tree: Tree
) -> None:
    class Wrong(discord.ui.Modal, title="잘못"):
        text: discord.ui.TextInput[Any] = discord.ui.TextInput(label="글")

        async def on_submit(self, interaction: discord.Interaction) -> None:
            response = interaction.response
            for misfit in (response.send_modal(Wrong()), response.edit_message(content="?")):
                with pytest.raises(discord.HTTPException) as error:
                    await misfit
                assert code_of(error) == (400, 50035)
            await interaction.response.send_message("둘 다 안 돼요")

    @tree.command(description="열기")
    async def open_form(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Wrong())

    await tree.sync()
    opened = await minji.use_slash(channel, "open_form")
    assert (await minji.submit_modal(opened, {"글": "글"})).content == "둘 다 안 돼요"


async def test_the_token_of_an_interaction_expires(
    server: DiscordServer, channel: Channel, minji: Member, tree: Tree
) -> None:
    codes: list[int] = []

    @tree.command(description="오래")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await asyncio.sleep(0.1)
        try:
            await interaction.followup.send("이제야")
        except discord.HTTPException as error:
            codes.append(error.code)

    await tree.sync()
    server.interactions.lifetime = 0.05
    await minji.use_slash(channel, "slow", until="acknowledged")
    await server.wait_for(lambda: codes == [50027])


# Faults


async def test_a_429_is_waited_for_and_retried(server: DiscordServer, bot: Bot, channel: Channel) -> None:
    server.faults.add("POST", "/messages$", status=429, times=2, retry_after=0.05)
    server.faults.add("PUT", "/reactions/", status=429, retry_after=0.05, is_global=True)
    sent = await bot.text(channel).send("끝내 보냄")
    await sent.add_reaction("🚩")
    assert len(server.requests_to("POST", "/channels/.*/messages")) == 3
    assert channel.history[0].has_reaction("🚩")


async def test_a_429_without_via_is_a_ban_and_raised(
    server: DiscordServer,
    bot: Bot,
    channel: Channel,
) -> None:
    server.faults.add("POST", "/messages$", status=429, via=False)
    with pytest.raises(discord.HTTPException) as error:
        await bot.text(channel).send("못 보냄")
    assert error.value.status == 429


async def test_a_500_is_retried_and_a_503_raised(server: DiscordServer, bot: Bot, channel: Channel) -> None:
    server.faults.add("POST", "/messages$", status=500)
    await bot.text(channel).send("보냄")
    server.faults.add("POST", "/messages$", status=503)
    with pytest.raises(discord.DiscordServerError):
        await bot.text(channel).send("못 보냄")
    assert [message.content for message in channel.history] == ["보냄"]


async def test_answers_can_be_late_or_never_come(server: DiscordServer, bot: Bot, channel: Channel) -> None:
    server.faults.add("POST", "/messages$", delay=0.1)
    started = asyncio.get_running_loop().time()
    await bot.text(channel).send("늦게 보냄")
    assert asyncio.get_running_loop().time() - started >= 0.1
    server.faults.add("POST", "/messages$", hangs=True)
    hanging = asyncio.create_task(bot.text(channel).send("아직"))
    await asyncio.sleep(0.1)
    assert not hanging.done()
    server.faults.release()
    await hanging


async def test_requests_are_logged_and_quiet_is_waited_for(
    server: DiscordServer,
    bot: Bot,
    channel: Channel,
) -> None:
    await bot.text(channel).send("하나", file=file("a.txt", b"1"))
    request = server.requests_to("POST", f"/channels/{channel.id}/messages$")[0]
    assert (request.json["content"], request.files[0].data) == ("하나", b"1")
    n_requests = len(server.requests)
    await server.wait_until_quiet()
    assert len(server.requests) == n_requests


async def test_an_unknown_route_is_answered_with_404(bot: Bot, guild: Guild) -> None:
    with pytest.raises(discord.NotFound):
        await bot.get_guild(guild.id).invites()  # type: ignore[union-attr]
