"""What a guild has chosen for itself, and what follows from it. Pure.

`bot.storage.guilds` keeps it, `bot.services.settings` has it at hand for every message.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from bot.config import WatchedChannels
from bot.domain.automatic import MINUTES, Automatic, Thresholds
from bot.domain.verdicts import Acting
from bot.localisation.texts import Language

_HOUR, _MINUTE = "[01]?[0-9]|2[0-4]", "[0-5][0-9]"
_HOURS = re.compile(rf"(?P<from>{_HOUR})(:(?P<m>{_MINUTE}))?\s*[-~–]\s*(?P<to>{_HOUR})(:(?P<n>{_MINUTE}))?")

DEFAULT_TIME_ZONE = "Asia/Seoul"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nobody is notified, by the guild's clock: from `begins` until just before `ends`, also over midnight."""

    begins: time
    ends: time

    def include(self, moment: time) -> bool:
        """Tell whether a time of day is in them."""
        if self.begins <= self.ends:
            return self.begins <= moment < self.ends
        return moment >= self.begins or moment < self.ends


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """A guild's own choices; None where it takes what the operator has configured."""

    model_version_id: int | None = None
    threshold: float | None = None  # P(negative) in (0, 1]
    thresholds: Mapping[int, float] = field(default_factory=dict)  # of channels and categories
    alerts_per_day: float | None = None  # that its team can read: the threshold was, or will be, chosen by them
    watched: WatchedChannels | None = None
    log_channel_id: int | None = None
    is_shadow: bool = False  # messages are judged, and nothing is done on Discord
    exempts_moderators: bool = True  # who may manage messages where they write
    exempt_role_ids: frozenset[int] = frozenset()
    exempt_user_ids: frozenset[int] = frozenset()
    exempt_channel_ids: frozenset[int] = frozenset()  # channels and categories
    ping_role_id: int | None = None
    quiet_hours: QuietHours | None = None
    time_zone: str = DEFAULT_TIME_ZONE
    language: Language | None = None
    retention_days: int | None = None  # in [1, 365]
    digest_weekday: int | None = None  # on which the weekly digest is sent, 0: Monday
    reply_from: float | None = None  # P(negative) in (0, 1] from which Jigi replies by itself; None: never
    timeout_from: float | None = None
    delete_from: float | None = None
    timeout_minutes: int = MINUTES[0]
    reply_words: str | None = None  # of the guild's own, in such a reply
    automatic_model: str | None = None  # by whose scores the guild has agreed to that

    def exempts(self, author_id: int, role_ids: Collection[int]) -> bool:
        """Tell whether what somebody writes is not judged; moderators, of whom nothing is known here, apart."""
        return author_id in self.exempt_user_ids or not self.exempt_role_ids.isdisjoint(role_ids)

    def watches(self, operators: WatchedChannels, place_ids: Collection[int]) -> bool:
        """Tell whether messages of a channel are judged; `place_ids` are its own, its parent's and its category's."""
        if not self.exempt_channel_ids.isdisjoint(place_ids):
            return False
        return (operators if self.watched is None else self.watched).includes(*place_ids)

    def pings_at(self, moment: datetime) -> int | None:
        """Return the role that an alert of a moment notifies, None for nobody."""
        if self.quiet_hours is not None:
            clock = moment.astimezone(ZoneInfo(self.time_zone)).time()
            if self.quiet_hours.include(clock):
                return None
        return self.ping_role_id

    @property
    def automatic(self) -> Thresholds:
        """What Jigi does by itself, and from which P(negative)."""
        found = ((kind, getattr(self, f"{kind}_from")) for kind in Automatic)
        return tuple((kind, threshold) for kind, threshold in found if threshold is not None)

    def automatic_under(self, model: str) -> Thresholds:
        """Return what Jigi does by itself while a model judges: another one's scores say something else."""
        return self.automatic if self.automatic_model == model else ()

    def acting(self, log_channel_id: int | None) -> Acting:
        """Return what is done about the guild's flagged messages, given where its alerts go."""
        return Acting(reacts=not self.is_shadow, alerts=not self.is_shadow and log_channel_id is not None)


def parse_quiet_hours(written: str) -> QuietHours | None:
    """Read hours written as 22:00-08:00, 22-8 or 22~8; None if they are none."""
    found = _HOURS.fullmatch(written.strip())
    if found is None:
        return None
    hours, minutes = [int(found[name]) % 24 for name in ("from", "to")], [int(found[name] or 0) for name in ("m", "n")]
    begins, ends = (time(hour, minute) for hour, minute in zip(hours, minutes, strict=True))
    return QuietHours(begins, ends) if begins != ends else None


def is_time_zone(name: str) -> bool:
    """Tell whether there is a time zone of a name, such as Asia/Seoul."""
    return name in available_timezones()


def threshold_of(thresholds: Mapping[int, float], place_ids: Iterable[int]) -> float | None:
    """Return the threshold of a channel that is known by its own id, its parent's and its category's, nearest first."""
    return next((thresholds[each] for each in place_ids if each in thresholds), None)


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that somebody has changed; None is Jigi itself. `name` is a field of `GuildSettings`."""

    name: str
    before: Any
    after: Any
    changed_by: int | None
    changed_at: datetime
