"""Stories of a server that looks for its threshold."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.cogs.shared.replies import no_permission
from bot.domain.thresholds import ThresholdOrigin
from bot.localisation.texts import Texts
from bot.services import thresholds
from bot.wording.thresholds import now
from model.examples import Example, ExampleLabel
from tests.discord_server import Member, Message
from tests.support.shop import BAD, GOOD, Shop, jigi_in, open_shop
from tests.support.talk import EN, KO, LANGUAGES, ask, let_in_everybody, usage

CHAT = "오늘 저녁 뭐 먹지"  # 0.4 to the tiny model
_TO_DRAW = 20.0  # seconds that the first picture of a process may take: it imports matplotlib


@pytest.fixture
async def shop(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, tiny_model) as shop:
        yield shop


@pytest.fixture
def admin(shop: Shop) -> Member:
    """Return a member with Manage Server and Manage Messages."""
    return shop.guild.add_member("운영진", permissions=discord.Permissions(manage_guild=True, manage_messages=True))


async def say(shop: Shop, bot: discord.Client, *contents: str) -> None:
    """Have the customer say something, and wait until it is judged."""
    for content in contents:
        await shop.verdict(bot, await shop.customer.send(shop.reviews, content))  # type: ignore[arg-type]


def make_many(shop: Shop, n_times: int = 100, n_days: int = 4) -> None:
    """Repeat what was judged until there is enough to advise by, the first of it some days ago."""
    columns = "guild_id, channel_id, probability, threshold, is_flagged, model_version, content_digest, created_at"
    numbers = f"WITH RECURSIVE n(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM n WHERE n < {n_times})"
    shop.change(f"INSERT INTO verdicts (message_id, revision, {columns}) {numbers} "
                f"SELECT id * 1000 + n, 0, {columns} FROM verdicts, n")  # fmt: skip
    shop.change("UPDATE verdicts SET created_at = datetime('now', ?) WHERE id = 1", f"-{n_days} days")


async def tell(shop: Shop, member: Member, content: str) -> Message:
    """Let a member send a command and return the bot's answer."""
    await member.send(shop.reviews, content)
    return await shop.server.wait_for_message(shop.reviews, author=shop.server.bot_user, timeout=_TO_DRAW)


async def decide_all(shop: Shop, bot: discord.Client, n_right: int) -> None:
    """Have all alerts decided, the first of them right."""
    decisions = jigi_in(bot).database.decisions  # type: ignore[arg-type]
    flagged = shop.rows("SELECT message_id FROM verdicts WHERE is_flagged ORDER BY id")
    for place, (message_id,) in enumerate(flagged):
        await decisions.decide(message_id, place < n_right, shop.moderator.id, guild_id=shop.guild.id, may_learn=False)


class TestShow:
    async def test_it_says_threshold_origin_alerts_and_share_with_a_picture(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await say(shop, bot, *[BAD] * 10, GOOD, CHAT)
            await decide_all(shop, bot, n_right=9)
            answer = await tell(shop, shop.moderator, "!threshold show")
        right, alerts = KO("threshold.right", precision="90%", n_decided=10), KO("threshold.alerts", n=10)
        assert answer.content.splitlines() == [
            now(0.9, ThresholdOrigin.MODEL, KO),
            KO("threshold.forecast", threshold="90%", alerts=alerts, right=right),
            KO("threshold.basis", n=12, n_days=1),
        ]
        assert answer.attachments[0].dimensions == (960, 540)
        described = " ".join([f"{KO('threshold.picture_title')}.", *answer.content.splitlines()]).replace("**", "")
        assert answer.attachments[0].description == described

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_by_slash_who_asks_alone_hears_it_in_their_language(
        self, shop: Shop, locale: str, texts: Texts
    ) -> None:
        async with shop.bot(threshold=0.8) as bot:
            await say(shop, bot, BAD)
            answer = await shop.moderator.use_slash(shop.reviews, "threshold show", locale=locale, within=_TO_DRAW)
        assert answer.is_ephemeral
        assert now(0.8, ThresholdOrigin.OPERATOR, texts) in answer.content
        assert texts("threshold.right_unknown", n_decided=0, least=5) in answer.content
        assert [file.filename for file in answer.files] == ["jigi-threshold.png"]

    async def test_before_any_message_it_promises_nothing(self, shop: Shop) -> None:
        async with shop.bot():
            answer = await tell(shop, shop.moderator, "!threshold show")
        assert answer.content.splitlines() == [now(0.9, ThresholdOrigin.MODEL, KO), KO("threshold.nothing_observed")]
        assert answer.attachments == []

    async def test_where_it_may_not_attach_a_picture_the_words_come_alone(self, shop: Shop) -> None:
        shop.reviews.set_permissions(shop.guild.bot, attach_files=False)
        async with shop.bot() as bot:
            await say(shop, bot, BAD)
            answer = await tell(shop, shop.moderator, "!threshold show")
        assert now(0.9, ThresholdOrigin.MODEL, KO) in answer.content
        assert answer.attachments == []


class TestSet:
    @pytest.mark.parametrize("written", ["0.3", "30%", "30"])
    async def test_it_holds_from_the_next_message_on_and_says_what_changes(
        self, shop: Shop, admin: Member, written: str
    ) -> None:
        async with shop.bot() as bot:
            await say(shop, bot, BAD, CHAT, CHAT)
            answer = await tell(shop, admin, f"!threshold set {written}")
            assert answer.content.splitlines() == [
                KO("threshold.changed", before="90%", after="30%"),
                KO("threshold.changed_alerts", before=1, after=3),
            ]
            await shop.flagged(await shop.customer.send(shop.reviews, CHAT))
            assert now(0.3, ThresholdOrigin.GUILD, KO) in (await tell(shop, shop.moderator, "!threshold show")).content

    async def test_it_outlives_a_restart_and_goes_before_the_operators(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            await tell(shop, admin, "!threshold set 0.3")
        async with shop.bot(threshold=0.95):
            await shop.flagged(await shop.customer.send(shop.reviews, CHAT))

    @pytest.mark.parametrize("written", ["높게", "0", "101", "@everyone *"])
    async def test_what_is_no_threshold_changes_nothing(
        self, shop: Shop, admin: Member, written: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot() as bot:
            answer = await tell(shop, admin, f"!threshold set {written}")
            serving = await jigi_in(bot).models.for_guild(shop.guild.id)
        assert answer.content.replace("\\", "") == KO("threshold.bad_value", received=written)
        assert serving.threshold == 0.9
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []

    @pytest.mark.parametrize("written", ["1.5", "2", "9.9"])
    async def test_what_may_be_a_slip_is_asked_back(self, shop: Shop, admin: Member, written: str) -> None:
        async with shop.bot() as bot:
            answer = await tell(shop, admin, f"!threshold set {written}")
            assert (await jigi_in(bot).models.for_guild(shop.guild.id)).threshold == 0.9
        assert answer.content == KO("threshold.ambiguous", command=f"!기준 정하기 {written}%", received=written)

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_by_slash_it_is_set_and_reset(self, shop: Shop, admin: Member, locale: str, texts: Texts) -> None:
        async with shop.bot() as bot:
            chosen = await admin.use_slash(shop.reviews, "threshold set", value="99%", locale=locale)
            assert (await jigi_in(bot).models.for_guild(shop.guild.id)).threshold == 0.99
            back = await admin.use_slash(shop.reviews, "threshold reset", locale=locale)
            assert (await jigi_in(bot).models.for_guild(shop.guild.id)).threshold == 0.9
        assert chosen.is_ephemeral
        assert chosen.content == texts("threshold.changed", before="90%", after="99%")
        assert back.content.splitlines() == [
            texts("threshold.changed", before="99%", after="90%"),
            now(0.9, ThresholdOrigin.MODEL, texts),
        ]

    async def test_koreans_find_it_by_its_korean_name(self, shop: Shop, admin: Member) -> None:
        async with shop.bot():
            answer = await admin.use_slash(shop.reviews, "기준 정하기", 값="0.95", locale="ko")
        assert answer.content == KO("threshold.changed", before="90%", after="95%")


class TestSuggest:
    @pytest.fixture(autouse=True)
    def _plain_talk(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The tiny model knows a few letters, not people: neutral sentences of the golden set have them too."""
        monkeypatch.setattr(thresholds, "golden_examples", lambda: (Example(CHAT, ExampleLabel.NEUTRAL),))

    @pytest.mark.parametrize("written", ["26", "alerts_per_day:26"])
    async def test_the_lowest_threshold_with_so_few_alerts_stands_beside_todays(self, shop: Shop, written: str) -> None:
        async with shop.bot() as bot:
            await say(shop, bot, BAD, *[CHAT] * 3)
        make_many(shop)
        async with shop.bot():
            lines = (await tell(shop, shop.moderator, f"!threshold suggest {written}")).content.splitlines()
        assert lines[0] == KO("threshold.advised", threshold="50%", wanted="26")
        alerts = KO("threshold.alerts", n=25)
        assert lines[1].startswith(KO("threshold.forecast", threshold="50%", alerts=alerts, right=""))
        assert lines[2].startswith(KO("threshold.forecast", threshold="90%", alerts=alerts, right=""))
        assert lines[2].endswith(KO("threshold.serving"))
        assert lines[3] == KO("threshold.basis", n=404, n_days=4)
        assert lines[-1] == KO("threshold.how_to_set", command="!기준 정하기 50%")

    @pytest.mark.parametrize(("n_times", "n_days"), [(10, 10), (100, 2)])
    async def test_too_little_is_no_ground_for_advice(self, shop: Shop, n_times: int, n_days: int) -> None:
        async with shop.bot() as bot:
            await say(shop, bot, BAD, *[CHAT] * 3)
        make_many(shop, n_times, n_days)
        async with shop.bot():
            answer = await tell(shop, shop.moderator, "!threshold suggest 10")
        assert answer.content.splitlines()[0] == KO("threshold.too_few", least=200, least_days=3)
        assert KO("threshold.advised", threshold="", wanted="10").split("*")[0] not in answer.content

    async def test_what_cannot_be_had_is_said(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await say(shop, bot, *[BAD] * 3)
        make_many(shop)
        shop.change("UPDATE verdicts SET probability = 0")
        async with shop.bot():
            answer = await tell(shop, shop.moderator, "!threshold suggest 2")
        assert answer.content.splitlines()[0] == KO("threshold.not_so_few", threshold="100%", wanted="2")

    @pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
    async def test_without_a_number_a_few_are_compared(self, shop: Shop, locale: str, texts: Texts) -> None:
        async with shop.bot() as bot:
            await say(shop, bot, BAD, CHAT)
            answer = await shop.moderator.use_slash(shop.reviews, "threshold suggest", locale=locale, within=_TO_DRAW)
        lines = answer.content.splitlines()
        assert len(lines) == 8
        assert [line for line in lines if line.endswith(texts("threshold.serving"))] == [lines[3]]
        assert answer.files[0].dimensions == (960, 540)

    async def test_by_slash_it_takes_a_number(self, shop: Shop) -> None:
        async with shop.bot() as bot:
            await say(shop, bot, BAD, CHAT, CHAT)
            await shop.change_beside(bot, "UPDATE verdicts SET created_at = datetime('now', '-4 days')")
            make_many(shop)
            answer = await shop.moderator.use_slash(
                shop.reviews, "threshold suggest", alerts_per_day=25.5, locale="en-US", within=_TO_DRAW
            )
            with pytest.raises(ValueError, match="limits"):
                await shop.moderator.use_slash(shop.reviews, "threshold suggest", alerts_per_day=0)
        assert answer.content.startswith(EN("threshold.advised", threshold="50%", wanted="25.5"))

    async def test_before_any_message_it_promises_nothing(self, shop: Shop) -> None:
        async with shop.bot():
            for command in ("!threshold suggest", "!threshold suggest 3"):
                assert await ask(shop, command) == KO("threshold.nothing_observed")


class TestMistakes:
    @pytest.mark.parametrize("command", ["set", "suggest 많이", "suggest 0", "suggest nan"])
    async def test_used_wrongly_it_says_how_it_is_used(
        self, shop: Shop, admin: Member, command: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with shop.bot():
            assert (await tell(shop, admin, f"!threshold {command}")).content == usage(
                f"threshold {command.split()[0]}"
            )
        assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


class TestPermission:
    @pytest.mark.parametrize("command", ["show", "suggest"])
    async def test_customers_may_not_look(self, shop: Shop, command: str) -> None:
        async with shop.bot():
            by_prefix = await tell(shop, shop.customer, f"!threshold {command}")
            with pytest.raises(PermissionError):
                await shop.customer.use_slash(shop.reviews, f"threshold {command}")
        assert by_prefix.content == no_permission(["manage_messages"], KO)

    async def test_whom_a_server_has_let_in_may_look_and_not_change_it(self, shop: Shop) -> None:
        async with shop.bot():
            let_in_everybody(shop)
            shown = await shop.customer.use_slash(shop.reviews, "threshold show", locale="en-US")
            refused = await shop.customer.use_slash(shop.reviews, "threshold reset", locale="en-US")
        assert now(0.9, ThresholdOrigin.MODEL, EN) in shown.content
        assert refused.content == no_permission(["manage_guild"], EN)

    @pytest.mark.parametrize(("command", "options"), [("set", {"value": "0.5"}), ("reset", {})])
    async def test_moderators_may_not_change_it(self, shop: Shop, command: str, options: dict[str, Any]) -> None:
        async with shop.bot() as bot:
            by_prefix = await tell(shop, shop.moderator, " ".join(["!threshold", command, *options.values()]))
            by_slash = await shop.moderator.use_slash(shop.reviews, f"threshold {command}", **options)
            serving = await jigi_in(bot).models.for_guild(shop.guild.id)
        assert by_prefix.content == by_slash.content == no_permission(["manage_guild"], KO)
        assert by_slash.is_ephemeral
        assert serving.threshold == 0.9
