"""Stories of a server that agrees to automatic acts after seeing what they would have done, and turns them off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest

from bot.cogs.settings.agreement import Agreement
from bot.cogs.shared.replies import no_permission
from bot.cogs.shared.types import Bot
from bot.domain.automatic import FEWEST_MESSAGES, MAX_WORDS, Automatic
from bot.domain.guilds import GuildSettings
from bot.domain.verdicts import NOTHING
from bot.localisation.commands import Caller
from bot.localisation.texts import Texts
from tests.discord_server import Guild, Member, Message
from tests.discord_server.permissions import BOT_INVITE
from tests.support.shop import BAD, Shop, jigi_in
from tests.support.store import BAD as JUDGED_BAD
from tests.support.store import GOOD as JUDGED_GOOD
from tests.support.store import verdict
from tests.support.talk import EN, KO, LANGUAGES, let_in_everybody, say

N_BAD = 6
COMMAND = Caller(KO).name("automatic on")
OUTDATED = KO("automatic.outdated", command=COMMAND)


@pytest.fixture
def chief(shop: Shop) -> Member:
    """Return an administrator."""
    return shop.guild.add_member("대표", permissions=discord.Permissions(administrator=True))


async def judge(shop: Shop, bot: Bot, n: int = FEWEST_MESSAGES, n_bad: int = N_BAD, guild: Guild | None = None) -> None:
    """Have messages judged, the first of them negative, at 99 %; nothing was done about them."""
    database, guild_id = jigi_in(bot).database, (guild or shop.guild).id
    channel_id, first = shop.reviews.id, (1 if guild is None else 10_001)
    await database.verdicts.record(
        verdict(first + i, JUDGED_BAD if i < n_bad else JUDGED_GOOD, acting=NOTHING, channel_id=channel_id,
                guild_id=guild_id)
        for i in range(n)
    )  # fmt: skip


def chosen(shop: Shop, bot: Bot, guild: Guild | None = None) -> GuildSettings:
    return jigi_in(bot).settings.of((guild or shop.guild).id)


async def preview(shop: Shop, who: Member, act: str = "reply", threshold: str = "95%", **options: Any) -> Message:
    answer = await who.use_slash(shop.reviews, "automatic on", act=act, threshold=threshold, **options)
    return answer.message


async def agree(shop: Shop, who: Member, shown: Message, locale: str = "ko") -> str:
    """Press the button, and return what is said then, in its place or to who has pressed alone."""
    answer = await who.click(shown, label=(EN if locale != "ko" else KO)("automatic.confirm"), locale=locale)
    if answer.message is not shown:
        assert answer.is_ephemeral
        return answer.content
    await shop.server.wait_for(lambda: answer.followups or not shown.components, what="the answer")
    return answer.followups[0].content if answer.followups else shown.content


class TestPreview:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_it_shows_what_would_have_been_done_where_and_how_it_was_judged(
        self, shop: Shop, chief: Member, locale: str, texts: Texts
    ) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            message = await shop.flagged(await shop.customer.send(shop.reviews, BAD))
            await shop.alert()
            await jigi_in(bot).database.decisions.decide(
                message.id, False, shop.moderator.id, guild_id=shop.guild.id, may_learn=False
            )
            answer = await chief.use_slash(shop.reviews, "automatic on", act="delete", threshold="95%", locale=locale)
        assert answer.is_ephemeral
        lines = answer.content.splitlines()
        n = {"n_days": 7, "n_messages": FEWEST_MESSAGES + 1}
        what = texts("case_act.delete")
        assert lines[:5] == [
            texts("automatic.preview", what=what, threshold="95%"),
            texts("automatic.about_delete"),
            texts("automatic.preview_would", n=N_BAD + 1, **n),
            texts("automatic.preview_channel", channel_id=shop.reviews.id, n=N_BAD + 1)
            + f" · {texts('automatic.preview_authors', n=2)}",
            texts("automatic.preview_decided", n=1, n_false=1),
        ]
        assert texts("automatic.said_false_alarm") in lines[5]  # what would have gone wrong comes first
        assert f"https://discord.com/channels/{shop.guild.id}/{shop.reviews.id}/{message.id}" in lines[5]
        assert BAD not in answer.content  # a moderator has decided: the text is gone
        assert lines[7] == f"> ||{JUDGED_BAD}||"
        assert lines[-1] == texts("automatic.how_to_confirm", minutes=15)

    async def test_in_public_nobody_reads_the_texts(self, shop: Shop, chief: Member) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            shown = await say(shop, chief, "!자동처리 켜기 답장 95%")
        assert shown.content.splitlines()[0] == KO("automatic.preview", what="답장", threshold="95%")
        assert JUDGED_BAD not in shown.content
        assert "바로 가기" in shown.content

    async def test_too_little_history_is_told_and_cannot_be_agreed_by(self, shop: Shop, chief: Member) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot, FEWEST_MESSAGES - 1)
            shown = await preview(shop, chief)
            assert shown.content == KO("automatic.too_few", n=FEWEST_MESSAGES - 1, n_days=7, least=FEWEST_MESSAGES)
            assert shown.components == []
            await judge(shop, bot, FEWEST_MESSAGES)
            assert (await preview(shop, chief)).components != []

    async def test_what_is_older_of_another_model_or_guild_does_not_count(
        self, shop: Shop, chief: Member, neighbour: Guild
    ) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            await judge(shop, bot, guild=neighbour)
            old = (datetime.now(UTC) - timedelta(days=8)).strftime("%Y-%m-%d %H:%M:%S.%f")
            await shop.change_beside(bot, "UPDATE verdicts SET created_at = ? WHERE message_id = 100", old)
            shown = await preview(shop, chief)
            assert shown.content == KO("automatic.too_few", n=FEWEST_MESSAGES - 1, n_days=7, least=FEWEST_MESSAGES)
            await shop.change_beside(bot, "UPDATE verdicts SET created_at = created_at, model_version = 'v1'")
            assert KO("automatic.too_few", n=0, n_days=7, least=FEWEST_MESSAGES) == (await preview(shop, chief)).content

    async def test_where_it_would_rest_is_named_and_not_counted(self, shop: Shop, chief: Member) -> None:
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, None, thresholds={shop.reviews.id: 0.95})
            await judge(shop, bot)
            shown = await preview(shop, chief)
        assert KO("automatic.resting", channels=f"<#{shop.reviews.id}>") in shown.content
        assert KO("automatic.preview_none", n_days=7, n_messages=FEWEST_MESSAGES) in shown.content

    async def test_missing_permissions_are_named(self, shop: Shop, chief: Member) -> None:
        shop.reviews.set_permissions(shop.guild.bot, manage_messages=False)
        async with shop.bot() as bot:
            await judge(shop, bot)
            shown = await preview(shop, chief, "delete")
        assert KO("automatic.lacking", names="메시지 관리", channels=f"<#{shop.reviews.id}>") in shown.content

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("켜기 답장 90%", KO("automatic.too_low", flagged="90%", received="90%")),
            ("켜기 답장 50%", KO("automatic.too_low", flagged="90%", received="50%")),
            ("켜기 추방 99%", KO("automatic.bad_act", received="추방")),
            ("켜기 타임아웃 99% 15", KO("automatic.bad_minutes", offered="10, 60, 360, 1440", received=15)),
            ("켜기 답장 200%", KO("threshold.bad_value", received="200%")),
            ("끄기 추방", KO("automatic.bad_act", received="추방")),
            (f"문구 {'가' * (MAX_WORDS + 1)}", KO("automatic.bad_words", most=MAX_WORDS, received=MAX_WORDS + 1)),
        ],
    )
    async def test_bad_input_gets_one_sentence(self, shop: Shop, chief: Member, written: str, expected: str) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            assert (await say(shop, chief, f"!자동처리 {written}")).content.replace("\\", "") == expected
            assert chosen(shop, bot) == GuildSettings()

    async def test_without_a_log_channel_nobody_could_see_or_undo_it(self, shop: Shop, chief: Member) -> None:
        async with shop.bot(log_channel_id=None) as bot:
            await judge(shop, bot)
            assert (await preview(shop, chief)).content == KO("automatic.no_log_channel")


class TestAgreeing:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_what_was_shown_holds_from_then_on_and_stands_in_the_audit_list(
        self, shop: Shop, chief: Member, neighbour: Guild, locale: str, texts: Texts
    ) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            shown = await preview(shop, chief, "timeout", "97.5%", minutes=60, locale=locale)
            assert chosen(shop, bot) == GuildSettings()
            await agree(shop, chief, shown, locale)
            now = chosen(shop, bot)
            history = await chief.use_slash(shop.reviews, "settings history", locale=locale)
            assert chosen(shop, bot, neighbour) == GuildSettings()
        assert (now.timeout_from, now.timeout_minutes, now.automatic_model) == (0.975, 60, "keyword-1")
        assert (now.reply_from, now.delete_from) == (None, None)
        assert shown.content.splitlines()[:2] == [
            texts("settings.changed"), f"**{texts('setting.timeout_from')}** · 97.5%"
        ]  # fmt: skip
        assert shown.components == []
        assert (
            f"<@{chief.id}> · **{texts('setting.timeout_from')}**: {texts('automatic.off')} → 97.5%" in history.content
        )

    async def test_from_then_on_it_acts(self, shop: Shop, chief: Member) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            await agree(shop, chief, await preview(shop, chief))
            message = await shop.customer.send(shop.reviews, BAD)
            reply = await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user)
        assert (reply.content, reply.reference) == (KO("automatic.reply_words"), message)

    async def test_only_an_administrator_may_look_and_press(self, shop: Shop, chief: Member, admin: Member) -> None:
        refusal = no_permission(["administrator"], KO)
        async with shop.bot() as bot:
            await judge(shop, bot)
            for each in ("on", "words"):
                options: dict[str, Any] = {"act": "reply", "threshold": "95%"} if each == "on" else {}
                assert (await admin.use_slash(shop.reviews, f"automatic {each}", **options)).content == refusal
                with pytest.raises(PermissionError):
                    await shop.moderator.use_slash(shop.reviews, f"automatic {each}", **options)
            assert (await say(shop, admin, "!자동처리 켜기 답장 95%")).content == refusal
            shown = await say(shop, chief, "!자동처리 켜기 답장 95%")
            for who in (admin, shop.moderator, shop.customer):
                assert await agree(shop, who, shown) == refusal
            assert chosen(shop, bot) == GuildSettings()
            await agree(shop, chief, shown)
            assert chosen(shop, bot).reply_from == 0.95

    async def test_whom_a_server_has_let_in_is_no_administrator(self, shop: Shop) -> None:
        async with shop.bot():
            let_in_everybody(shop)
            shown = await preview(shop, shop.moderator)
        assert shown.content == no_permission(["administrator"], KO)

    @pytest.mark.parametrize(
        "change",
        [
            {"threshold": 0.91}, {"thresholds": {5: 0.5}}, {"reply_words": "다른 말"}, {"is_shadow": True},
            {"delete_from": 0.99}, {"language": EN.language}, {"timeout_minutes": 60},
        ],
    )  # fmt: skip
    async def test_a_change_since_asks_to_look_again(self, shop: Shop, chief: Member, change: dict[str, Any]) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            shown = await preview(shop, chief)
            await jigi_in(bot).settings.change(shop.guild.id, None, **change)
            assert await agree(shop, chief, shown) == OUTDATED
            assert chosen(shop, bot).reply_from is None

    async def test_a_button_works_once(self, shop: Shop, chief: Member) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            shown = await preview(shop, chief)
            button = shown.components
            await agree(shop, chief, shown)
            await chief.use_slash(shop.reviews, "automatic off")
            shown.components = button
            assert await agree(shop, chief, shown) == OUTDATED
            assert chosen(shop, bot).reply_from is None

    async def test_a_preview_works_after_a_restart_until_it_is_too_old(self, shop: Shop, chief: Member) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            shown = await say(shop, chief, "!자동처리 켜기 답장 95%")
        async with shop.bot() as bot:
            await agree(shop, chief, shown)
            assert chosen(shop, bot).reply_from == 0.95

    async def test_one_that_is_too_old_is_refused(self, shop: Shop, chief: Member) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            shown = await preview(shop, chief)
            old = int((datetime.now(UTC) - timedelta(minutes=16)).timestamp())
            await press_forged(shop, bot, chief, shown, Agreement(shop.guild.id, Automatic.REPLY, 950_000, 10, old))
            assert await agree(shop, chief, shown) == KO("automatic.expired", command=COMMAND)
            assert chosen(shop, bot) == GuildSettings()

    async def test_a_made_up_button_turns_nothing_on(self, shop: Shop, chief: Member, neighbour: Guild) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            shown = await preview(shop, chief)
            genuine = shown.components[0]["components"][0]["custom_id"]
            lower = genuine.replace(":950000:", ":910000:")
            foreign = genuine.replace(str(shop.guild.id), str(neighbour.id))
            for forged, expected in ((lower, OUTDATED), (foreign, KO("automatic.foreign"))):
                shown.components[0]["components"][0]["custom_id"] = forged
                assert await agree(shop, chief, shown) == expected
            assert (chosen(shop, bot), chosen(shop, bot, neighbour)) == (GuildSettings(), GuildSettings())

    async def test_what_was_agreed_to_for_another_model_goes_off(self, shop: Shop, chief: Member) -> None:
        async with shop.bot() as bot:
            await judge(shop, bot)
            old = {"delete_from": 0.97, "automatic_model": "keyword-0"}
            await jigi_in(bot).settings.change(shop.guild.id, None, **old)
            shown = await preview(shop, chief)
            assert KO("automatic.about_model") in shown.content
            await agree(shop, chief, shown)
            now = chosen(shop, bot)
        assert (now.reply_from, now.delete_from, now.automatic_model) == (0.95, None, "keyword-1")


async def press_forged(shop: Shop, bot: Bot, who: Member, shown: Message, wanted: Agreement) -> None:
    """Put a button under a preview as it would have been then."""
    jigi = jigi_in(bot)
    serving = await jigi.models.for_guild(shop.guild.id)
    effective = replace(jigi.settings.effective(shop.guild.id), threshold=serving.threshold)
    seal = wanted.seal(effective, serving, KO("automatic.reply_words"), jigi.database.digest)
    shown.components[0]["components"][0]["custom_id"] = wanted.custom_id(seal)


class TestTurningOff:
    async def test_whoever_manages_the_server_turns_all_off_in_one_step(self, shop: Shop, admin: Member) -> None:
        on = {f"{kind}_from": 0.99 for kind in Automatic} | {"automatic_model": "keyword-1"}
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, None, **on)
            answer = await admin.use_slash(shop.reviews, "automatic off", act="reply")
            assert answer.content.splitlines() == [KO("settings.changed"), "**자동 답장** · 꺼짐"]
            assert dict(chosen(shop, bot).automatic) == {Automatic.TIMEOUT: 0.99, Automatic.DELETE: 0.99}
            assert (await say(shop, shop.moderator, "!자동처리 끄기")).content == no_permission(["manage_guild"], KO)
            assert (await say(shop, admin, "!automatic off")).content.startswith(KO("settings.changed"))
            assert chosen(shop, bot).automatic == ()
            assert (await say(shop, admin, "!자동처리 끄기")).content.startswith(KO("settings.unchanged"))

    async def test_new_words_turn_replies_off_until_somebody_has_looked_again(self, shop: Shop, chief: Member) -> None:
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, None, reply_from=0.99, automatic_model="keyword-1")
            answer = await chief.use_slash(shop.reviews, "automatic words", text="죄송해요")
            assert answer.content == KO("automatic.words_changed", command=COMMAND)
            assert (chosen(shop, bot).reply_words, chosen(shop, bot).reply_from) == ("죄송해요", None)
            await judge(shop, bot)
            assert KO("automatic.about_reply", words="죄송해요") in (await preview(shop, chief)).content
            await chief.use_slash(shop.reviews, "automatic words")
            assert chosen(shop, bot).reply_words is None


class TestShowing:
    @pytest.mark.parametrize(
        ("change", "note"),
        [
            ({}, ""),
            ({"is_shadow": True}, "rests_shadow"),
            ({"automatic_model": "v7"}, "rests_model"),
            ({"threshold": 0.99}, "rests_threshold"),
        ],
    )
    async def test_settings_show_and_check_say_what_holds_and_what_rests(
        self, shop: Shop, admin: Member, change: dict[str, Any], note: str
    ) -> None:
        on = {"reply_from": 0.99, "automatic_model": "keyword-1"}
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, None, **on | change)
            shown = await admin.use_slash(shop.reviews, "settings show")
            checked = await admin.use_slash(shop.reviews, "settings check")
        expected = f"**자동 답장** · 99% {KO(f'automatic.{note}') if note else ''}".rstrip()
        assert expected in shown.content.splitlines()
        assert "**자동 삭제** · 꺼짐" in shown.content.splitlines()
        assert (expected in checked.content.splitlines()) is bool(note)

    async def test_who_raises_the_threshold_above_it_is_told_that_it_rests(self, shop: Shop, admin: Member) -> None:
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(shop.guild.id, None, reply_from=0.97, automatic_model="keyword-1")
            below = await admin.use_slash(shop.reviews, "settings threshold", value="96%")
            above = await admin.use_slash(shop.reviews, "settings threshold", value="97%")
        note = f"**자동 답장** · 97% {KO('automatic.rests_threshold')}"
        assert note not in below.content
        assert above.content.splitlines()[-1] == note

    async def test_the_check_names_the_permissions_that_an_act_which_is_on_lacks(
        self, shop: Shop, admin: Member
    ) -> None:
        allowed = discord.Permissions(BOT_INVITE.value)
        allowed.moderate_members = False
        shop.guild.bot.roles[0].permissions = allowed
        shop.reviews.set_permissions(shop.guild.bot, manage_messages=False)
        async with shop.bot() as bot:
            quiet = await admin.use_slash(shop.reviews, "settings check")
            on = {f"{kind}_from": 0.99 for kind in Automatic} | {"automatic_model": "keyword-1"}
            await jigi_in(bot).settings.change(shop.guild.id, None, **on)
            checked = await admin.use_slash(shop.reviews, "settings check", locale="en-US")
        assert quiet.content.splitlines()[-1] == KO("self_test.fine")
        assert checked.content.splitlines()[1:] == [
            EN("automatic.lacking_server", names="Timeout Members"),
            EN("automatic.lacking", names="Manage Messages", channels=f"<#{shop.reviews.id}>"),
        ]
