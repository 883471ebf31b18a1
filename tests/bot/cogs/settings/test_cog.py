"""Stories of a server that chooses its settings by commands."""

from __future__ import annotations

import logging
from datetime import time, timedelta
from typing import Any

import discord
import pytest

from bot.cogs.settings.cog import SettingsCog
from bot.cogs.shared.replies import no_permission
from bot.config import WatchedChannels
from bot.domain.guilds import GuildSettings, QuietHours
from bot.localisation.commands import Caller
from bot.localisation.texts import Language, Texts
from bot.wording.settings import line
from tests.discord_server import Guild, Member
from tests.support.shop import BAD, FLAG, Shop, cog_in, jigi_in
from tests.support.talk import EN, KO, LANGUAGES, let_in_everybody, say, usage

SLASH: dict[str, dict[str, Any]] = {
    "show": {}, "watch": {"channels": "all"}, "log": {}, "threshold": {"value": "0.8"}, "alerts": {"per_day": 5},
    "mode": {"mode": "is_shadow"}, "exempt": {"moderators": False}, "ping": {}, "quiet": {"hours": "22-8"},
    "language": {"language": "en"}, "retention": {"days": "10"}, "digest": {"when": "4"}, "history": {}, "check": {},
}  # fmt: skip


def chosen(shop: Shop, bot: discord.Client, guild: Guild | None = None) -> GuildSettings:
    """Return what a guild has chosen."""
    return jigi_in(bot).settings.of((guild or shop.guild).id)  # type: ignore[arg-type]


class TestWhoMay:
    async def test_discord_offers_them_only_with_manage_server(self, shop: Shop) -> None:
        async with shop.bot():
            for name, options in SLASH.items():
                with pytest.raises(PermissionError):
                    await shop.moderator.use_slash(shop.reviews, f"settings {name}", **options)
            with pytest.raises(PermissionError):
                await shop.moderator.use_slash(shop.reviews, "setup")

    async def test_whom_a_server_has_let_in_is_answered(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            let_in_everybody(shop)
            answer = await shop.moderator.use_slash(shop.reviews, "settings retention", days="9")
            assert answer.content.startswith(KO("settings.changed"))
            panel = (await shop.moderator.use_slash(shop.reviews, "setup")).message
            await shop.moderator.select(panel, [shop.log], custom_id="jigi:setup:0:log_channel_id")
            await shop.server.wait_for(lambda: chosen(shop, bot).log_channel_id, what="the choice")
            cog_in(bot, SettingsCog)._panel._let_in_for = timedelta()  # a quarter of an hour later
            answer = await shop.moderator.click(panel, custom_id="jigi:setup:1:turn")
            assert answer.content == no_permission(["manage_guild"], KO)

    async def test_by_prefix_too(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            for command in ("!settings mode 지켜보기", "!설정 방식 지켜보기", "!setup", "!처음설정"):
                assert (await say(shop, shop.moderator, command)).content == no_permission(["manage_guild"], KO)
            assert chosen(shop, bot) == GuildSettings()

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_whoever_has_it_is_answered_alone_in_their_language(
        self, shop: Shop, admin: Member, locale: str, texts: Texts
    ) -> None:
        async with shop.bot():
            for name, options in SLASH.items():
                answer = await admin.use_slash(shop.reviews, f"settings {name}", locale=locale, **options)
                assert answer.is_ephemeral
                assert answer.content
                assert answer.content not in (texts("error.fault"), usage(f"settings {name}", Caller(texts)))
            answer = await admin.use_slash(shop.reviews, "settings mode", locale=locale, mode="not_is_shadow")
            assert answer.content.startswith(texts("settings.changed"))


class TestChoices:
    @pytest.mark.parametrize(
        ("command", "expected"),
        [
            ("watch all", {"watched": WatchedChannels(is_all=True)}),
            ("watch 모두", {"watched": WatchedChannels(is_all=True)}),
            ("watch 없음", {"watched": WatchedChannels()}),
            ("threshold 80%", {"threshold": 0.8}),
            ("기준 0.8", {"threshold": 0.8}),
            ("mode 지켜보기", {"is_shadow": True}),
            ("mode shadow", {"is_shadow": True}),
            ("exempt no", {"exempts_moderators": False}),
            ("quiet 22:00-08:00 Europe/Berlin",
             {"quiet_hours": QuietHours(time(22), time(8)), "time_zone": "Europe/Berlin"}),
            ("quiet 22-8", {"quiet_hours": QuietHours(time(22), time(8))}),
            ("language English", {"language": Language.ENGLISH}),
            ("언어 영어", {"language": Language.ENGLISH}),
            ("retention 60", {"retention_days": 60}),
        ],
    )  # fmt: skip
    async def test_each_is_stored_for_its_server_alone_and_outlives_a_restart(
        self, shop: Shop, admin: Member, neighbour: Guild, command: str, expected: dict[str, Any]
    ) -> None:
        async with shop.bot() as bot:
            answer = await say(shop, admin, f"!settings {command}")
            texts = EN if "language" in expected else KO
            wanted = GuildSettings(**expected)
            assert answer.content.splitlines() == [
                texts("settings.changed"), *(line(name, wanted, wanted, texts) for name in sorted(expected, key=order))
            ]  # fmt: skip
        async with shop.bot() as bot:
            assert chosen(shop, bot) == wanted
            assert chosen(shop, bot, neighbour) == GuildSettings()

    async def test_channels_roles_and_people_are_mentioned_or_named_by_id(self, shop: Shop, admin: Member) -> None:
        role, category = shop.guild.add_role("직원"), shop.guild.add_category("고객")
        forum = shop.guild.add_forum("후기")
        async with shop.bot() as bot:
            await say(shop, admin, f"!settings watch <#{shop.reviews.id}>, {category.id} <#{forum.id}>")
            assert chosen(shop, bot).watched == WatchedChannels(frozenset({shop.reviews.id, category.id, forum.id}))
            await say(shop, admin, f"!settings exempt yes <@&{role.id}> <@{shop.customer.id}> <#{forum.id}>")
            now = chosen(shop, bot)
            exempt = [*now.exempt_role_ids, *now.exempt_user_ids, *now.exempt_channel_ids]
            assert (exempt, now.exempts_moderators) == ([role.id, shop.customer.id, forum.id], True)
            await say(shop, admin, "!settings exempt no 없음")
            assert chosen(shop, bot).exempt_role_ids == frozenset()
            await say(shop, admin, "!settings ping 직원")
            assert chosen(shop, bot).ping_role_id == role.id
            await say(shop, admin, "!settings ping")
            assert chosen(shop, bot).ping_role_id is None

    async def test_a_channel_or_category_has_a_threshold_of_its_own(self, shop: Shop, admin: Member) -> None:
        async with shop.bot() as bot:
            await say(shop, admin, f"!settings threshold 0.3 <#{shop.reviews.id}>")
            assert chosen(shop, bot).thresholds == {shop.reviews.id: 0.3}
            assert (await shop.verdict(bot, await shop.customer.send(shop.reviews, BAD))).threshold == 0.3
            await say(shop, admin, "!settings threshold 기본 #리뷰")
            assert chosen(shop, bot).thresholds == {}

    async def test_the_next_alert_goes_into_the_new_log_channel(self, shop: Shop, admin: Member) -> None:
        other = shop.guild.add_text_channel("새 기록")
        async with shop.bot() as bot:
            answer = await admin.use_slash(shop.reviews, "settings log", channel=other)
            assert KO("settings.public_log_channel", channel=f"<#{other.id}>") in answer.content
            await shop.customer.send(shop.reviews, BAD)
            await shop.server.wait_for_message(other, author=shop.server.bot_user)
            assert shop.log.history == []
            await admin.use_slash(shop.reviews, "settings log")
            assert chosen(shop, bot).log_channel_id is None

    async def test_what_is_chosen_already_is_said_so(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            await say(shop, admin, "!settings retention 9")
            assert (await say(shop, admin, "!settings retention 9")).content.startswith(KO("settings.unchanged"))

    async def test_without_a_subcommand_or_a_value_it_says_how(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            for command in ("!settings", "!설정"):
                assert "`!설정 채널`" in (await say(shop, admin, command)).content
            for command in ("watch", "alerts viele", "alerts 0"):
                answer = await say(shop, admin, f"!settings {command}")
                assert answer.content == usage(f"settings {command.split()[0]}")


def order(name: str) -> int:
    """Sort settings as a command names them."""
    return ["quiet_hours", "time_zone"].index(name) if name in ("quiet_hours", "time_zone") else 0


class TestMistakes:
    async def test_each_is_answered_in_one_sentence_and_changes_nothing(
        self, shop: Shop, admin: Member, neighbour: Guild, caplog: pytest.LogCaptureFixture
    ) -> None:
        theirs = next(iter(neighbour.channels.values()))
        gone = shop.server.snowflakes.make()
        mistakes = {
            f"watch <#{theirs.id}>": KO("settings.unknown_channel", received=theirs.id),
            "watch 잡담방": KO("settings.not_understood", received="잡담방"),
            f"watch <@{shop.customer.id}>": KO("settings.channels_only"),
            f"watch {gone}": KO("settings.unknown", received=gone),
            f"log <#{theirs.id}>": KO("settings.unknown_channel", received=theirs.id),
            "log 없는방": KO("settings.unknown_channel", received="없는방"),
            "threshold 2": KO("threshold.ambiguous", command="!기준 정하기 2%", received=2),
            "threshold 높게": KO("threshold.bad_value", received="높게"),
            f"threshold 0.5 <#{theirs.id}>": KO("settings.unknown_channel", received=theirs.id),
            "mode 크게": KO("settings.bad_mode", received="크게"),
            "exempt": KO("settings.nobody_named"),
            f"exempt yes <@&{gone}>": KO("settings.unknown_role", received=gone),
            f"ping <@&{gone}>": KO("settings.unknown_role", received=gone),
            f"ping {shop.guild.id}": KO("settings.unknown_role", received=shop.guild.id),
            "ping 없는역할": KO("settings.unknown_role", received="없는역할"),
            "quiet 밤": KO("settings.bad_hours", received="밤"),
            "quiet 8-8": KO("settings.bad_hours", received="8\\-8"),
            "quiet 22-8 Mars": KO("settings.bad_time_zone", received="Mars"),
            "language 라틴어": KO("settings.bad_language", received="라틴어"),
            "retention 0": KO("settings.bad_days", most=365, received="0"),
            "retention 366": KO("settings.bad_days", most=365, received="366"),
        }
        async with shop.bot() as bot:
            for command, sentence in mistakes.items():
                assert (await say(shop, admin, f"!settings {command}")).content == sentence
            assert chosen(shop, bot) == GuildSettings()
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_a_log_channel_that_takes_no_alerts_is_refused_with_the_mend(
        self, shop: Shop, admin: Member, locale: str, texts: Texts
    ) -> None:
        closed = shop.guild.add_text_channel("닫힌 방")
        closed.set_permissions(shop.guild.bot, send_messages=False, embed_links=False)
        async with shop.bot() as bot:
            for place in (shop.guild.add_forum("포럼"), shop.guild.add_category("카테고리")):
                answer = await admin.use_slash(shop.reviews, "settings log", locale=locale, channel=place)
                assert answer.content == texts("settings.no_log_channel", channel=f"<#{place.id}>")
            answer = await admin.use_slash(shop.reviews, "settings log", locale=locale, channel=closed)
            names = f"{texts('permission.send_messages')}, {texts('permission.embed_links')}"
            assert answer.content == texts("settings.unwritable", channel=f"<#{closed.id}>", names=names)
            assert chosen(shop, bot) == GuildSettings()

    async def test_everyone_is_no_role_to_mention(self, shop: Shop, admin: Member) -> None:
        async with shop.bot() as bot:
            answer = await admin.use_slash(shop.reviews, "settings ping", role=shop.guild.everyone)
            assert answer.content == KO("settings.unknown_role", received=shop.guild.id)
            assert chosen(shop, bot).ping_role_id is None


class TestShow:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_it_says_what_holds_and_what_of_it_is_the_operators(
        self, shop: Shop, admin: Member, locale: str, texts: Texts
    ) -> None:
        async with shop.bot():
            await say(shop, admin, "!settings retention 9")
            answer = await admin.use_slash(shop.reviews, "settings show", locale=locale)
        assert f"**{texts('setting.retention_days')}** · {texts('settings.days', n=9)}" in answer.content.splitlines()
        watched = f"**{texts('setting.watched')}** · <#{shop.reviews.id}> {texts('settings.is_default')}"
        assert watched in answer.content.splitlines()
        assert f"<#{shop.log.id}>" in answer.content


class TestHistory:
    async def test_it_says_who_changed_what_from_what_to_what_in_this_server(
        self, shop: Shop, admin: Member, neighbour: Guild
    ) -> None:
        async with shop.bot() as bot:
            await jigi_in(bot).settings.change(neighbour.id, 1, retention_days=77)
            assert (await say(shop, admin, "!settings history")).content == KO("settings.no_changes")
            await say(shop, admin, "!settings retention 9")
            await say(shop, admin, "!settings retention 10")
            first, second = (await say(shop, admin, "!설정 기록")).content.splitlines()
        assert first.endswith(f"<@{admin.id}> · **보관 기간**: 9일 → 10일")
        assert second.endswith("**보관 기간**: 기본값 → 9일")


class TestAlertsPerDay:
    async def test_before_enough_was_seen_the_models_own_serves_and_a_better_one_is_chosen_later(
        self, shop: Shop, admin: Member
    ) -> None:
        async with shop.bot() as bot:
            for _ in range(2):
                await shop.verdict(bot, await shop.customer.send(shop.reviews, BAD))
            answer = await say(shop, admin, "!settings alerts 5")
            later = KO("settings.threshold_later", threshold="90%", wanted="5", least=200, least_days=3)
            assert answer.content.splitlines()[-1] == later
            assert chosen(shop, bot).threshold is None
        make_many(shop)
        async with shop.bot() as bot:
            await shop.server.wait_for(lambda: chosen(shop, bot).threshold, what="the threshold that is chosen")
            (change, *_) = await jigi_in(bot).database.guilds.changes(shop.guild.id, 1)
            assert (change.name, change.changed_by) == ("threshold", None)
            history = (await say(shop, admin, "!settings history")).content.splitlines()
            assert KO("settings.jigi") in history[0]

    async def test_a_database_that_refuses_does_not_end_the_looking(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            jigi, choosing = jigi_in(bot), cog_in(bot, SettingsCog).choose_thresholds
            await jigi.settings.change(shop.guild.id, 1, alerts_per_day=5.0)
            await jigi.pipeline.close()
            await jigi.database.close()
            choosing.restart()
            await shop.server.wait_for(lambda: "No threshold could be chosen" in caplog.text, what="the refusal")
            assert (choosing.is_running(), choosing.failed()) == (True, False)

    async def test_once_enough_was_seen_it_is_chosen_at_once(self, shop: Shop, admin: Member) -> None:
        async with shop.bot() as bot:
            for _ in range(2):
                await shop.verdict(bot, await shop.customer.send(shop.reviews, BAD))
        make_many(shop)
        async with shop.bot() as bot:
            answer = await say(shop, admin, "!settings alerts 5")
            now = chosen(shop, bot)
            assert (now.alerts_per_day, now.threshold) == (5.0, 1.0)  # all score alike: none is as few as that
            assert answer.content.splitlines()[-1] == KO("settings.threshold_chosen", threshold="100%", wanted="5")
            await say(shop, admin, "!settings threshold 0.7")
            assert (chosen(shop, bot).alerts_per_day, chosen(shop, bot).threshold) == (None, 0.7)


def make_many(shop: Shop) -> None:
    """Repeat what was judged until there is enough to choose a threshold by, the first of it some days ago."""
    columns = "guild_id, channel_id, probability, threshold, is_flagged, model_version, content_digest, created_at"
    numbers = "WITH RECURSIVE n(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM n WHERE n < 120)"
    shop.change(f"INSERT INTO verdicts (message_id, revision, {columns}) {numbers} "
                f"SELECT id * 1000 + n, 0, {columns} FROM verdicts, n")  # fmt: skip
    shop.change("UPDATE verdicts SET created_at = datetime('now', '-4 days') WHERE id = 1")


class TestSelfTest:
    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_it_flags_a_test_message_in_the_log_channel(
        self, shop: Shop, admin: Member, locale: str, texts: Texts
    ) -> None:
        async with shop.bot():
            answer = await admin.use_slash(shop.reviews, "settings check", locale=locale)
        (test,) = shop.log.history
        assert (test.content, test.has_reaction(FLAG, shop.server.bot_user)) == (KO("self_test.message"), True)
        assert answer.content.splitlines()[-1] == texts("self_test.fine")
        assert f"/{shop.log.id}/{test.id}" in answer.content

    async def test_what_is_missing_is_named_as_discords_korean_client_does(self, shop: Shop, admin: Member) -> None:
        role = shop.guild.add_role("당직")
        shop.reviews.set_permissions(shop.guild.bot, add_reactions=False, read_message_history=False)
        shop.log.set_permissions(shop.guild.bot, view_channel=True, embed_links=False)
        gone = shop.server.snowflakes.make()
        async with shop.bot() as bot:
            watched = WatchedChannels(frozenset({shop.reviews.id, gone}))
            await jigi_in(bot).settings.change(shop.guild.id, 1, watched=watched, ping_role_id=role.id)
            await jigi_in(bot).settings.change(shop.guild.id, 1, exempt_role_ids=frozenset({gone}), is_shadow=True)
            answer = await admin.use_slash(shop.reviews, "settings check")
        assert answer.content.splitlines()[1:] == [
            KO("self_test.shadow"),
            KO("settings.unwritable", channel=f"<#{shop.log.id}>", names="링크 첨부"),
            KO("self_test.unreadable", channel=f"<#{shop.reviews.id}>", names="메시지 기록 보기, 반응 추가하기"),
            KO("self_test.gone_channels", ids=gone),
            KO("self_test.gone_roles", ids=gone),
            KO("self_test.silent_role", role=f"<@&{role.id}>", names="@everyone, @here, 모든 역할 멘션하기"),
        ]

    async def test_where_nothing_is_set_up_it_says_what_to_do(self, shop: Shop, neighbour: Guild) -> None:
        (place, *_) = neighbour.channels.values()
        async with shop.bot():
            answer = await neighbour.owner.use_slash(place, "settings check")
        assert answer.content.splitlines() == [KO("self_test.no_log_channel"), KO("self_test.nothing_watched")]
        assert place.history == []
