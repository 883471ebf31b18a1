"""Stories of moderators who say under an alert whether it was right."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cogs.shared.case_embeds import OLD_TEMPLATE, TEMPLATE
from bot.cogs.shared.replies import no_permission
from bot.config import WatchedChannels
from bot.localisation.texts import Texts
from tests.bot.cogs.cases.desk import PRIMARY, SECONDARY, alert_of, buttons, field, open_desk, press, said, settled
from tests.discord_server import Message
from tests.support.shop import BAD, FLAG, GOOD, Shop, jigi_in
from tests.support.talk import EN, KO, LANGUAGES


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_desk(tmp_path, tiny_model) as shop:
        yield shop


def acts(alert: Message) -> str:
    """Return what an alert says was done."""
    return field(alert, "acts")


def recorded(shop: Shop) -> list[tuple[int, int]]:
    return shop.rows("SELECT is_right, decided_by FROM decisions")


class TestPressing:
    async def test_a_new_alert_has_its_buttons_in_the_language_of_the_channel(self, shop: Shop) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
        assert list(buttons(alert)) == ["맞음", "오탐", "닫기", "앞 대화", "답장", "글 삭제", "타임아웃"]
        async with shop.bot(language="en"):
            _, alert = await alert_of(shop)
        assert list(buttons(alert)) == [
            "Right", "False alarm", "Close", "Context", "Reply", "Delete message", "Time out",
        ]  # fmt: skip

    async def test_right_is_recorded_and_shown_in_place_and_the_text_goes(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            answer = await press(shop.moderator, alert, "맞음")
            assert (await said(shop, answer)).startswith(KO("decision.done_right"))
            await settled(bot)
            verdict = await shop.verdict(bot, message)
        assert alert.embeds[0]["title"] == KO("case.title_right", number=1)
        assert acts(alert).startswith(f"맞음 · <@{shop.moderator.id}> · <t:")
        assert BAD not in str(alert.embeds)
        assert (buttons(alert)["맞음"], buttons(alert)["오탐"]) == (PRIMARY, SECONDARY)
        assert message.has_reaction(FLAG)
        assert (verdict.text, verdict.author_id) == (None, None)
        assert recorded(shop) == [(1, shop.moderator.id)]

    async def test_a_false_alarm_takes_the_flag_away_and_a_correction_puts_it_back(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            await press(shop.moderator, alert, "오탐")
            await shop.server.wait_for(lambda: not message.has_reaction(FLAG), what="the flag's removal")
            await settled(bot)
            assert (buttons(alert)["맞음"], buttons(alert)["오탐"]) == (SECONDARY, PRIMARY)
            answer = await press(shop.guild.owner, alert, "맞음")
            assert f"오탐 · <@{shop.moderator.id}>" in await said(shop, answer)
            await shop.flagged(message)
            await settled(bot)
        assert [line.split(" · <t:")[0] for line in acts(alert).splitlines()] == [
            f"오탐 · <@{shop.moderator.id}>", f"맞음 · <@{shop.guild.owner.id}>",
        ]  # fmt: skip
        assert recorded(shop) == [(1, shop.guild.owner.id)]

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_who_pressed_hears_in_their_language_what_was_recorded(
        self, shop: Shop, locale: str, texts: Texts
    ) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            answer = await press(shop.moderator, alert, "오탐", locale)
            heard = await said(shop, answer)
        assert answer.followups[0].is_ephemeral
        assert heard == texts("decision.done_false_alarm")
        assert shop.rows("SELECT * FROM examples") == []

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_the_second_press_is_told_who_was_first_and_changes_nothing(
        self, shop: Shop, locale: str, texts: Texts
    ) -> None:
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            await said(shop, await press(shop.moderator, alert, "맞음"))
            heard = await said(shop, await press(shop.guild.owner, alert, "맞음", locale))
            await settled(bot)
        before, _, after = texts("case_answer.settled_before", what="W", by="B", when="T").partition("W")
        assert heard.startswith(before + texts("case_act.right"))
        assert f"<@{shop.moderator.id}>" in heard
        assert after.startswith(" · ")
        assert recorded(shop) == [(1, shop.moderator.id)]
        assert len(acts(alert).splitlines()) == 1

    async def test_two_at_once_leave_the_alert_as_the_database_has_it(self, shop: Shop) -> None:
        shop.server.faults.add("PATCH", f"/channels/{shop.log.id}/messages", delay=0.3)
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            first = await shop.moderator.click(alert, label="맞음", until="acknowledged")
            second = await shop.guild.owner.click(alert, label="오탐", until="acknowledged")
            await shop.server.wait_for(lambda: first.followups and second.followups, what="both answers")
            await settled(bot)
        (stored,) = recorded(shop)
        assert buttons(alert)["오탐"] == (PRIMARY if stored[0] == 0 else SECONDARY)
        assert f"<@{stored[1]}>" in acts(alert).splitlines()[-1]

    async def test_an_alert_whose_embed_was_hidden_still_takes_a_decision(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            alert.embeds = []
            alert.content = "."
            await said(shop, await press(shop.moderator, alert, "맞음"))
            await settled(bot)
        assert buttons(alert)["맞음"] == PRIMARY
        assert recorded(shop) == [(1, shop.moderator.id)]

    async def test_an_alert_deleted_meanwhile_is_no_error(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        shop.server.faults.add("POST", "/interactions/", delay=0.2)
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            pressed = shop.server.interactions.start(shop.moderator, shop.log, 3, _data(alert), "ko", alert)
            await shop.guild.owner.delete(alert)
            await shop.server.wait_for(lambda: pressed.followups, what="the answer")
            await settled(bot)
        assert recorded(shop) == [(1, shop.moderator.id)]
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []

    async def test_buttons_of_an_older_version_still_work(self, shop: Shop) -> None:
        """What an older version has sent bears the id of the message."""
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            old = {"type": 2, "style": 2, "label": "오탐", "custom_id": f"jigi:decision:{message.id}:false"}
            alert.components = [{"type": 1, "components": [old]}]
            assert (await said(shop, await press(shop.moderator, alert, "오탐"))).startswith(
                KO("decision.done_false_alarm")
            )
            await settled(bot)
        assert recorded(shop) == [(0, shop.moderator.id)]
        assert buttons(alert)["오탐"] == PRIMARY
        assert len(buttons(alert)) == 7


def _data(alert: Message) -> dict[str, object]:
    """Return what Discord says of a press of the first button."""
    return {"custom_id": alert.components[0]["components"][0]["custom_id"], "component_type": 2}


class TestWhoMayPress:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_somebody_without_the_permission_is_refused(
        self, shop: Shop, locale: str, texts: Texts, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            answer = await press(shop.customer, alert, "오탐", locale)
        assert answer.is_ephemeral
        assert answer.content == no_permission(["manage_messages"], texts)
        assert (buttons(alert)["맞음"], buttons(alert)["오탐"]) == (SECONDARY, SECONDARY)
        assert recorded(shop) == []
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []

    async def test_who_was_a_moderator_once_is_refused(self, shop: Shop) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            shop.moderator.remove_roles(*shop.moderator.roles)
            answer = await press(shop.moderator, alert, "맞음")
        assert answer.content == no_permission(["manage_messages"], KO)
        assert recorded(shop) == []


class TestAfterRestart:
    async def test_buttons_of_an_earlier_run_still_work(self, shop: Shop) -> None:
        async with shop.bot():
            message, alert = await alert_of(shop)
        async with shop.bot():
            await press(shop.moderator, alert, "오탐")
            await shop.server.wait_for(lambda: not message.has_reaction(FLAG), what="the flag's removal")
        assert recorded(shop) == [(0, shop.moderator.id)]

    async def test_an_alert_that_could_not_be_brought_up_to_date_is_at_the_next_start(self, shop: Shop) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            shop.server.faults.add("PATCH", f"/channels/{shop.log.id}/messages", hangs=True)
            await said(shop, await press(shop.moderator, alert, "맞음"))
        assert BAD in str(alert.embeds)
        shop.server.faults.release()
        async with shop.bot():
            await shop.server.wait_for(lambda: alert.edits, what="the alert's change", timeout=10)
        assert BAD not in str(alert.embeds)
        assert buttons(alert)["맞음"] == PRIMARY

    async def test_an_unloaded_plugin_leaves_nothing_that_listens(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            await bot.unload_extension("bot.plugin")
            with pytest.raises(TimeoutError):
                await shop.moderator.click(alert, label="맞음", within=0.3)
            assert bot._connection._view_store._dynamic_items == {}
        assert recorded(shop) == []


class TestClosedAlerts:
    @pytest.mark.parametrize("end", ["delete", "edit"])
    async def test_by_a_closed_alert_nothing_is_decided(self, shop: Shop, end: str) -> None:
        async with shop.bot():
            message, alert = await alert_of(shop)
            await (shop.customer.delete(message) if end == "delete" else shop.customer.edit(message, GOOD))
            await shop.server.wait_for(lambda: alert.edits, what="the alert's closing")
        assert set(buttons(alert)) == ({"타임아웃"} if end == "delete" else set())

    async def test_a_press_after_the_message_was_deleted_is_answered_kindly(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            await jigi_in(bot).pipeline.drain()
            shop.server.faults.add("PATCH", f"/channels/{shop.log.id}/messages", delay=0.5)  # the closing comes late
            await shop.customer.delete(message)
            await shop.verdict(bot, message, where=lambda each: each.text is None)
            heard = await said(shop, await press(shop.moderator, alert, "오탐", "en-US"))
        assert heard == EN("case_answer.ended_deleted")
        assert recorded(shop) == []
        assert BAD not in str(alert.embeds)
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []

    async def test_where_the_closing_failed_a_press_closes_it(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            await jigi_in(bot).pipeline.drain()
            shop.server.faults.add("PATCH", f"/channels/{shop.log.id}/messages", status=400)
            await shop.customer.delete(message)
            await shop.verdict(bot, message, where=lambda each: each.text is None)
            await jigi_in(bot).pipeline.drain()
            assert BAD in str(alert.embeds)
            heard = await said(shop, await press(shop.moderator, alert, "오탐", "en-US"))
        assert heard == EN("case_answer.ended_deleted")
        assert alert.embeds[0]["title"] == KO("case.title_deleted", number=1)
        assert BAD not in str(alert.embeds)
        assert set(buttons(alert)) == {"타임아웃"}
        assert recorded(shop) == []

    async def test_a_decision_on_its_way_does_not_bring_a_deleted_text_back(self, shop: Shop) -> None:
        shop.server.faults.add("PATCH", f"/channels/{shop.log.id}/messages", delay=0.5)
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            await jigi_in(bot).pipeline.drain()
            pressed = await shop.moderator.click(alert, label="맞음", until="acknowledged")
            await shop.server.wait_for(lambda: recorded(shop), what="the decision")
            await shop.customer.delete(message)
            await shop.server.wait_for(lambda: pressed.followups, what="the answer")
            await shop.verdict(bot, message, where=lambda each: each.text is None)
            await settled(bot)
        assert alert.embeds[0]["title"] == KO("case.title_deleted", number=1)
        assert BAD not in str(alert.embeds)
        assert set(buttons(alert)) == {"타임아웃"}


class TestDeletedPlaces:
    @pytest.mark.parametrize("place", ["channel", "thread", "post"])
    @pytest.mark.parametrize("is_away", [False, True])
    async def test_the_text_goes_from_the_alert_and_the_database_with_its_place(
        self, shop: Shop, place: str, is_away: bool
    ) -> None:
        chat, forum = shop.guild.add_text_channel("수다"), shop.guild.add_forum("후기")
        async with shop.bot(watched=WatchedChannels(is_all=True)) as bot:
            for each in (chat, forum):
                await shop.begin_watching(bot, each)
            if place == "post":
                where = forum.add_thread("문의", author=shop.customer, content=GOOD)
            else:
                where = chat.add_thread("문의", author=shop.customer) if place == "thread" else chat
            await shop.flagged(await shop.customer.send(where, BAD))
            alert = await shop.alert()
            await settled(bot)
            if not is_away:
                where.delete()
                await shop.server.wait_for(lambda: set(buttons(alert)) == {"타임아웃"}, what="the alert's closing")
        if is_away:
            where.delete()
            async with shop.bot(watched=WatchedChannels(is_all=True)):
                await shop.server.wait_for(lambda: set(buttons(alert)) == {"타임아웃"}, what="the alert's closing")
        assert alert.embeds[0]["title"] == KO("case.title_deleted", number=1)
        assert BAD not in str(alert.embeds)
        assert shop.rows("SELECT text, author_id FROM verdicts WHERE is_flagged") == [(None, None)]
        assert shop.rows("SELECT state, ended FROM cases") == [("closed", "deleted")]


class TestEdits:
    async def test_an_edit_that_stays_negative_is_shown_and_opens_the_case_again(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            await said(shop, await press(shop.moderator, alert, "맞음"))
            await shop.customer.edit(message, f"{BAD} 진짜")
            await shop.verdict(bot, message, where=lambda each: each.text is not None)
            await settled(bot)
        assert alert.embeds[0]["title"] == KO("case.title_open", number=1)
        assert alert.embeds[0]["description"] == f"||{BAD} 진짜||"
        assert buttons(alert)["맞음"] == SECONDARY
        assert len(shop.log.history) == 1

    async def test_a_false_alarm_that_is_flagged_again_gets_a_new_alert_and_the_old_one_is_closed(
        self, shop: Shop
    ) -> None:
        async with shop.bot() as bot:
            message, alert = await alert_of(shop)
            await said(shop, await press(shop.moderator, alert, "오탐"))
            await shop.customer.edit(message, f"{BAD} 진짜")
            newer = await shop.alert()
            await settled(bot)
        assert buttons(alert) == {}
        assert newer.embeds[0]["title"] == KO("case.title_open", number=1)
        assert shop.rows("SELECT count(*) FROM cases") == [(1,)]


class TestLearning:
    @pytest.mark.parametrize(
        ("label", "became", "sentence"),
        [("맞음", "negative", "decision.learned_right"), ("오탐", "neutral", "decision.learned_false_alarm")],
    )
    async def test_where_the_operator_allows_it_the_text_becomes_an_example(
        self, shop: Shop, label: str, became: str, sentence: str
    ) -> None:
        async with shop.bot(allow_training_on_messages=True):
            _, alert = await alert_of(shop)
            heard = await said(shop, await press(shop.moderator, alert, label))
        assert heard.endswith(KO(sentence))
        assert shop.rows("SELECT text, label, source FROM examples") == [(BAD, became, "message")]

    async def test_a_correction_relabels_it_and_the_deleted_message_takes_it_along(self, shop: Shop) -> None:
        async with shop.bot(allow_training_on_messages=True) as bot:
            message, alert = await alert_of(shop)
            for label in ("맞음", "오탐"):
                await said(shop, await press(shop.moderator, alert, label))
            assert shop.rows("SELECT label FROM examples") == [("neutral",)]
            await shop.customer.delete(message)
            await shop.server.wait_for(lambda: set(buttons(alert)) == {"타임아웃"}, what="the alert's closing")
            await jigi_in(bot).pipeline.drain()
        assert shop.rows("SELECT * FROM examples") == []

    async def test_what_was_learned_is_trained_on_with_permission_alone(self, shop: Shop) -> None:
        async with shop.bot(allow_training_on_messages=True) as bot:
            _, alert = await alert_of(shop)
            await said(shop, await press(shop.moderator, alert, "맞음"))
            assert [each.text for each in await jigi_in(bot).retraining.examples(shop.guild.id)] == [BAD]
        async with shop.bot() as bot:
            assert await jigi_in(bot).retraining.examples(shop.guild.id) == []

    async def test_a_text_that_an_earlier_decision_has_erased_cannot_be_learned(self, shop: Shop) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            await said(shop, await press(shop.moderator, alert, "오탐"))
        async with shop.bot(allow_training_on_messages=True):
            heard = await said(shop, await press(shop.moderator, alert, "맞음"))
        assert heard.splitlines()[0] == KO("decision.done_right") + " " + KO("decision.not_learned")


class TestFaults:
    async def test_a_database_that_refuses_is_logged_and_told(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            _, alert = await alert_of(shop)
            await jigi_in(bot).pipeline.close()
            await jigi_in(bot).database.close()
            answer = await shop.moderator.click(alert, label="맞음", until="acknowledged")
            assert await said(shop, answer) == KO("error.fault")
        assert len([each for each in caplog.records if each.name == "bot.cogs.shared.replies"]) == 1

    async def test_a_press_that_discord_has_given_up_on_is_no_error(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot():
            _, alert = await alert_of(shop)
            shop.server.interactions.deadline = 0.0
            with pytest.raises(TimeoutError):
                await shop.moderator.click(alert, label="맞음", within=0.3)
        assert recorded(shop) == []
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


def test_a_button_that_somebody_else_made_up_is_none_of_ours() -> None:
    assert re.fullmatch(OLD_TEMPLATE, "jigi:decision:12:right")
    for custom_id in ("jigi:decision:12:wrong", "jigi:decision::right", "jigi:decision:" + "1" * 20 + ":right"):
        assert not re.fullmatch(OLD_TEMPLATE, custom_id)
    assert re.fullmatch(TEMPLATE, "jigi:case:1:2:delete")
    for custom_id in ("jigi:case:1:2:skip", "jigi:case:1:2:note", "jigi:case:1:2:expired", "jigi:case:1:-2:right"):
        assert not re.fullmatch(TEMPLATE, custom_id)
