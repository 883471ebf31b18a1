"""Stories of servers that get a digest once a week."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import discord
import pytest

from bot.cogs.stats.cog import Stats
from bot.domain.digests import DigestState, due_at
from bot.domain.guilds import GuildSettings, QuietHours
from bot.localisation.texts import Language, Texts
from bot.wording.statistics import dates
from tests.bot.cogs.stats.test_cog import judge
from tests.discord_server import Guild, Message
from tests.support.shop import BAD, Shop, cog_in, jigi_in
from tests.support.talk import EN, KO

_TO_DRAW = 20.0
YESTERDAY = (datetime.now(ZoneInfo("Asia/Seoul")).date() - timedelta(days=1)).weekday()


async def prepare(shop: Shop, language: Language = Language.KOREAN, **more: object) -> None:
    """Let the shop have chosen its digest for yesterday long ago, and have been judged in the week before."""
    async with shop.bot() as bot:
        jigi = jigi_in(bot)
        await jigi.settings.change(shop.guild.id, 1, digest_weekday=YESTERDAY, language=language, **more)
        await judge(bot, shop.guild, shop.reviews, 1, n_right=8, n_false=2)
        await shop.flagged(await shop.customer.send(shop.reviews, BAD))
        await jigi.pipeline.drain()
        cog_in(bot, Stats).send_digests.cancel()
    shop.change("UPDATE setting_changes SET changed_at = datetime('now', '-60 days')")
    shop.change("UPDATE verdicts SET created_at = datetime('now', '-3 days') || '.000000'")
    shop.change("DELETE FROM digests")


def title(texts: Texts) -> str:
    due = due_at(GuildSettings(digest_weekday=YESTERDAY), datetime.now(UTC))
    assert due is not None
    first = due.astimezone(ZoneInfo("Asia/Seoul")).date() - timedelta(days=7)
    return f"**{texts('stats.digest_title', dates=dates(first, texts))}**"


async def digest_in(shop: Shop) -> Message:
    """Return the newest digest, once there is one."""

    def found() -> list[Message]:
        return [each for each in shop.log.messages.values() if each.content.startswith("**")]

    await shop.server.wait_for(found, what="the digest", timeout=_TO_DRAW)
    return found()[-1]


def digests(shop: Shop, texts: Texts = KO) -> list[Message]:
    return [each for each in shop.log.messages.values() if each.content.startswith(title(texts))]


async def look(bot: discord.Client, now: datetime | None = None) -> None:
    """Look for what is due, as a minute later."""
    await cog_in(bot, Stats)._digests.send_due(now or datetime.now(UTC))  # type: ignore[arg-type]


@pytest.mark.parametrize(("language", "texts"), [(Language.KOREAN, KO), (Language.ENGLISH, EN)])
async def test_it_comes_in_the_guilds_language_with_picture_and_queue(
    shop: Shop, neighbour: Guild, language: Language, texts: Texts
) -> None:
    shop.log.set_permissions(shop.moderator, view_channel=True)
    await prepare(shop, language=language)
    async with shop.bot() as bot:
        digest = await digest_in(shop)
        lines = digest.content.splitlines()
        assert lines[0] == title(texts)
        assert lines[1] == texts("stats.counts", n_judged=21, n_flagged=11)
        assert texts("stats.rate", rate="**20%**", low="6%", high="51%", n_decided=10) in lines
        assert texts("stats.no_week_before") in lines
        assert lines[-1] == texts("stats.open", n=1)
        (picture,) = digest.attachments
        assert (picture.description or "").startswith(texts("stats.picture", title=title(texts).strip("*")))
        locale = "ko" if texts is KO else "en-US"
        answer = await shop.moderator.click(digest, label=texts("case_act.open_queue"), locale=locale)
        await shop.server.wait_for(lambda: answer.followups or answer.interaction.original, what="the queue")
        assert texts("queue.left", n=1) in answer.message.content
        assert all(not channel.messages for channel in neighbour.channels.values())
        await look(bot)
    assert len(digests(shop, texts)) == 1


async def test_it_comes_once_however_often_the_bot_starts_and_looks(shop: Shop) -> None:
    await prepare(shop)
    async with shop.bot() as bot:
        await digest_in(shop)
        await asyncio.gather(*(look(bot) for _ in range(3)))
    async with shop.bot() as bot:
        await look(bot)
    assert len(digests(shop)) == 1


async def test_after_three_weeks_away_it_comes_once(shop: Shop) -> None:
    await prepare(shop)
    shop.change(
        "INSERT INTO digests (guild_id, due_at, state, tried_at, n_tries) "
        "VALUES (?, datetime('now', '-30 days'), 'sent', datetime('now', '-30 days'), 1)", shop.guild.id
    )  # fmt: skip
    async with shop.bot() as bot:
        await digest_in(shop)
        await look(bot)
    assert len(digests(shop)) == 1


async def test_one_that_was_sent_and_not_written_down_is_found(shop: Shop) -> None:
    await prepare(shop)
    async with shop.bot():
        sent = await digest_in(shop)
        await shop.server.wait_for(lambda: shop.rows("SELECT message_id FROM digests")[0][0], what="the note")
    shop.change("UPDATE digests SET state = 'begun', message_id = NULL, tried_at = datetime('now', '-1 hours')")
    async with shop.bot() as bot:
        await shop.server.wait_for(lambda: shop.rows("SELECT state FROM digests") == [("sent",)], what="the note")
        newest = await jigi_in(bot).database.digests.newest(shop.guild.id)
    assert newest is not None
    assert (newest.state, newest.message_id, newest.n_tries) == (DigestState.SENT, sent.id, 2)
    assert len(digests(shop)) == 1


async def test_who_has_not_chosen_it_gets_none_and_a_new_choice_waits_for_its_day(shop: Shop, neighbour: Guild) -> None:
    async with shop.bot() as bot:
        await judge(bot, shop.guild, shop.reviews, 1, n_right=1, n_false=0)
        await jigi_in(bot).settings.change(shop.guild.id, 1, digest_weekday=YESTERDAY)
        await look(bot)
        assert await jigi_in(bot).database.digests.newest(shop.guild.id) is None
        assert await jigi_in(bot).database.digests.newest(neighbour.id) is None
    assert digests(shop) == []


async def test_nothing_to_tell_is_not_told(shop: Shop) -> None:
    await prepare(shop)
    shop.change("UPDATE verdicts SET created_at = datetime('now', '-40 days') || '.000000'")
    shop.change("UPDATE cases SET state = 'closed'")
    async with shop.bot() as bot:
        await shop.server.wait_for(lambda: shop.rows("SELECT state FROM digests") == [("nothing",)], what="the note")
        await look(bot)
    assert digests(shop) == []


async def test_in_quiet_hours_it_waits(shop: Shop) -> None:
    now = datetime.now(ZoneInfo("Asia/Seoul"))
    quiet = QuietHours(time((now.hour - 1) % 24), time((now.hour + 2) % 24))
    await prepare(shop, quiet_hours=quiet)
    async with shop.bot() as bot:
        await look(bot)
        assert await jigi_in(bot).database.digests.newest(shop.guild.id) is None
        await jigi_in(bot).settings.change(shop.guild.id, 1, quiet_hours=None)
        await look(bot)
    assert len(digests(shop)) == 1


async def test_two_weeks_are_compared_honestly(shop: Shop) -> None:
    await prepare(shop)
    shop.change("UPDATE verdicts SET created_at = datetime('now', '-10 days') || '.000000'")
    async with shop.bot() as bot:
        cog_in(bot, Stats).send_digests.cancel()
        await judge(bot, shop.guild, shop.reviews, 900_000, n_right=7, n_false=3)
        recent = "UPDATE verdicts SET created_at = datetime('now', '-3 days') || '.000000' WHERE message_id >= 900000"
        await shop.change_beside(bot, recent)
    shop.change("DELETE FROM digests")
    async with shop.bot():
        digest = await digest_in(shop)
    assert KO("stats.compared", judged_before=20, judged=21, flagged_before=10, flagged=11) in digest.content
    assert KO("stats.change_unclear", before="20%", after="30%") in digest.content


async def test_what_discord_refuses_is_told_and_tried_again(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    admin = shop.guild.add_member("운영자", permissions=discord.Permissions(manage_guild=True))
    await prepare(shop)
    shop.log.set_permissions(shop.guild.bot, view_channel=True, send_messages=False)
    async with shop.bot() as bot:
        await shop.server.wait_for(lambda: shop.rows("SELECT state FROM digests") == [("refused",)], what="the refusal")
        assert KO("permission.send_messages") in caplog.text
        answer = await admin.use_slash(shop.reviews, "settings digest", locale="ko")
        names = ", ".join(KO(f"permission.{each}") for each in ("send_messages", "attach_files"))
        unwritable = KO("settings.unwritable", channel=f"<#{shop.log.id}>", names=names)
        assert answer.content.splitlines()[-1] == unwritable
        shop.log.set_permissions(shop.guild.bot, view_channel=True)
        await look(bot)
        assert digests(shop) == []
        await look(bot, datetime.now(UTC) + timedelta(minutes=10))
        await shop.server.wait_for(lambda: digests(shop), what="the digest")
        answer = await admin.use_slash(shop.reviews, "settings digest", locale="ko")
        assert answer.content.splitlines()[1].endswith(KO("settings.digest_sent", when=""))


async def test_without_permission_to_attach_the_words_come_alone(shop: Shop) -> None:
    await prepare(shop)
    shop.log.set_permissions(shop.guild.bot, view_channel=True, attach_files=False)
    async with shop.bot():
        digest = await digest_in(shop)
    assert digest.attachments == []
    assert digest.content.splitlines()[-1] == f"-# {KO('words.no_picture')}"
