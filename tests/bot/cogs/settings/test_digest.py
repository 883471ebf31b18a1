"""Stories of a server that chooses the weekday of its digest."""

from __future__ import annotations

import pytest

from bot.cogs.shared.replies import no_permission
from bot.domain.guilds import GuildSettings
from bot.localisation.texts import Texts
from tests.discord_server import Guild, Member
from tests.support.shop import Shop, jigi_in
from tests.support.talk import KO, LANGUAGES, say


@pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
async def test_a_weekday_is_chosen_shown_and_listed_for_one_server(
    shop: Shop, admin: Member, neighbour: Guild, locale: str, texts: Texts
) -> None:
    async with shop.bot() as bot:
        shown = f"**{texts('setting.digest_weekday')}** · "
        every = texts("settings.every_week", day=texts("settings.weekday_4"))
        answer = await admin.use_slash(shop.reviews, "settings digest", locale=locale, when="4")
        assert (answer.is_ephemeral, answer.content) == (True, f"{texts('settings.changed')}\n{shown}{every}")
        answer = await admin.use_slash(shop.reviews, "settings digest", locale=locale)
        assert answer.content == f"{shown}{every}"
        answer = await admin.use_slash(shop.reviews, "settings history", locale=locale)
        assert every in answer.content
        answer = await admin.use_slash(shop.reviews, "settings digest", locale=locale, when="off")
        assert answer.content.endswith(texts("settings.no_digest"))
        assert jigi_in(bot).settings.of(shop.guild.id) == jigi_in(bot).settings.of(neighbour.id) == GuildSettings()


@pytest.mark.parametrize(
    ("written", "weekday"),
    [("월요일", 0), ("일", 6), ("Friday", 4), ("켜기", 0), ("on", 0), ("sat", 5), ("끄기", None)],
)
async def test_after_a_prefix_days_are_written_as_people_do(
    shop: Shop, admin: Member, written: str, weekday: int | None
) -> None:
    async with shop.bot() as bot:
        for command in (f"!settings digest {written}", f"!설정 요약 {written}"):
            await say(shop, admin, command)
            assert jigi_in(bot).settings.of(shop.guild.id).digest_weekday == weekday


async def test_what_is_no_day_changes_nothing(shop: Shop, admin: Member) -> None:
    async with shop.bot() as bot:
        answer = await say(shop, admin, "!settings digest 내일")
        assert answer.content == KO("settings.bad_weekday", received="내일")
        assert jigi_in(bot).settings.of(shop.guild.id) == GuildSettings()


async def test_what_would_keep_it_from_being_sent_is_told_at_once(shop: Shop, admin: Member) -> None:
    shop.log.set_permissions(shop.guild.bot, view_channel=True, attach_files=False)
    async with shop.bot():
        answer = await admin.use_slash(shop.reviews, "settings digest", locale="ko", when="0")
        names = KO("permission.attach_files")
        told = KO("settings.unwritable", channel=f"<#{shop.log.id}>", names=names)
        assert answer.content.splitlines()[-1] == told
    async with shop.bot(log_channel_id=None):
        answer = await admin.use_slash(shop.reviews, "settings digest", locale="ko", when="1")
        assert answer.content.splitlines()[-1] == KO("self_test.no_log_channel")


async def test_who_may_not_is_refused(shop: Shop) -> None:
    async with shop.bot() as bot:
        assert (await say(shop, shop.moderator, "!settings digest 월")).content == no_permission(["manage_guild"], KO)
        with pytest.raises(PermissionError):
            await shop.moderator.use_slash(shop.reviews, "settings digest", when="0")
        assert jigi_in(bot).settings.of(shop.guild.id) == GuildSettings()
