"""The pages of `/setup`: their menus, drawn from what is stored, and what a choice from one of them means.

Nothing is remembered but in the database: a menu's id says which page and setting it is, also to a bot that was started
since. `bot.cogs.settings.panel` answers them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ChannelType, SelectDefaultValue, SelectDefaultValueType

from bot.cogs.settings.arguments import find_role, require_writable
from bot.cogs.shared.channels import find_place, look_up_place
from bot.cogs.shared.replies import MOST_CHARACTERS
from bot.config import WatchedChannels
from bot.domain.guilds import GuildSettings, parse_quiet_hours
from bot.localisation.formats import fit
from bot.localisation.texts import Language, Texts
from bot.wording.settings import line, overview, value

TEMPLATE = r"jigi:setup:(?P<page>[0-4]):(?P<field>[a-z_]+)"
TURN = "turn"  # in place of a setting: a button that leads to its page
PAGES = (
    ("watched", "log_channel_id"),
    ("alerts_per_day", "is_shadow", "ping_role_id", "quiet_hours"),
    ("exempts_moderators", "exempt_role_ids", "exempt_user_ids", "exempt_channel_ids"),
    ("language", "retention_days", "digest_weekday"),
    (),  # all that holds
)
_DEFAULT, _NONE = "default", "none"
_THREADS = [ChannelType.public_thread, ChannelType.private_thread, ChannelType.news_thread]
_WRITABLE = [ChannelType.text, ChannelType.news, ChannelType.voice, ChannelType.stage_voice, *_THREADS]
_READABLE = [ChannelType.forum, ChannelType.category, *_WRITABLE]
_MOST = 25  # that Discord lets be chosen from one menu
_ALERTS_PER_DAY, _DAYS = (3, 5, 10, 20, 50, 100), (7, 14, 30, 60, 90, 180, 365)
_QUIET = ("22:00-08:00", "23:00-07:00", "00:00-09:00", "18:00-09:00")


def content(page: int, chosen: GuildSettings, effective: GuildSettings, texts: Texts, notes: Iterable[str]) -> str:
    """Write what stands above the menus of a page: what it is about, and what holds."""
    names = PAGES[page]
    lines = [line(name, chosen, effective, texts) for name in names] or overview(chosen, effective, texts)
    title = texts("setup.page", page=page + 1, n_pages=len(PAGES), title=texts(f"setup.title_{page}"))
    return fit([title, texts(f"setup.about_{page}"), *lines, *notes], texts, MOST_CHARACTERS)[0]


@dataclass(frozen=True, slots=True)
class There:
    """What of a guild's choices is still there: a menu marks no channel or role that is gone."""

    guild: discord.Guild
    place_ids: frozenset[int]  # archived threads among them

    @classmethod
    async def of(cls, guild: discord.Guild, chosen: GuildSettings) -> There:
        """Look up all places that a guild has chosen."""
        watched = chosen.watched.ids if chosen.watched is not None else frozenset()
        wanted = {*watched, *chosen.exempt_channel_ids, *_only(chosen.log_channel_id)}
        return cls(guild, frozenset([each for each in wanted if await look_up_place(guild, each) is not None]))


def view(page: int, there: There, chosen: GuildSettings, texts: Texts) -> discord.ui.View:
    """Return the menus of a page, what holds marked in them, and the buttons that lead to its neighbours."""
    shown = discord.ui.View(timeout=None)
    for row, name in enumerate(PAGES[page]):
        menu = _MENUS[name](there, chosen, texts)
        menu.custom_id, menu.row = f"jigi:setup:{page}:{name}", row
        menu.placeholder = texts(f"setting.{name}")
        shown.add_item(menu)
    for target, key in ((page - 1, "setup.back"), (page + 1, "setup.next")):
        if 0 <= target < len(PAGES):
            button: discord.ui.Button[Any] = discord.ui.Button(
                label=texts(key), custom_id=f"jigi:setup:{target}:{TURN}"
            )
            shown.add_item(button)
    shown.stop()  # nobody listens here: the panel does, for the menus of earlier runs too
    return shown


async def read_choice(name: str, values: Sequence[Any], guild: discord.Guild) -> dict[str, object]:
    """Return the settings that a choice from a menu means.

    Raises:
        RefusedError: It cannot be: a channel of another guild, one into which the bot cannot write.
    """
    first = values[0] if values else None
    match name:
        case "watched":
            places = frozenset([(await find_place(guild, each.id)).id for each in values])
            return {name: WatchedChannels(places) if places else None}
        case "log_channel_id":
            if first is None:
                return {name: None}
            place = await find_place(guild, first.id)
            require_writable(place)
            return {name: place.id}
        case "exempt_channel_ids":
            return {name: frozenset([(await find_place(guild, each.id)).id for each in values])}
        case "exempt_role_ids":
            return {name: frozenset(find_role(guild, each.id).id for each in values)}
        case "exempt_user_ids":
            return {name: frozenset(each.id for each in values)}
        case "ping_role_id":
            return {name: None if first is None else find_role(guild, first.id).id}
        case _:
            return {name: _read_option(name, str(first))}


def _read_option(name: str, option: str) -> object:
    match name:
        case _ if option in (_DEFAULT, _NONE):
            return None
        case "alerts_per_day":
            return float(option)
        case "quiet_hours":
            return parse_quiet_hours(option)
        case "language":
            return Language(option)
        case "retention_days" | "digest_weekday":
            return int(option)
        case _:
            return option == "True"


def _options(
    name: str, offered: Iterable[Any], current: Any, texts: Texts, empty: str | None = None
) -> discord.ui.Select[Any]:
    """Return a menu of a setting's values, the current one marked; `empty` is what stands for none."""
    menu: discord.ui.Select[Any] = discord.ui.Select()
    values = ({} if empty is None else {empty: None}) | {_written(each): each for each in offered}
    for written, each in values.items():  # Discord shows the option that is marked in place of the menu's own name
        label = texts("setup.option", name=texts(f"setting.{name}"), value=value(name, each, texts))
        menu.add_option(label=label, value=written, default=each == current)
    return menu


def _written(each: Any) -> str:
    return f"{each.begins:%H:%M}-{each.ends:%H:%M}" if hasattr(each, "begins") else str(each)


def _with(current: Any, offered: Iterable[Any]) -> list[Any]:
    """Offer what was chosen by a command, too."""
    listed = list(offered)
    return listed if current is None or current in listed else [*listed, current]


def _marks(ids: Iterable[int], kind: SelectDefaultValueType) -> list[Any]:
    return [SelectDefaultValue(id=each, type=kind) for each in sorted(ids)[:_MOST]]


def _channels(ids: Collection[int], there: There, kinds: list[ChannelType], most: int) -> discord.ui.Item[Any]:
    marks = _marks(there.place_ids.intersection(ids), SelectDefaultValueType.channel)
    return discord.ui.ChannelSelect(channel_types=kinds, min_values=0, max_values=most, default_values=marks)


def _roles(ids: Collection[int], there: There, most: int) -> discord.ui.Item[Any]:
    marks = _marks((each for each in ids if there.guild.get_role(each)), SelectDefaultValueType.role)
    return discord.ui.RoleSelect(min_values=0, max_values=most, default_values=marks)


def _users(ids: Collection[int]) -> discord.ui.Item[Any]:
    marks = _marks(ids, SelectDefaultValueType.user)
    return discord.ui.UserSelect(min_values=0, max_values=_MOST, default_values=marks)


def _only(each: int | None) -> list[int]:
    return [] if each is None else [each]


_MENUS: dict[str, Callable[[There, GuildSettings, Texts], Any]] = {
    "watched": lambda there, now, texts: _channels(now.watched.ids if now.watched else [], there, _READABLE, _MOST),
    "log_channel_id": lambda there, now, texts: _channels(_only(now.log_channel_id), there, _WRITABLE, 1),
    "alerts_per_day": lambda there, now, texts: _options(
        "alerts_per_day", _with(now.alerts_per_day, map(float, _ALERTS_PER_DAY)), now.alerts_per_day, texts, _NONE
    ),
    "is_shadow": lambda there, now, texts: _options("is_shadow", (False, True), now.is_shadow, texts),
    "ping_role_id": lambda there, now, texts: _roles(_only(now.ping_role_id), there, 1),
    "quiet_hours": lambda there, now, texts: _options(
        "quiet_hours", _with(now.quiet_hours, map(parse_quiet_hours, _QUIET)), now.quiet_hours, texts, _NONE
    ),
    "exempts_moderators": lambda there, now, texts: _options(
        "exempts_moderators", (True, False), now.exempts_moderators, texts
    ),
    "exempt_role_ids": lambda there, now, texts: _roles(now.exempt_role_ids, there, _MOST),
    "exempt_user_ids": lambda there, now, texts: _users(now.exempt_user_ids),
    "exempt_channel_ids": lambda there, now, texts: _channels(now.exempt_channel_ids, there, _READABLE, _MOST),
    "language": lambda there, now, texts: _options("language", Language, now.language, texts, _DEFAULT),
    "retention_days": lambda there, now, texts: _options(
        "retention_days", _with(now.retention_days, _DAYS), now.retention_days, texts, _DEFAULT
    ),
    "digest_weekday": lambda guild, now, texts: _options("digest_weekday", range(7), now.digest_weekday, texts, _NONE),
}
