"""What is handed out of the database: which rows, of what time, and what stands in each. Pure.

`bot.storage.history.exports` reads them, `bot.services.exports` writes them into files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ExportKind(StrEnum):
    """Of what rows are handed out."""

    CASES = "cases"
    VERDICTS = "verdicts"


NAMES = {
    ExportKind.CASES: (
        "number", "state", "ended", "opened_at", "message_id", "channel_id", "link", "author_id",
        "negative_probability", "threshold", "model_version", "is_right", "decided_by", "decided_at", "text",
    ),
    ExportKind.VERDICTS: (
        "message_id", "revision", "channel_id", "link", "author_id", "judged_at", "negative_probability", "threshold",
        "is_flagged", "model_version", "is_right", "decided_by", "decided_at", "erased_at", "text",
    ),
}  # fmt: skip
IDS = frozenset({"message_id", "channel_id", "author_id", "decided_by"})


@dataclass(frozen=True, slots=True)
class ExportFilter:
    """Whose rows are wanted: of `since` and later, before `until`, of some channels; None: of any."""

    guild_id: int
    since: datetime | None = None
    until: datetime | None = None
    channel_ids: frozenset[int] | None = None


def read_day(written: str) -> date | None:
    """Read a day written as 2026-11-03; None if it is none."""
    if _DAY.fullmatch(written.strip()) is None:
        return None
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        return None


def begin_of(day: date, time_zone: str) -> datetime:
    """Return when a day begins by a guild's clock."""
    return datetime.combine(day, time.min, ZoneInfo(time_zone))


def end_of(day: date, time_zone: str) -> datetime:
    """Return when a day is over by a guild's clock."""
    last = datetime.combine(day, time.max, ZoneInfo(time_zone))
    return last if day == date.max else begin_of(day + timedelta(days=1), time_zone)
