"""What a guild has chosen, in words. Pure: `bot.cogs.settings` says it on Discord.

Channels, roles and people are named by Discord's marks, which its client turns into their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.config import WatchedChannels
from bot.domain.guilds import GuildSettings, QuietHours, SettingChange
from bot.localisation.texts import Language, Texts
from bot.wording.automatic import FIELDS, rests
from bot.wording.cases import duration
from bot.wording.thresholds import number

SHOWN = (
    "watched", "log_channel_id", "is_shadow", "threshold", "thresholds", "alerts_per_day", "exempts_moderators",
    "exempt_role_ids", "exempt_user_ids", "exempt_channel_ids", "ping_role_id", "quiet_hours", "time_zone", "language",
    "retention_days", "digest_weekday", "reply_from", "reply_words", "timeout_from", "timeout_minutes", "delete_from",
)  # fmt: skip
_OF_OPERATOR = {"watched", "log_channel_id", "threshold", "language", "retention_days"}  # where nothing is chosen
_NOTHING = (
    dict.fromkeys((*_OF_OPERATOR, "model_version_id"), "settings.default")
    | {"alerts_per_day": "settings.not_set", "digest_weekday": "settings.no_digest", "reply_words": "settings.default"}
    | dict.fromkeys(FIELDS, "automatic.off")
)  # where it is not "none"
_MOST_NAMED = 25  # channels, roles or people of one line


def overview(chosen: GuildSettings, effective: GuildSettings, texts: Texts) -> list[str]:
    """Say all that holds in a guild, one line a setting, and what of it was not chosen by the guild itself."""
    return [line(name, chosen, effective, texts) for name in SHOWN]


def line(name: str, chosen: GuildSettings, effective: GuildSettings, texts: Texts) -> str:
    """Say what holds of one setting."""
    shown = f"**{texts(f'setting.{name}')}** · {value(name, getattr(effective, name), texts)}"
    is_default = name in _OF_OPERATOR and getattr(chosen, name) is None
    note = texts("settings.is_default") if is_default else rests(name, effective, texts)
    return f"{shown} {note}".rstrip()


def history(change: SettingChange, texts: Texts) -> str:
    """Say who has changed a setting, when, and from what to what."""
    return texts(
        "settings.change",
        when=f"<t:{change.changed_at.timestamp():.0f}:f>",
        by=texts("settings.jigi") if change.changed_by is None else f"<@{change.changed_by}>",
        name=texts(f"setting.{change.name}"),
        before=value(change.name, change.before, texts),
        after=value(change.name, change.after, texts),
    )


def value(name: str, chosen: Any, texts: Texts) -> str:
    """Say what a setting is."""
    match chosen:
        case None:
            return texts(_NOTHING.get(name, "settings.none"))
        case bool():
            return texts(f"settings.{name}" if chosen else f"settings.not_{name}")
        case WatchedChannels():
            return (
                texts("settings.all_channels")
                if chosen.is_all
                else _listed((f"<#{each}>" for each in chosen.ids), texts)
            )
        case QuietHours():
            return f"{chosen.begins:%H:%M}–{chosen.ends:%H:%M}"
        case Language():
            return texts(f"settings.{chosen}")
        case dict():
            return _listed((f"<#{place}> {number(threshold)}" for place, threshold in chosen.items()), texts)
        case frozenset():
            mark = {"exempt_role_ids": "@&", "exempt_user_ids": "@", "exempt_channel_ids": "#"}[name]
            return _listed((f"<{mark}{each}>" for each in chosen), texts)
        case _:
            return _plain(name, chosen, texts)


def _plain(name: str, chosen: float | str, texts: Texts) -> str:
    match name:
        case "log_channel_id":
            return f"<#{chosen}>"
        case "ping_role_id":
            return f"<@&{chosen}>"
        case "retention_days":
            return texts("settings.days", n=chosen)
        case "digest_weekday":
            return texts("settings.every_week", day=texts(f"settings.weekday_{chosen}"))
        case "alerts_per_day":
            return texts("settings.a_day", n=f"{float(chosen):g}")
        case "timeout_minutes":
            return duration(int(chosen), texts)
        case "model_version_id":
            return texts("settings.own_model")
        case _:
            return number(chosen) if isinstance(chosen, float) else str(chosen)


def _listed(marks: Iterable[str], texts: Texts) -> str:
    shown = sorted(marks)
    more = len(shown) - _MOST_NAMED
    joined = ", ".join(shown[:_MOST_NAMED]) or texts("settings.none")
    return f"{joined} {texts('settings.more', n=more)}" if more > 0 else joined
