"""Stories of what Jigi does by itself where a guild has agreed to it, and of what it leaves alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.cogs.shared.types import Bot
from bot.domain.automatic import CAPS, Automatic
from tests.bot.cogs.cases.desk import alert_of, buttons, field, open_desk, press, said, settled
from tests.discord_server import Member, Message
from tests.discord_server.faults import FOREVER
from tests.discord_server.permissions import BOT_INVITE
from tests.support.processes import process
from tests.support.shop import BAD, GOOD, Shop, jigi_in
from tests.support.talk import EN, KO

MODEL = "keyword-1"
EVERYTHING = {f"{kind}_from": 0.99 for kind in Automatic}


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_desk(tmp_path, tiny_model) as shop:
        yield shop


async def agree(shop: Shop, bot: Bot, *kinds: str, guild_id: int | None = None, **values: Any) -> None:
    """Have the guild agree to acts from 99 %. What is written before its channel is live counts as history."""
    await shop.begin_watching(bot, shop.reviews)
    chosen = {f"{kind}_from": 0.99 for kind in kinds} | {"automatic_model": MODEL} | values
    await jigi_in(bot).settings.change(guild_id or shop.guild.id, shop.guild.owner.id, **chosen)


async def write(shop: Shop, bot: Bot, who: Member | None = None, **options: Any) -> Message:
    """Have somebody write what is negative, and wait until all that follows is done."""
    message = await (who or shop.customer).send(shop.reviews, BAD, **options)
    await shop.verdict(bot, message)
    await settled(bot)
    return message


def acts(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows("SELECT kind, by, coalesce(reason, refusal), minutes, is_done FROM case_acts ORDER BY id")


def replies(shop: Shop) -> list[Message]:
    return [each for each in shop.reviews.history if each.author is shop.server.bot_user]


class TestActing:
    async def test_nothing_is_done_unless_the_guild_has_agreed(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message = await write(shop, bot)
        assert not message.is_deleted
        assert (acts(shop), replies(shop), shop.customer.timed_out_until) == ([], [], None)

    async def test_it_replies_in_the_words_of_the_guilds_language_and_notifies_the_author_alone(
        self, shop: Shop
    ) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "reply")
            message = await write(shop, bot)
            alert = await shop.alert()
            await settled(bot)
        (reply,) = replies(shop)
        assert (reply.content, reply.reference) == (KO("automatic.reply_words"), message)
        assert reply.mentions == [shop.customer.user]
        assert acts(shop) == [("reply", None, reply.content, None, 1)]
        assert field(alert, "acts").startswith("자동 답장 · <t:")
        assert "자동 처리 되돌리기" in buttons(alert)

    async def test_the_guilds_own_words_notify_nobody_else(self, shop: Shop) -> None:
        words = f"@everyone <@{shop.moderator.id}> 죄송해요"
        async with shop.bot() as bot:
            await agree(shop, bot, "reply", reply_words=words)
            await write(shop, bot)
        (reply,) = replies(shop)
        assert reply.content == words
        assert reply.mentions == [shop.customer.user]
        assert not reply.mentions_everyone

    async def test_it_times_the_author_out_for_as_long_as_agreed(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout", timeout_minutes=60)
            await write(shop, bot)
            alert = await shop.alert()
            await settled(bot)
        until = shop.customer.timed_out_until
        assert until is not None
        assert timedelta(minutes=58) < until - datetime.now(UTC) < timedelta(minutes=61)
        (request,) = shop.server.requests_to("PATCH", f"/guilds/{shop.guild.id}/members")
        assert request.reason == KO("automatic.audit", number=1)
        assert acts(shop) == [("timeout", None, None, 60, 1)]
        assert field(alert, "acts").startswith("자동 타임아웃 1시간 · <t:")

    async def test_it_deletes_and_the_text_stays_in_the_case_for_a_moderator_to_judge(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "delete", "reply")
            message = await write(shop, bot)
            alert = await shop.alert()
            await settled(bot)
            assert message.is_deleted
            assert alert.embeds[0]["title"] == KO("automatic.title_deleted", number=1)
            assert BAD in alert.embeds[0]["description"]
            assert "바로 가기" not in str(alert.embeds)
            assert set(buttons(alert)) == {"맞음", "오탐", "닫기", "타임아웃", "앞 대화", "자동 처리 되돌리기"}
            assert shop.rows("SELECT text FROM verdicts WHERE is_flagged") == [(BAD,)]
            await said(shop, await press(shop.moderator, alert, "맞음"))
            await settled(bot)
        assert shop.rows("SELECT text, author_id FROM verdicts WHERE is_flagged") == [(None, None)]
        assert BAD not in str(alert.embeds)
        assert replies(shop) == []  # to what is deleted nobody replies
        assert [kind for kind, *_ in acts(shop)] == ["delete", "right"]
        (request,) = shop.server.requests_to("DELETE", f"/channels/{shop.reviews.id}/messages/{message.id}$")
        assert request.reason == KO("automatic.audit", number=1)

    async def test_another_guild_has_not_agreed_to_anything(self, shop: Shop) -> None:
        other = shop.server.add_guild()
        channel, log = other.add_text_channel("이웃 리뷰"), other.add_text_channel("이웃 기록")
        neighbour = other.add_member("이웃 손님")
        async with shop.bot() as bot:
            await agree(shop, bot, "delete", "timeout")
            watched = {"watched": shop.config.watched.__class__(frozenset({channel.id})), "log_channel_id": log.id}
            await jigi_in(bot).settings.change(other.id, other.owner.id, **watched)
            message = await neighbour.send(channel, BAD)
            await shop.flagged(message)
            await settled(bot)
        assert not message.is_deleted
        assert neighbour.timed_out_until is None
        assert acts(shop) == []

    @pytest.mark.parametrize(
        ("thresholds", "is_done"), [({}, True), ({"threshold": 0.989}, True), ({"threshold": 0.99}, False)]
    )
    async def test_it_rests_where_the_threshold_that_flags_is_not_below_it(
        self, shop: Shop, thresholds: dict[str, Any], is_done: bool
    ) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "reply", **thresholds)
            await write(shop, bot)
        assert bool(replies(shop)) is is_done

    async def test_it_rests_in_a_channel_whose_own_threshold_is_not_below_it(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "reply", thresholds={shop.reviews.id: 0.995})
            await write(shop, bot)
        assert (replies(shop), acts(shop)) == ([], [])

    async def test_it_rests_under_another_model_than_that_by_which_the_guild_has_agreed(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "reply", automatic_model="v3")
            await write(shop, bot)
        assert (replies(shop), acts(shop)) == ([], [])

    async def test_a_deletion_in_a_guild_is_judged_with_its_text_after_a_restart_too(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "delete")
            await write(shop, bot)
            alert = await shop.alert()
        async with shop.bot() as bot:  # which looks whether flagged messages are still there
            await settled(bot)
            await write(shop, bot)
        assert BAD in alert.embeds[0]["description"]
        assert len(shop.rows("SELECT 1 FROM verdicts WHERE text IS NOT NULL")) == 2


class TestNeverOnHistory:
    async def test_what_was_written_while_the_bot_was_away(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, *Automatic)
            await shop.begin_watching(bot, shop.reviews)
        message = await shop.customer.send(shop.reviews, BAD)
        async with shop.bot() as bot:
            await shop.flagged(message)
            await settled(bot)
        assert (acts(shop), message.is_deleted, shop.customer.timed_out_until) == ([], False, None)

    async def test_an_edit_that_makes_a_message_negative(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, *Automatic)
            message = await shop.customer.send(shop.reviews, "정말 좋아요 짱")
            await shop.verdict(bot, message)
            await shop.customer.edit(message, BAD)
            await shop.flagged(message)
            await settled(bot)
        assert (acts(shop), message.is_deleted, shop.customer.timed_out_until) == ([], False, None)

    @pytest.mark.parametrize(("seconds", "is_done"), [(30, True), (70, False)])
    async def test_a_message_that_comes_late(self, shop: Shop, seconds: int, is_done: bool) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "reply")
            await write(shop, bot, sent_at=datetime.now(UTC) - timedelta(seconds=seconds))
        assert bool(replies(shop)) is is_done

    async def test_what_was_not_begun_before_a_restart_is_dropped_once_it_is_old(self, shop: Shop) -> None:
        shop.server.faults.add("GET", f"/guilds/{shop.guild.id}/members/", status=503, times=1000)
        async with shop.bot() as bot:
            await agree(shop, bot, "delete")
            message = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
        shop.server.faults.release()
        assert shop.rows("SELECT state FROM actions WHERE kind = 'auto_delete'") == [("pending",)]
        old = (int((datetime.now(UTC) - timedelta(minutes=5)).timestamp() * 1000) - 1420070400000) << 22
        for table in ("verdicts", "cases"):
            shop.change(f"UPDATE {table} SET message_id = ?", old)
        shop.change("UPDATE actions SET due_at = NULL")
        async with shop.bot() as bot:
            await settled(bot)
        assert shop.rows("SELECT state FROM actions WHERE kind = 'auto_delete'") == [("done",)]
        assert "delete" not in [kind for kind, *_ in acts(shop)]
        assert not message.is_deleted
        assert shop.server.requests_to("DELETE", f"/channels/{shop.reviews.id}/messages/{old}") == []


class TestSparing:
    async def test_moderators_whose_messages_are_judged(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, *Automatic, exempts_moderators=False)
            message = await write(shop, bot, shop.moderator)
            await shop.flagged(message)
        assert (acts(shop), message.is_deleted, shop.moderator.timed_out_until) == ([], False, None)

    async def test_people_who_were_exempted_since(self, shop: Shop) -> None:
        hold = shop.server.faults.add("GET", f"/guilds/{shop.guild.id}/members/", hangs=True, times=10)
        async with shop.bot() as bot:
            await agree(shop, bot, "delete")
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.flagged(message)
            await jigi_in(bot).settings.change(
                shop.guild.id, shop.guild.owner.id, exempt_user_ids=frozenset({shop.customer.id})
            )
            hold.end()
            await settled(bot)
        assert (acts(shop), message.is_deleted) == ([], False)

    async def test_everybody_in_shadow_mode_and_without_a_log_channel(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, *Automatic, is_shadow=True)
            hidden = await write(shop, bot)
        async with shop.bot(log_channel_id=None) as bot:
            await agree(shop, bot, *Automatic, is_shadow=False)
            unseen = await write(shop, bot)
        assert (acts(shop), hidden.is_deleted, unseen.is_deleted) == ([], False, False)

    async def test_a_message_that_somebody_has_dealt_with_meanwhile(self, shop: Shop) -> None:
        hold = shop.server.faults.add("GET", f"/guilds/{shop.guild.id}/members/", hangs=True, times=10)
        async with shop.bot() as bot:
            await agree(shop, bot, "delete")
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.flagged(message)
            await jigi_in(bot).database.cases.close(shop.guild.id, 1, shop.moderator.id)
            hold.end()
            await settled(bot)
        assert [kind for kind, *_ in acts(shop)] == ["close"]
        assert not message.is_deleted

    async def test_nobody_is_timed_out_twice_a_day_and_the_case_says_so(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            await write(shop, bot)
            shop.customer.timed_out_until = None
            await write(shop, bot)
            alert = [await shop.alert() for _ in range(2)][1]
            await settled(bot)
        assert CAPS[Automatic.TIMEOUT].of_author == 1
        assert shop.customer.timed_out_until is None
        assert [each[:3] for each in acts(shop)] == [
            ("timeout", None, None), ("refused", None, "timeout cap_author")
        ]  # fmt: skip
        assert field(alert, "acts").startswith(KO("automatic.refused_cap_author", what="타임아웃"))

    async def test_a_guild_gets_only_so_many_an_hour_and_is_told_once(self, shop: Shop) -> None:
        cap = CAPS[Automatic.DELETE].of_guild
        people = [shop.guild.add_member(f"손님 {i}") for i in range(cap // 5 + 1)]
        async with shop.bot() as bot:
            await agree(shop, bot, "delete")
            written = [await who.send(shop.reviews, BAD) for who in people for _ in range(5)]
            await shop.verdict(bot, written[-1])
            await settled(bot)
            told = [each for each in shop.log.history if each.content]
        assert sum(each.is_deleted for each in written) == cap
        assert [each.content for each in told] == [KO("trouble.automatic_capped")]


class TestRefusals:
    @pytest.mark.parametrize(("kind", "denied"), [("delete", "manage_messages"), ("reply", "send_messages")])
    async def test_what_is_missing_in_a_channel_is_told_once_and_noted_in_each_case(
        self, shop: Shop, kind: str, denied: str
    ) -> None:
        shop.reviews.set_permissions(shop.guild.bot, **{denied: False})
        async with shop.bot() as bot:
            await agree(shop, bot, kind)
            messages = [await write(shop, bot) for _ in range(2)]
            await settled(bot)
            told = [each.content for each in shop.log.history if each.content]
        fields = {"channel": f"<#{shop.reviews.id}>", "names": KO(f"permission.{denied}")}
        assert told == [KO("trouble.automatic_forbidden", **fields)]
        assert [each[:3] for each in acts(shop)] == [("refused", None, f"{kind} bot_lacks")] * 2
        assert not any(each.is_deleted for each in messages)

    async def test_a_guild_is_told_in_its_language(self, shop: Shop) -> None:
        shop.guild.bot.roles[0].permissions = _without(moderate_members=False)
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout", language=EN.language)
            await write(shop, bot)
            await settled(bot)
            told = [each.content for each in shop.log.history if each.content]
        (alert,) = [each for each in shop.log.history if each.embeds]
        assert told == [EN("trouble.automatic_forbidden_anywhere", names="Timeout Members")]
        (history,) = [each["value"] for each in alert.embeds[0]["fields"] if each["name"] == EN("case.acts")]
        assert history.startswith(EN("automatic.refused_bot_lacks", what="Time out"))

    async def test_what_discord_alone_knows_to_refuse(self, shop: Shop) -> None:
        shop.server.faults.add("PATCH", "/members/", status=403, code=50013)
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            await write(shop, bot)
        assert [each[:3] for each in acts(shop)] == [("refused", None, "timeout bot_lacks")]

    async def test_an_author_whose_role_is_not_below_the_bots(self, shop: Shop) -> None:
        shop.customer.add_roles(shop.guild.add_role("단골"))
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            await write(shop, bot)
        assert [each[:3] for each in acts(shop)] == [("refused", None, "timeout member_higher")]

    async def test_a_timeout_of_a_persons_is_not_touched(self, shop: Shop) -> None:
        hold = shop.server.faults.add("GET", f"/guilds/{shop.guild.id}/members/", hangs=True, times=10)
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.flagged(message)
            until = shop.customer.timed_out_until = datetime.now(UTC) + timedelta(days=3)
            hold.end()
            await settled(bot)
        assert shop.customer.timed_out_until == until
        assert [each[:3] for each in acts(shop)] == [("refused", None, "timeout timed_out")]

    async def test_who_has_left_is_not_timed_out(self, shop: Shop) -> None:
        hold = shop.server.faults.add("GET", f"/guilds/{shop.guild.id}/members/", hangs=True, times=10)
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.flagged(message)
            shop.customer.leave()
            hold.end()
            await settled(bot)
        assert [each[:3] for each in acts(shop)] == [("refused", None, "timeout member_gone")]

    async def test_who_deletes_their_message_first_has_it_erased(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "delete")
            hold = shop.server.faults.add("DELETE", f"/channels/{shop.reviews.id}/messages/", hangs=True)
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.server.wait_for(lambda: acts(shop), what="the beginning")
            await shop.customer.delete(message)
            hold.end()
            await shop.server.wait_for(
                lambda: [each[0] for each in acts(shop)] == ["message_deleted"], what="the erasure"
            )
            await settled(bot)
        assert shop.rows("SELECT text FROM verdicts WHERE is_flagged") == [(None,)]
        assert [kind for kind, *_ in acts(shop)] == ["message_deleted"]


def _without(**denied: bool) -> discord.Permissions:
    allowed = discord.Permissions(BOT_INVITE.value)
    allowed.update(**denied)
    return allowed


REQUESTS = [
    ("delete", "DELETE", "/channels/{channel}/messages/[0-9]+$"),
    ("timeout", "PATCH", "/guilds/{guild}/members/"),
    ("reply", "POST", "/channels/{channel}/messages$"),
]


class TestDeaths:
    """The process dies somewhere on the way: what was begun is done once, and noted."""

    @pytest.mark.parametrize("is_there", [True, False])
    async def test_a_deletion(self, shop: Shop, is_there: bool) -> None:
        message = await die(shop, "delete", "DELETE", f"/channels/{shop.reviews.id}/messages/")
        if not is_there:
            del shop.reviews.messages[message.id]  # it was done, and nobody has written that down
        async with shop.bot() as bot:
            await shop.server.wait_for(lambda: [each[-1] for each in acts(shop)] == [1], what="the end of the act")
            await settled(bot)
        assert acts(shop) == [("delete", None, None, None, 1)]
        assert message.is_deleted or not is_there
        assert shop.rows("SELECT text FROM verdicts WHERE is_flagged") == [(BAD,)]

    @pytest.mark.parametrize(("kind", "method", "path"), REQUESTS)
    async def test_by_force_after_discord_has_done_it_and_before_anybody_has_heard(
        self, shop: Shop, kind: str, method: str, path: str
    ) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, kind)
            await shop.begin_watching(bot, shop.reviews)
        where = path.format(guild=shop.guild.id, channel=shop.reviews.id)
        shop.server.faults.add(method, where, after_effect=True, breaks="before", times=FOREVER)
        n_sessions = shop.server.gateway.n_identifies
        async with process(shop, {}) as child:
            await shop.server.wait_for(
                lambda: shop.server.gateway.n_identifies > n_sessions, timeout=30, what="a session"
            )
            await shop.customer.send(shop.reviews, GOOD)  # may be read from the history, about which nothing is done
            await shop.server.wait_for(lambda: shop.rows("SELECT 1 FROM verdicts"), timeout=20, what="its verdict")
            await shop.server.wait_until_quiet(0.5)
            message = await shop.customer.send(shop.reviews, BAD)
            await shop.server.wait_for(
                lambda: message.is_deleted or replies(shop) or shop.customer.is_timed_out, timeout=20, what="the act"
            )
            child.kill()
            await child.wait()
        shop.server.faults.release()
        assert acts(shop)[0][-1] == 0
        until = shop.customer.timed_out_until
        async with shop.bot() as bot:
            await shop.server.wait_for(lambda: [each[-1] for each in acts(shop)] == [1], what="the end of the act")
            await settled(bot)
        assert [each[0] for each in acts(shop)] == [kind]
        assert (message.is_deleted, len(replies(shop))) == (kind == "delete", int(kind == "reply"))
        assert shop.customer.timed_out_until == until
        assert shop.rows("SELECT text FROM verdicts WHERE is_flagged") == [(BAD,)]

    async def test_a_timeout_ends_when_it_would_have(self, shop: Shop) -> None:
        await die(shop, "timeout", "PATCH", "/members/")
        shop.change("UPDATE case_acts SET at = datetime(at, '-4 minutes') || '.000000'")
        async with shop.bot() as bot:
            await shop.server.wait_for(lambda: [each[-1] for each in acts(shop)] == [1], what="the end of the act")
            await settled(bot)
        assert shop.customer.timed_out_until is not None
        assert shop.customer.timed_out_until - datetime.now(UTC) < timedelta(minutes=7)

    @pytest.mark.parametrize("was_sent", [True, False])
    async def test_a_reply(self, shop: Shop, was_sent: bool) -> None:
        if was_sent:
            async with shop.bot() as bot:
                await agree(shop, bot, "reply")
                await write(shop, bot)
            shop.change("UPDATE case_acts SET is_done = 0, reply_id = NULL")
            shop.change("UPDATE actions SET state = 'pending' WHERE kind = 'auto_reply'")
            shop.reviews.nonces.clear()
        else:
            await die(shop, "reply", "POST", f"/channels/{shop.reviews.id}/messages")
        async with shop.bot() as bot:
            await shop.server.wait_for(lambda: [each[-1] for each in acts(shop)] == [1], what="the end of the act")
            await settled(bot)
        (reply,) = replies(shop)
        assert shop.rows("SELECT reply_id FROM case_acts") == [(reply.id,)]

    async def test_what_was_done_and_not_written_down_as_an_action_is_not_done_again(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            await write(shop, bot)
        shop.customer.timed_out_until = None  # a person has ended it since
        shop.change("UPDATE actions SET state = 'pending' WHERE kind = 'auto_timeout'")
        async with shop.bot() as bot:
            await settled(bot)
        assert shop.customer.timed_out_until is None
        assert len(acts(shop)) == 1


async def die(shop: Shop, kind: str, method: str, path: str) -> Message:
    """Have an act begun, and the process end before Discord has done it."""
    shop.server.faults.add(method, path, hangs=True)
    async with shop.bot() as bot:
        await agree(shop, bot, kind)
        message = await shop.customer.send(shop.reviews, BAD)
        await shop.server.wait_for(lambda: acts(shop), what="the beginning")
        jigi_in(bot).pipeline._close_limit = 0.1
    shop.server.faults.release()
    assert acts(shop)[0][-1] == 0
    return message


class TestUndoing:
    async def test_a_reply_is_deleted_and_the_case_shows_who_has_undone_it(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "reply")
            _, alert = await alert_of(shop)
            await settled(bot)
            assert await undo(shop, shop.moderator, alert) == KO("automatic.undoing")
            await settled(bot)
        assert replies(shop) == []
        assert [(kind, by, is_done) for kind, by, _, _, is_done in acts(shop)] == [
            ("reply", None, 1), ("undo", shop.moderator.id, 1)
        ]  # fmt: skip
        assert f"자동 처리 되돌리기 · <@{shop.moderator.id}>" in field(alert, "acts")
        assert "자동 처리 되돌리기" not in buttons(alert)

    async def test_a_timeout_ends_and_its_author_is_told(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            _, alert = await alert_of(shop)
            await settled(bot)
            await undo(shop, shop.moderator, alert)
            await settled(bot)
        assert shop.customer.timed_out_until is None
        (told,) = shop.customer.direct_messages.history
        said_there = KO("automatic.told_timeout", guild=shop.guild.name, channel=f"<#{shop.reviews.id}>")
        assert told.content == said_there

    async def test_who_takes_no_direct_messages_is_told_under_their_message(self, shop: Shop) -> None:
        shop.server.faults.add("POST", f"/channels/{shop.customer.direct_messages.id}/", status=403, code=50007)
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            _, alert = await alert_of(shop)
            await settled(bot)
            await undo(shop, shop.moderator, alert)
            await settled(bot)
        assert [each.content for each in replies(shop)] == [KO("automatic.told_here")]

    async def test_a_timeout_that_a_person_has_changed_since_stays(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            _, alert = await alert_of(shop)
            await settled(bot)
            until = shop.customer.timed_out_until = datetime.now(UTC) + timedelta(days=2)
            await undo(shop, shop.moderator, alert)
            await settled(bot)
        assert shop.customer.timed_out_until == until
        assert acts(shop)[-1][-1] == 1

    async def test_whose_message_was_deleted_gets_its_text_back(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "delete")
            await write(shop, bot)
            alert = await shop.alert()
            await settled(bot)
            await undo(shop, shop.moderator, alert)
            await settled(bot)
        (told,) = shop.customer.direct_messages.history
        assert told.content.startswith(
            KO("automatic.told_deletion", guild=shop.guild.name, channel=f"<#{shop.reviews.id}>")
        )
        assert told.content.endswith(BAD)
        assert replies(shop) == []

    async def test_a_false_alarm_undoes_everything_by_itself_and_the_text_goes(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout", "reply")
            _, alert = await alert_of(shop)
            await settled(bot)
            await said(shop, await press(shop.moderator, alert, "오탐"))
            await settled(bot)
        assert (replies(shop), shop.customer.timed_out_until) == ([], None)
        assert [kind for kind, *_ in acts(shop)] == ["reply", "timeout", "false_alarm", "undo"]
        assert shop.rows("SELECT text FROM verdicts WHERE is_flagged") == [(None,)]

    async def test_it_takes_the_permission_to_manage_messages(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            _, alert = await alert_of(shop)
            await settled(bot)
            shop.customer.timed_out_until, until = None, shop.customer.timed_out_until
            heard = await undo(shop, shop.customer, alert)
            shop.customer.timed_out_until = until
            await settled(bot)
        assert heard == KO("error.no_permission", names="메시지 관리")
        assert len(acts(shop)) == 1

    async def test_the_second_one_is_told_who_was_first(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "reply")
            _, alert = await alert_of(shop)
            await settled(bot)
            hold = shop.server.faults.add("DELETE", f"/channels/{shop.reviews.id}/messages/", hangs=True)
            await undo(shop, shop.moderator, alert)
            heard = await undo(shop, shop.guild.owner, alert, "en-US")
            hold.end()
            await settled(bot)
        assert heard.startswith(f"This was done already: Undo automatic acts · <@{shop.moderator.id}>")
        assert [kind for kind, *_ in acts(shop)] == ["reply", "undo"]

    async def test_it_goes_on_after_a_restart(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            _, alert = await alert_of(shop)
            await settled(bot)
            shop.server.faults.add("PATCH", "/members/", hangs=True)
            await undo(shop, shop.moderator, alert)
            jigi_in(bot).pipeline._close_limit = 0.1
        shop.server.faults.release()
        assert shop.customer.timed_out_until is not None
        async with shop.bot() as bot:
            await settled(bot)
        assert shop.customer.timed_out_until is None
        assert acts(shop)[-1][-1] == 1

    async def test_what_lacks_a_permission_is_told_and_done_once_it_is_granted(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "timeout")
            _, alert = await alert_of(shop)
            await settled(bot)
            fault = shop.server.faults.add("PATCH", "/members/", status=403, code=50013, times=1000)
            await undo(shop, shop.moderator, alert)
            await settled(bot)
            told = [each.content for each in shop.log.history if each.content]
            assert acts(shop)[-1][:3] == ("refused", None, "undo bot_lacks")
            fault.end()
            await jigi_in(bot).pipeline.retry(shop.guild.id)
            await settled(bot)
        assert told == [KO("trouble.automatic_forbidden_anywhere", names="타임아웃 멤버")]
        assert shop.customer.timed_out_until is None

    @pytest.mark.parametrize(("number", "key"), [("1", "nothing_to_undo"), ("7", "unknown")])
    async def test_where_there_is_nothing_to_undo(self, shop: Shop, number: str, key: str) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            heard = await forged(shop, alert, f"jigi:case:{shop.guild.id}:{number}:undo")
        assert heard == KO(f"case_answer.{key}")

    async def test_another_guilds_case_is_refused(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await agree(shop, bot, "reply")
            _, alert = await alert_of(shop)
            await settled(bot)
            heard = await forged(shop, alert, "jigi:case:1:1:undo")
        assert heard == KO("case_answer.foreign")
        assert len(replies(shop)) == 1


async def undo(shop: Shop, who: Member, alert: Message, locale: str = "ko") -> str:
    """Press the button, or one that was shown before somebody else did."""
    return await forged(shop, alert, f"jigi:case:{shop.guild.id}:1:undo", who, locale)


async def forged(shop: Shop, alert: Message, custom_id: str, who: Member | None = None, locale: str = "ko") -> str:
    """Press a button that stood there, or that Jigi has never shown."""
    button = {"type": 2, "style": 2, "label": "위조", "custom_id": custom_id}
    shown, alert.components = alert.components, [{"type": 1, "components": [button]}]
    answer = await press(who or shop.guild.owner, alert, "위조", locale)
    alert.components = shown
    return await said(shop, answer)
