"""Stories of moderators who ask how Jigi does."""

from __future__ import annotations

import discord
import pytest

from bot.cogs.shared.replies import no_permission
from bot.config import WatchedChannels
from bot.domain.verdicts import NOTHING
from bot.localisation.texts import Texts
from bot.wording.statistics import share_of
from tests.discord_server import Channel, Guild, Member
from tests.support.shop import Shop, jigi_in
from tests.support.store import verdict
from tests.support.talk import KO, LANGUAGES, say, usage

_TO_DRAW = 20.0  # seconds that the first picture of a process may take: it imports matplotlib
ALL = WatchedChannels(is_all=True)


async def judge(
    bot: discord.Client, guild: Guild, channel: Channel, first: int, *, n_right: int, n_false: int, n_open: int = 0
) -> None:
    """Have messages of a channel judged: flagged ones that are right, false alarms and open, and as many harmless."""
    database, ids = jigi_in(bot).database, iter(range(first, first + 1000))  # type: ignore[arg-type]
    where = {"guild_id": guild.id, "channel_id": channel.id}
    for is_right in [True] * n_right + [False] * n_false + [None] * n_open:
        flagged, harmless = next(ids), next(ids)
        await database.verdicts.record(
            [
                verdict(flagged, "글", is_bad=True, **where),  # type: ignore[arg-type]
                verdict(harmless, "글", is_bad=False, **where),  # type: ignore[arg-type]
            ]
        )
        if is_right is not None:
            await database.decisions.decide(flagged, is_right, 7, guild_id=guild.id, may_learn=False)


def lines_of(texts: Texts, n_judged: int, n_flagged: int, **decided: int) -> list[str]:
    return [
        texts("stats.counts", n_judged=n_judged, n_flagged=n_flagged),
        texts("stats.decided", **decided),
    ]


@pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
async def test_by_slash_who_asks_alone_hears_numbers_rate_and_interval(
    shop: Shop, neighbour: Guild, locale: str, texts: Texts
) -> None:
    (theirs,) = neighbour.channels.values()
    async with shop.bot() as bot:
        await judge(bot, shop.guild, shop.reviews, 1, n_right=8, n_false=2, n_open=3)
        await judge(bot, neighbour, theirs, 5000, n_right=5, n_false=5)
        answer = await shop.moderator.use_slash(shop.reviews, "stats", locale=locale, within=_TO_DRAW)
    lines = answer.content.splitlines()
    assert answer.is_ephemeral
    assert lines[0] == f"**{texts('stats.title', n_days=30)}**"
    assert lines[1:3] == lines_of(texts, 26, 13, n_right=8, n_false=2, n_undecided=3)
    assert lines[3] == texts("stats.rate", rate="**20%**", low="6%", high="51%", n_decided=10)
    assert lines[4] == texts(
        "stats.waited", median=texts("stats.minutes", n=1), most=texts("stats.minutes", n=1)
    )  # fmt: skip
    described = answer.files[0].description or ""
    assert described.startswith(texts("stats.picture", title=texts("stats.title", n_days=30)))
    assert "**" not in described
    for written in (lines[1], lines[2], texts("stats.bar", name="#리뷰", n=13, n_right=8, n_false=2)):
        assert written in described
    assert str(theirs.id) not in answer.content


async def test_too_few_decisions_are_no_rate_and_by_prefix_it_takes_days_and_a_channel(shop: Shop) -> None:
    other = shop.guild.add_text_channel("문의")
    async with shop.bot() as bot:
        await judge(bot, shop.guild, shop.reviews, 1, n_right=9, n_false=0)
        await judge(bot, shop.guild, other, 500, n_right=0, n_false=0, n_open=1)
        for command in ("!stats 7", "!통계 7"):
            lines = (await say(shop, shop.moderator, command)).content.splitlines()
            assert lines[0] == f"**{KO('stats.title', n_days=7)}**"
            assert KO("stats.too_few", n=9, least=10) in lines
            counts = KO("stats.counts", n_judged=2, n_flagged=1)
            assert KO("stats.line", name=f"<#{other.id}>", counts=counts, rate="") in lines
        for command in (f"!stats 7 <#{other.id}>", "!stats 7 문의", "!stats 7 #문의", f"!stats 7 {other.id}"):
            lines = (await say(shop, shop.moderator, command)).content.splitlines()
            assert lines[0] == f"**{KO('stats.title_of_channel', title=KO('stats.title', n_days=7), channel='문의')}**"
            assert lines[1:3] == lines_of(KO, 2, 1, n_right=0, n_false=0, n_undecided=1)


async def test_weeks_are_told_with_their_dates(shop: Shop) -> None:
    async with shop.bot() as bot:
        await judge(bot, shop.guild, shop.reviews, 1, n_right=1, n_false=0)
        lines = (await say(shop, shop.moderator, "!stats 28")).content.splitlines()
        weeks = lines[lines.index(f"**{KO('stats.by_week')}**") + 1 :]
        assert len(weeks) == 4
        assert weeks[0].endswith(KO("stats.counts", n_judged=2, n_flagged=1))
        assert weeks[1].endswith(KO("stats.counts", n_judged=0, n_flagged=0))
        assert KO("stats.by_week") not in (await say(shop, shop.moderator, "!stats 13")).content


async def test_many_days_are_drawn_by_week_and_a_first_bar_that_is_none_is_said(shop: Shop) -> None:
    async with shop.bot() as bot:
        await judge(bot, shop.guild, shop.reviews, 1, n_right=1, n_false=0)
        for n_days, n_first in ((40, 5), (365, 1)):
            answer = await say(shop, shop.moderator, f"!stats {n_days}")
            assert answer.content.splitlines()[-1] == f"-# {KO('stats.first_bar', n=n_first)}"
        assert "-#" not in (await say(shop, shop.moderator, "!stats 35")).content


async def test_shadow_mode_is_counted_apart(shop: Shop) -> None:
    async with shop.bot() as bot:
        where = {"guild_id": shop.guild.id, "channel_id": shop.reviews.id}
        shadow = [verdict(n, "글", acting=NOTHING, is_bad=True, **where) for n in (1, 2)]
        await jigi_in(bot).database.verdicts.record(shadow)
        answer = await say(shop, shop.moderator, "!stats")
    expected = [KO("stats.counts", n_judged=2, n_flagged=0), KO("stats.shadow", n=2)]
    assert answer.content.splitlines()[1:3] == expected
    assert answer.attachments == []


@pytest.fixture
def closed(shop: Shop) -> Channel:
    """Return a channel that the moderator cannot see."""
    channel = shop.guild.add_text_channel("임원")
    channel.set_permissions(shop.guild.everyone, view_channel=False)
    channel.set_permissions(shop.guild.bot, view_channel=True)
    return channel


async def test_nobody_is_told_of_channels_that_they_cannot_see(shop: Shop, closed: Channel) -> None:
    async with shop.bot() as bot:
        for number, channel in enumerate((shop.reviews, shop.guild.add_text_channel("문의"), closed)):
            await judge(bot, shop.guild, channel, 1 + 100 * number, n_right=1, n_false=0)
        answer = await shop.moderator.use_slash(shop.reviews, "stats", locale="ko", within=_TO_DRAW)
        assert (f"<#{shop.reviews.id}>" in answer.content, f"<#{closed.id}>" in answer.content) == (True, False)
        beside = KO("stats.elsewhere", counts=KO("stats.counts", n_judged=2, n_flagged=1))
        assert answer.content.splitlines().count(beside) == 1
        assert "임원" not in (answer.files[0].description or "")
        asked = await shop.moderator.use_slash(shop.reviews, "stats", locale="ko", channel=closed)
        assert asked.content == KO("stats.hidden_channel")


async def test_what_everybody_reads_tells_of_public_channels_only(shop: Shop, closed: Channel) -> None:
    closed.set_permissions(shop.moderator, view_channel=True)
    async with shop.bot() as bot:
        for number, channel in enumerate((shop.reviews, shop.guild.add_text_channel("문의"), closed)):
            await judge(bot, shop.guild, channel, 1 + 100 * number, n_right=1, n_false=0)
        in_public = await say(shop, shop.moderator, "!stats")
        assert (f"<#{shop.reviews.id}>" in in_public.content, f"<#{closed.id}>" in in_public.content) == (True, False)
        by_slash = await shop.moderator.use_slash(shop.reviews, "stats", channel=closed, locale="ko")
        assert by_slash.content.splitlines()[1] == KO("stats.counts", n_judged=2, n_flagged=1)


async def test_threads_count_for_their_channel_and_channels_for_their_category(shop: Shop) -> None:
    category = shop.guild.add_category("고객")
    inquiries = shop.guild.add_text_channel("문의", parent=category)
    thread = inquiries.add_thread("첫 문의")
    async with shop.bot() as bot:
        for number, channel in enumerate((inquiries, thread, shop.reviews)):
            await judge(bot, shop.guild, channel, 1 + 100 * number, n_right=1, n_false=0)
        for place, n_flagged in ((thread, 1), (inquiries, 2), (category, 2)):
            answer = await shop.moderator.use_slash(shop.reviews, "stats", channel=place, locale="ko", within=_TO_DRAW)
            counts = KO("stats.counts", n_judged=2 * n_flagged, n_flagged=n_flagged)
            assert answer.content.splitlines()[1] == counts
        everywhere = (await say(shop, shop.moderator, "!stats")).content
        counts = KO("stats.counts", n_judged=4, n_flagged=2)
        assert KO("stats.line", name=f"<#{inquiries.id}>", counts=counts, rate="") in everywhere


async def test_where_it_may_not_attach_files_the_words_come_alone(shop: Shop) -> None:
    shop.reviews.set_permissions(shop.guild.bot, attach_files=False)
    async with shop.bot() as bot:
        await judge(bot, shop.guild, shop.reviews, 1, n_right=1, n_false=0)
        answer = await say(shop, shop.moderator, "!stats")
    assert KO("stats.counts", n_judged=2, n_flagged=1) in answer.content
    assert answer.attachments == []


async def test_before_any_message_it_says_so(shop: Shop) -> None:
    async with shop.bot():
        answer = await say(shop, shop.moderator, "!stats 1")
    assert answer.content.splitlines() == [f"**{KO('stats.title_today')}**", KO("stats.nothing_judged")]


@pytest.mark.parametrize("written", ["0", "366", "어제", "7 없는방", "7 @리뷰", "7 99999999999999999"])
async def test_used_wrongly_it_says_how_it_is_used(shop: Shop, written: str) -> None:
    async with shop.bot():
        assert (await say(shop, shop.moderator, f"!stats {written}")).content == usage("stats")


async def test_another_servers_channel_is_none_of_ours(shop: Shop, neighbour: Guild) -> None:
    (theirs,) = neighbour.channels.values()
    async with shop.bot() as bot:
        await judge(bot, neighbour, theirs, 1, n_right=1, n_false=0)
        assert (await say(shop, shop.moderator, f"!stats 7 <#{theirs.id}>")).content == usage("stats")


async def test_customers_may_not_ask(shop: Shop, admin: Member) -> None:
    async with shop.bot():
        by_prefix = await say(shop, shop.customer, "!stats")
        with pytest.raises(PermissionError):
            await shop.customer.use_slash(shop.reviews, "stats")
    assert by_prefix.content == no_permission(["manage_messages"], KO)


@pytest.mark.parametrize(("share", "written"), [(0, "0%"), (0.004, "0.4%"), (0.01, "1%"), (0.184, "18%"), (1, "100%")])
def test_a_share_is_written_in_whole_percents(share: float, written: str) -> None:
    assert share_of(share) == written
