"""When the weekly digest of a guild is due, and what became of it. Pure: no clock, no Discord."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.guilds import GuildSettings

_AT = time(9)  # by the guild's clock, unless that is in its quiet hours
N_TRIES = 144  # of one digest
TRIED_AGAIN = timedelta(minutes=10)  # after a try that failed, or died


class DigestState(StrEnum):
    """How far a digest is."""

    BEGUN = "begun"  # by a process that may have died since
    SENT = "sent"
    NOTHING = "nothing"  # nothing was to be told
    REFUSED = "refused"  # by Discord, and tried again
    FAILED = "failed"  # too often


@dataclass(frozen=True, slots=True)
class Digest:
    """The newest digest of a guild."""

    due_at: datetime
    state: DigestState
    n_tries: int
    channel_id: int | None = None
    message_id: int | None = None


def due_at(settings: GuildSettings, now: datetime) -> datetime | None:
    """Return when a guild's newest digest was due, up to now: of several that were missed only the last is sent.

    None if it wants none, or if these are its quiet hours.
    """
    clock = now.astimezone(ZoneInfo(settings.time_zone))
    if settings.digest_weekday is None or (settings.quiet_hours and settings.quiet_hours.include(clock.time())):
        return None
    day = clock.date() - timedelta(days=(clock.weekday() - settings.digest_weekday) % 7)
    moment = _moment(settings, day)
    return moment if moment <= now else _moment(settings, day - timedelta(days=7))


def day_of(settings: GuildSettings, moment: datetime) -> date:
    """Return on which day, by the guild's clock, a digest was due: it tells of the seven days before."""
    return moment.astimezone(ZoneInfo(settings.time_zone)).date()


def _moment(settings: GuildSettings, day: date) -> datetime:
    """Return when a digest is due on a day: at nine, or when the quiet hours end."""
    quiet = settings.quiet_hours
    at = quiet.ends if quiet is not None and quiet.include(_AT) and quiet.ends > _AT else _AT
    return datetime.combine(day, at, ZoneInfo(settings.time_zone)).astimezone(UTC)
