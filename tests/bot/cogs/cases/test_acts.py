"""Stories of what moderators have Jigi do on Discord: delete, time out, reply; and of what is refused."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.cogs.shared.replies import no_permission
from bot.domain.cases import MAX_REASON
from bot.localisation.texts import Texts
from tests.bot.cogs.cases.desk import DANGER, alert_of, buttons, field, open_desk, press, said, settled
from tests.discord_server import Member, Message
from tests.discord_server.interactions import MODAL_SUBMIT
from tests.discord_server.permissions import BOT_INVITE
from tests.support.shop import BAD, GOOD, Shop, jigi_in
from tests.support.talk import EN, KO, LANGUAGES

REASON = "욕설"


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_desk(tmp_path, tiny_model) as shop:
        yield shop


@pytest.fixture
def chief(shop: Shop) -> Member:
    """Return a moderator who may time members out, too."""
    allowed = discord.Permissions(manage_messages=True, moderate_members=True)
    chief = shop.guild.add_member("팀장", permissions=allowed)
    shop.log.set_permissions(chief, view_channel=True)
    return chief


async def do(shop: Shop, who: Member, alert: Message, label: str, values: dict[str, Any], locale: str = "ko") -> str:
    """Press a button, fill in the modal that opens, and return what was answered."""
    opened = await who.click(alert, label=label, locale=locale, until="acknowledged")
    return await said(shop, await who.submit_modal(opened, values, locale=locale))


def submit(shop: Shop, who: Member, alert: Message, custom_id: str, reason: str, minutes: str = "60") -> Any:
    """Submit what no client of Discord's would."""
    rows = [
        {"type": 18, "component": {"type": 3, "custom_id": "minutes", "values": [minutes]}},
        {"type": 18, "component": {"type": 4, "custom_id": "reason", "value": reason}},
    ]
    data = {"custom_id": custom_id, "components": rows}
    return shop.server.interactions.start(who, shop.log, MODAL_SUBMIT, data, "ko", alert)


def acts(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows("SELECT kind, by, reason, minutes, is_done FROM case_acts ORDER BY id")


class TestDeleting:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_it_is_deleted_with_a_line_in_the_audit_log_and_noted(
        self, shop: Shop, locale: str, texts: Texts, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            label = KO("case_act.delete")
            assert await do(shop, shop.moderator, alert, label, {"reason": REASON}, locale) == texts(
                "case_answer.delete"
            )
            await settled(bot)
        assert message.is_deleted
        (request,) = shop.server.requests_to("DELETE", f"/channels/{shop.reviews.id}/messages")
        assert request.reason == KO("case.audit", number=1, by="관리자", reason=REASON)
        assert acts(shop) == [("delete", shop.moderator.id, REASON, None, 1)]
        assert alert.embeds[0]["title"] == KO("case.title_deleted", number=1)
        assert field(alert, "acts").startswith(f"글 삭제 · <@{shop.moderator.id}> · <t:")
        assert field(alert, "acts").endswith(f"\n> {REASON}")
        assert BAD not in str(alert.embeds)
        assert buttons(alert) == {"타임아웃": DANGER}  # whose author is known still
        assert shop.rows("SELECT text FROM verdicts WHERE is_flagged") == [(None,)]
        assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []

    async def test_two_who_had_the_modal_open_delete_once_and_the_second_is_told(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            first, second = [
                await who.click(alert, label="글 삭제", until="acknowledged")
                for who in (shop.moderator, shop.guild.owner)
            ]
            await said(shop, await shop.moderator.submit_modal(first, {"reason": REASON}))
            heard = await said(shop, await shop.guild.owner.submit_modal(second, {"reason": "도배"}))
            await settled(bot)
        assert heard == KO("case_answer.ended_deleted")
        assert len(acts(shop)) == 1

    async def test_a_message_that_is_gone_is_told(self, shop: Shop) -> None:
        async with shop.bot():
            message, alert = await alert_of(shop)
            opened = await shop.moderator.click(alert, label="글 삭제", until="acknowledged")
            del shop.reviews.messages[message.id]  # without the event
            heard = await said(shop, await shop.moderator.submit_modal(opened, {"reason": REASON}))
        assert heard == KO("case_answer.message_gone")
        assert acts(shop) == []

    async def test_the_bots_lack_is_told_with_the_mend(self, shop: Shop) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            shop.reviews.set_permissions(shop.guild.bot, manage_messages=False)
            heard = await do(shop, shop.moderator, alert, "글 삭제", {"reason": REASON}, "en-US")
        where = EN("case_answer.where_channel", channel_id=shop.reviews.id)
        assert heard == EN("case_answer.bot_lacks", names="Manage Messages", where=where)
        assert acts(shop) == []

    async def test_who_may_manage_messages_in_the_log_channel_alone_deletes_nothing_elsewhere(self, shop: Shop) -> None:
        async with shop.bot():
            message, alert = await alert_of(shop)
            shop.log.set_permissions(shop.customer, view_channel=True, manage_messages=True)
            heard = await do(shop, shop.customer, alert, "글 삭제", {"reason": REASON})
        assert heard == KO("case_answer.you_lack", channel_id=shop.reviews.id, names="메시지 관리")
        assert not message.is_deleted

    async def test_an_outage_is_told_and_it_can_be_tried_again(self, shop: Shop) -> None:
        async with shop.bot():
            message, alert = await alert_of(shop)
            fault = shop.server.faults.add("DELETE", "/messages/", status=503, times=100)
            opened = await shop.moderator.click(alert, label="글 삭제", until="acknowledged")
            answer = await shop.moderator.submit_modal(opened, {"reason": REASON}, within=30, until="acknowledged")
            await shop.server.wait_for(lambda: not answer.message.is_loading, what="the answer", timeout=30)
            assert answer.content == KO("case_answer.outage")
            assert acts(shop) == []
            fault.end()
            await do(shop, shop.moderator, alert, "글 삭제", {"reason": REASON})
        assert message.is_deleted


class TestTimingOut:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_the_author_is_timed_out_and_the_case_stays_open(
        self, shop: Shop, chief: Member, locale: str, texts: Texts
    ) -> None:
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            values = {"minutes": ["60"], "reason": REASON}
            heard = await do(shop, chief, alert, "타임아웃", values, locale)
            await settled(bot)
        hour = texts("case.hours", n=1)
        assert heard == texts("case_answer.timeout", who=f"<@{shop.customer.id}>", duration=hour)
        until = shop.customer.timed_out_until
        assert until is not None
        assert timedelta(minutes=58) < until - datetime.now(UTC) < timedelta(minutes=61)
        (request,) = shop.server.requests_to("PATCH", f"/guilds/{shop.guild.id}/members")
        assert request.reason == KO("case.audit", number=1, by="팀장", reason=REASON)
        assert acts(shop) == [("timeout", chief.id, REASON, 60, 1)]
        assert field(alert, "acts").startswith(f"타임아웃 1시간 · <@{chief.id}>")
        assert alert.embeds[0]["title"] == KO("case.title_open", number=1)

    @pytest.mark.parametrize("who", ["author", "moderator"])
    async def test_it_works_after_the_message_was_deleted_as_long_as_the_author_is_known(
        self, shop: Shop, chief: Member, who: str
    ) -> None:
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            if who == "author":
                await shop.customer.delete(message)
            else:
                await do(shop, chief, alert, "글 삭제", {"reason": REASON})
            await shop.server.wait_for(lambda: set(buttons(alert)) == {"타임아웃"}, what="the closing")
            heard = await do(shop, chief, alert, "타임아웃", {"minutes": ["60"], "reason": REASON})
            await settled(bot)
            assert field(alert, "acts").splitlines()[-2].startswith(f"타임아웃 1시간 · <@{chief.id}>")
            assert BAD not in str(alert.embeds)
            await shop.change_beside(bot, "UPDATE cases SET author_id = NULL")
            shown = await chief.use_slash(shop.reviews, "cases show", number=1)
        assert heard == KO("case_answer.timeout", who=f"<@{shop.customer.id}>", duration="1시간")
        assert shop.customer.timed_out_until is not None
        assert buttons(shown.message) == {}

    async def test_it_takes_the_permission_to_time_members_out(self, shop: Shop) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            answer = await press(shop.moderator, alert, "타임아웃")
        assert answer.content == no_permission(["moderate_members"], KO)

    async def test_the_permission_is_asked_for_again_when_the_modal_is_sent(self, shop: Shop, chief: Member) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            opened = await chief.click(alert, label="타임아웃", until="acknowledged")
            chief.remove_roles(*chief.roles)
            heard = await said(shop, await chief.submit_modal(opened, {"minutes": ["60"], "reason": REASON}))
        assert heard == no_permission(["moderate_members"], KO)
        assert shop.customer.timed_out_until is None

    async def test_the_second_one_is_told_who_was_first(self, shop: Shop, chief: Member) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            first, second = [
                await who.click(alert, label="타임아웃", until="acknowledged") for who in (chief, shop.guild.owner)
            ]
            values = {"minutes": ["10"], "reason": REASON}
            await said(shop, await chief.submit_modal(first, values))
            heard = await said(shop, await shop.guild.owner.submit_modal(second, values))
            at_once = (await press(shop.guild.owner, alert, "타임아웃")).content
        for each in (heard, at_once):
            assert each.startswith(
                KO("case_answer.done_before", what="타임아웃 10분", by=f"<@{chief.id}>", when="")[:-1]
            )
        assert len(acts(shop)) == 1

    @pytest.mark.parametrize("obstacle", ["gone", "owner", "above the moderator", "above the bot"])
    async def test_what_discord_would_refuse_is_told(self, shop: Shop, chief: Member, obstacle: str) -> None:
        who, author, expected = chief, shop.customer, ""
        async with shop.bot() as bot:
            if obstacle == "owner":
                await jigi_in(bot).settings.change(shop.guild.id, 1, exempts_moderators=False)
                author, expected = shop.guild.owner, KO("case_answer.member_protected")
            message = await shop.flagged(await author.send(shop.reviews, BAD))
            alert = await shop.alert()
            if obstacle == "gone":
                shop.customer.leave()
                expected = KO("case_answer.member_gone")
            elif obstacle == "above the moderator":
                shop.customer.add_roles(shop.guild.add_role("단골"))
                expected = KO("case_answer.member_above_you")
            elif obstacle == "above the bot":
                who, expected = shop.guild.owner, KO("case_answer.member_higher")
                shop.customer.add_roles(shop.guild.add_role("단골"))
            heard = await do(shop, who, alert, "타임아웃", {"minutes": ["60"], "reason": REASON})
        assert heard == expected
        assert acts(shop) == []
        assert message.author is author.user

    @pytest.mark.parametrize("is_known", [True, False])
    async def test_the_bots_lack_is_told_with_the_mend(self, shop: Shop, chief: Member, is_known: bool) -> None:
        allowed = discord.Permissions(BOT_INVITE.value)
        allowed.moderate_members = not is_known
        shop.guild.bot.roles[0].permissions = allowed
        shop.server.faults.add("PATCH", "/members/", status=403, code=50013)  # a role that the bot has not heard of
        async with shop.bot():
            _, alert = await alert_of(shop)
            heard = await do(shop, chief, alert, "타임아웃", {"minutes": ["60"], "reason": REASON})
        where = KO("case_answer.where_server")
        assert heard == KO("case_answer.bot_lacks", names="타임아웃 멤버", where=where)
        assert acts(shop) == []


class TestReplying:
    async def test_the_bot_replies_for_everybody_and_notifies_the_author_alone(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            text = f"불편을 드려 죄송해요. @everyone <@{shop.moderator.id}>"
            assert await do(shop, shop.moderator, alert, "답장", {"reason": text}) == KO("case_answer.reply")
            reply = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
            await settled(bot)
        assert (reply.content, reply.reference) == (text, message)
        assert reply.mentions == [shop.customer.user]
        assert not reply.mentions_everyone
        assert acts(shop)[0][:2] == ("reply", shop.moderator.id)
        assert buttons(alert) != {}

    async def test_a_reply_to_a_message_that_is_gone_is_told(self, shop: Shop) -> None:
        async with shop.bot():
            message, alert = await alert_of(shop)
            del shop.reviews.messages[message.id]  # without the event
            heard = await do(shop, shop.moderator, alert, "답장", {"reason": "안녕하세요"})
        assert heard == KO("case_answer.message_gone")


class TestBadInput:
    @pytest.mark.parametrize(
        ("custom_id", "reason", "minutes", "key"),
        [
            ("jigi:modal:{guild}:1:delete", "가" * 4000, "", "reason_too_long"),
            ("jigi:modal:{guild}:1:delete", "   ", "", "reason_missing"),
            ("jigi:modal:{guild}:1:timeout", REASON, "61", "bad_duration"),
            ("jigi:modal:{guild}:1:timeout", REASON, "-1", "bad_duration"),
            ("jigi:modal:{guild}:1:timeout", REASON, "x", "bad_duration"),
            ("jigi:modal:{guild}:99:delete", REASON, "", "unknown"),
            ("jigi:modal:{guild}:9999999999:delete", REASON, "", "unknown"),
            ("jigi:modal:1:1:delete", REASON, "", "foreign"),
        ],
    )
    async def test_it_gets_one_sentence_and_nothing_is_done(
        self, shop: Shop, custom_id: str, reason: str, minutes: str, key: str
    ) -> None:
        async with shop.bot():
            message, alert = await alert_of(shop)
            sent = submit(shop, shop.guild.owner, alert, custom_id.format(guild=shop.guild.id), reason, minutes)
            heard = await said(shop, await sent.answer("shown", 5))
        fields = {"most": f"{MAX_REASON:,}", "received": "4,000"} if key == "reason_too_long" else {}
        assert heard == KO(f"case_answer.{key}", **fields)
        assert acts(shop) == []
        assert not message.is_deleted


class TestRestarts:
    async def test_a_modal_that_was_open_over_a_restart_is_taken(self, shop: Shop) -> None:
        async with shop.bot():
            message, alert = await alert_of(shop)
            opened = await shop.moderator.click(alert, label="글 삭제", until="acknowledged")
        async with shop.bot():
            await said(shop, await shop.moderator.submit_modal(opened, {"reason": REASON}))
        assert message.is_deleted

    @pytest.mark.parametrize("is_there", [True, False])
    async def test_a_deletion_that_was_begun_is_done_and_noted_at_the_next_start(
        self, shop: Shop, is_there: bool
    ) -> None:
        async with shop.bot():
            message, alert = await alert_of(shop)
        begin(shop, "delete")
        if not is_there:
            del shop.reviews.messages[message.id]  # it was done, and the process died then
        async with shop.bot() as bot:
            await shop.server.wait_for(lambda: acts(shop)[0][-1] == 1, what="the end of the act")
            await shop.server.wait_for(lambda: alert.edits, what="the alert's closing")
            await settled(bot)
        assert message.is_deleted or not is_there
        assert acts(shop) == [("delete", shop.moderator.id, REASON, None, 1)]
        assert BAD not in str(alert.embeds)

    async def test_a_timeout_that_was_begun_ends_when_it_would_have(self, shop: Shop) -> None:
        async with shop.bot():
            await alert_of(shop)
        begin(shop, "timeout", minutes=60, ago=timedelta(minutes=20))
        async with shop.bot():
            await shop.server.wait_for(lambda: acts(shop)[0][-1] == 1, what="the end of the act")
        assert shop.customer.timed_out_until is not None
        assert shop.customer.timed_out_until - datetime.now(UTC) < timedelta(minutes=41)

    @pytest.mark.parametrize("was_sent", [True, False])
    async def test_a_reply_that_was_begun_is_sent_once(self, shop: Shop, was_sent: bool) -> None:
        async with shop.bot():
            message, alert = await alert_of(shop)
            if was_sent:
                await do(shop, shop.moderator, alert, "답장", {"reason": REASON})
        if was_sent:
            shop.change("UPDATE case_acts SET is_done = 0")
            shop.reviews.nonces.clear()
        else:
            begin(shop, "reply")
        async with shop.bot():
            await shop.server.wait_for(lambda: acts(shop)[0][-1] == 1, what="the end of the act")
        replies = [each for each in shop.reviews.history if each.author is shop.server.bot_user]
        assert [(each.content, each.reference) for each in replies] == [(REASON, message)]

    async def test_what_discord_refuses_by_then_is_given_up(self, shop: Shop) -> None:
        async with shop.bot():
            await alert_of(shop)
        begin(shop, "timeout", minutes=60)
        shop.customer.leave()
        async with shop.bot():
            await shop.server.wait_for(lambda: acts(shop) == [], what="the end of the act")


def begin(shop: Shop, kind: str, minutes: int | None = None, ago: timedelta = timedelta()) -> None:
    """Have an act begun by a process that died."""
    at = (datetime.now(UTC) - ago).strftime("%Y-%m-%d %H:%M:%S.%f")
    shop.change(
        "INSERT INTO case_acts (case_id, kind, by, at, reason, minutes, is_done) VALUES (1, ?, ?, ?, ?, ?, 0)",
        kind, shop.moderator.id, at, REASON, minutes,
    )  # fmt: skip


class TestContext:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_who_may_read_the_channel_sees_three_messages_before_it(
        self, shop: Shop, locale: str, texts: Texts
    ) -> None:
        for i in range(4):
            await shop.customer.send(shop.reviews, f"{GOOD} *{i}*")
        async with shop.bot():
            _, alert = await alert_of(shop)
            await shop.customer.send(shop.reviews, "나중 글")
            heard = await said(shop, await press(shop.moderator, alert, "앞 대화", locale))
        assert heard.splitlines()[0] == f"**{texts('case_list.context')}**"
        assert [line for line in heard.splitlines() if line.startswith(">")] == [
            f"> {GOOD} \\*{i}\\*" for i in (1, 2, 3)
        ]

    async def test_there_may_be_nothing(self, shop: Shop) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            assert await said(shop, await press(shop.moderator, alert, "앞 대화")) == KO("case_list.context_none")

    async def test_who_may_not_read_the_channel_sees_nothing(self, shop: Shop) -> None:
        shop.reviews.set_permissions(shop.moderator, view_channel=False)
        async with shop.bot():
            await shop.customer.send(shop.reviews, GOOD)
            _, alert = await alert_of(shop)
            heard = await said(shop, await press(shop.moderator, alert, "앞 대화"))
        assert GOOD not in heard
        assert heard.startswith(f"<#{shop.reviews.id}>")
