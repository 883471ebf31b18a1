"""Stories of a server that sets Jigi up by menus."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any

import discord
import pytest

from bot.cogs.settings.pages import PAGES
from bot.cogs.shared.replies import no_permission
from bot.config import WatchedChannels
from bot.domain.guilds import GuildSettings, QuietHours
from bot.localisation.texts import Language, Texts
from tests.discord_server import Guild, Member, Message
from tests.support.shop import BAD, Shop, jigi_in
from tests.support.talk import KO, LANGUAGES, say


def chosen(shop: Shop, bot: discord.Client, guild: Guild | None = None) -> GuildSettings:
    """Return what a guild has chosen."""
    return jigi_in(bot).settings.of((guild or shop.guild).id)  # type: ignore[arg-type]


def menus(panel: Message) -> list[str]:
    """Return the settings that a page has menus for."""
    custom_ids = (each["custom_id"] for row in panel.components for each in row["components"])
    return [each.rpartition(":")[2] for each in custom_ids if not each.endswith(":turn")]


def menu(panel: Message, name: str) -> dict[str, Any]:
    """Return a menu of a page."""
    return next(
        each for row in panel.components for each in row["components"] if each["custom_id"].endswith(f":{name}")
    )


async def open_panel(shop: Shop, admin: Member, page: int = 0, locale: str = "ko") -> Message:
    """Open the panel and turn to a page."""
    panel = (await admin.use_slash(shop.reviews, "setup", locale=locale)).message
    for target in range(1, page + 1):
        await turn(admin, panel, target)
    return panel


async def turn(admin: Member, panel: Message, target: int) -> None:
    """Press the button that leads to a page, and wait for it."""
    before = len(panel.edits)
    await admin.click(panel, custom_id=f"jigi:setup:{target}:turn")
    await admin.server.wait_for(lambda: len(panel.edits) > before, what="the page")


async def choose(admin: Member, panel: Message, name: str, *values: Any, locale: str = "ko") -> None:
    """Choose from a menu, and wait until the page shows it."""
    before = len(panel.edits)
    await admin.select(panel, values, custom_id=menu(panel, name)["custom_id"], locale=locale)
    await admin.server.wait_for(lambda: len(panel.edits) > before, what="the page with what was chosen")


@pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
async def test_it_leads_through_every_setting_and_tells_at_the_end_what_holds(
    shop: Shop, admin: Member, locale: str, texts: Texts
) -> None:
    async with shop.bot():
        panel = await open_panel(shop, admin, locale=locale)
        assert panel.is_ephemeral
        for page, names in enumerate(PAGES):
            assert (menus(panel), texts(f"setup.title_{page}") in panel.content) == (list(names), True)
            if page + 1 < len(PAGES):
                before = len(panel.edits)
                await admin.click(panel, label=texts("setup.next"), locale=locale)
                await shop.server.wait_for(lambda n=before: len(panel.edits) > n, what="the next page")  # type: ignore[misc]
        assert texts("setting.retention_days") in panel.content
        await admin.click(panel, label=texts("setup.back"), locale=locale)
        await shop.server.wait_for(lambda: menus(panel) == list(PAGES[-2]), what="the page before")


async def test_each_menu_is_stored_at_once_for_its_server_alone(shop: Shop, admin: Member, neighbour: Guild) -> None:
    role, forum = shop.guild.add_role("직원"), shop.guild.add_forum("후기")
    category = shop.guild.add_category("고객")
    pages: Sequence[Sequence[tuple[str, tuple[Any, ...], Any]]] = [
        [
            ("watched", (shop.reviews, forum, category),
             WatchedChannels(frozenset({shop.reviews.id, forum.id, category.id}))),
            ("log_channel_id", (shop.log,), shop.log.id),
        ],
        [
            ("alerts_per_day", ("10.0",), 10.0),
            ("is_shadow", ("True",), True),
            ("ping_role_id", (role,), role.id),
            ("quiet_hours", ("22:00-08:00",), QuietHours(time(22), time(8))),
        ],
        [
            ("exempts_moderators", ("False",), False),
            ("exempt_role_ids", (role,), frozenset({role.id})),
            ("exempt_user_ids", (shop.customer,), frozenset({shop.customer.id})),
            ("exempt_channel_ids", (forum,), frozenset({forum.id})),
        ],
        [("language", ("en",), Language.ENGLISH), ("retention_days", ("60",), 60),
            ("digest_weekday", ("4",), 4),
        ],
    ]  # fmt: skip
    async with shop.bot() as bot:
        panel = await open_panel(shop, admin)
        for page, choices in enumerate(pages):
            if page:
                await turn(admin, panel, page)
            for name, values, expected in choices:
                await choose(admin, panel, name, *values)
                assert getattr(chosen(shop, bot), name) == expected
        assert chosen(shop, bot, neighbour) == GuildSettings()
    async with shop.bot() as bot:
        for name, _, expected in (each for choices in pages for each in choices):
            assert getattr(chosen(shop, bot), name) == expected


async def test_what_holds_is_marked_in_the_menus(shop: Shop, admin: Member) -> None:
    role = shop.guild.add_role("직원")
    async with shop.bot() as bot:
        await jigi_in(bot).settings.change(
            shop.guild.id, 1, log_channel_id=shop.log.id, ping_role_id=role.id, retention_days=33, alerts_per_day=7.0
        )
        panel = await open_panel(shop, admin)
        assert menu(panel, "log_channel_id")["default_values"] == [{"id": shop.log.id, "type": "channel"}]
        await turn(admin, panel, 1)
        assert menu(panel, "ping_role_id")["default_values"] == [{"id": role.id, "type": "role"}]
        marked = [each for each in menu(panel, "alerts_per_day")["options"] if each.get("default")]
        assert [(each["value"], each["label"]) for each in marked] == [("7.0", "하루 알림 수: 7건")]
        await turn(admin, panel, 2)
        await turn(admin, panel, 3)
        assert [each["value"] for each in menu(panel, "retention_days")["options"] if each.get("default")] == ["33"]


async def test_a_menu_that_is_emptied_gives_the_choice_back(shop: Shop, admin: Member) -> None:
    async with shop.bot() as bot:
        await jigi_in(bot).settings.change(
            shop.guild.id, 1, log_channel_id=shop.log.id, watched=WatchedChannels(frozenset({shop.log.id})),
            retention_days=9,
        )  # fmt: skip
        panel = await open_panel(shop, admin)
        await choose(admin, panel, "log_channel_id")
        await choose(admin, panel, "watched")
        for page in (1, 2, 3):
            await turn(admin, panel, page)
        await choose(admin, panel, "retention_days", "default")
        assert chosen(shop, bot) == GuildSettings()


async def test_a_wrong_choice_is_told_and_changes_nothing(shop: Shop, admin: Member, neighbour: Guild) -> None:
    closed = shop.guild.add_text_channel("닫힌 방")
    closed.set_permissions(shop.guild.bot, send_messages=False)
    (theirs, *_) = neighbour.channels.values()
    async with shop.bot() as bot:
        panel = await open_panel(shop, admin)
        await choose(admin, panel, "log_channel_id", closed)
        unwritable = KO("settings.unwritable", channel=f"<#{closed.id}>", names="메시지 보내기, 링크 첨부")
        assert panel.content.splitlines()[-1] == f"⚠️ {unwritable}"
        for name in ("log_channel_id", "watched"):
            await choose(admin, panel, name, theirs)
            unknown = KO("settings.unknown_channel", received=theirs.id)
            assert panel.content.splitlines()[-1] == f"⚠️ {unknown}"
        assert chosen(shop, bot) == GuildSettings()
        await choose(admin, panel, "log_channel_id", shop.log)
        assert (chosen(shop, bot).log_channel_id, "⚠️" in panel.content) == (shop.log.id, False)


async def test_too_few_messages_to_choose_a_threshold_by_are_told(shop: Shop, admin: Member) -> None:
    async with shop.bot():
        panel = await open_panel(shop, admin, page=1)
        await choose(admin, panel, "alerts_per_day", "10.0")
        later = KO("settings.threshold_later", threshold="90%", wanted="10", least=200, least_days=3)
        assert panel.content.splitlines()[-1] == later


async def test_a_public_log_channel_is_warned_of(shop: Shop, admin: Member) -> None:
    async with shop.bot():
        panel = await open_panel(shop, admin)
        await choose(admin, panel, "log_channel_id", shop.reviews)
        warning = KO("settings.public_log_channel", channel=f"<#{shop.reviews.id}>")
        assert panel.content.splitlines()[-1] == warning


async def test_a_panel_of_an_earlier_run_goes_on(shop: Shop, admin: Member) -> None:
    async with shop.bot():
        panel = await open_panel(shop, admin)
        await choose(admin, panel, "log_channel_id", shop.log)
    async with shop.bot() as bot:
        await choose(admin, panel, "watched", shop.reviews)
        await turn(admin, panel, 1)
        await choose(admin, panel, "is_shadow", "True")
        now = chosen(shop, bot)
        assert (now.log_channel_id, now.watched, now.is_shadow) == (
            shop.log.id, WatchedChannels(frozenset({shop.reviews.id})), True
        )  # fmt: skip


@pytest.mark.parametrize(("locale", "texts"), LANGUAGES)
async def test_after_a_prefix_everybody_sees_it_and_only_who_may_can_use_it(
    shop: Shop, admin: Member, locale: str, texts: Texts
) -> None:
    async with shop.bot() as bot:
        panel = await say(shop, admin, "!setup")
        for custom_id in ("jigi:setup:1:turn",):
            answer = await shop.moderator.click(panel, custom_id=custom_id, locale=locale)
            assert (answer.content, answer.is_ephemeral) == (no_permission(["manage_guild"], texts), True)
        answer = await shop.moderator.select(
            panel, [shop.log], custom_id="jigi:setup:0:log_channel_id", locale=locale
        )  # fmt: skip
        assert answer.content == no_permission(["manage_guild"], texts)
        assert chosen(shop, bot) == GuildSettings()
        await choose(admin, panel, "log_channel_id", shop.log)
        assert chosen(shop, bot).log_channel_id == shop.log.id


async def test_what_was_chosen_holds_from_the_next_message_on(shop: Shop, admin: Member) -> None:
    other = shop.guild.add_text_channel("문의")
    async with shop.bot():
        panel = await open_panel(shop, admin)
        await choose(admin, panel, "watched", other)
        await shop.flagged(await shop.customer.send(other, BAD))
