"""What became of a guild's messages, counted: over a time, by day or week, and by channel. Pure: no clock, no Discord.

`bot.storage.statistics` counts, `bot.wording.statistics` words it, `model.pictures.counts` draws it. Nothing is
counted by member.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

LONGEST = 365  # days
FEWEST_DECIDED = 10  # from which a rate of false alarms is told
_MOST_BY_DAY = 31  # days that are shown one by one; more of them by week
_DAYS_A_WEEK = 7
_NORMAL_95 = 1.959963984540054  # standard deviations between which 95 % of a normal distribution lie


@dataclass(frozen=True, slots=True)
class Interval:
    """A share in [0, 1] as it was seen, and between which bounds the true one lies, 95 % of the time."""

    share: float
    low: float
    high: float

    def overlaps(self, other: Interval) -> bool:
        """Tell whether both may be of the same true share."""
        return self.low <= other.high and other.low <= self.high


def wilson(n_hits: int, n_seen: int) -> Interval:
    """Return Wilson's score interval (1927) of a share of which `n_hits` of `n_seen` > 0 were seen.

    Unlike the usual share ± error, it stays within [0, 1] and holds for few and for rare hits.
    """
    share, z_squared = n_hits / n_seen, _NORMAL_95**2
    middle = (share + z_squared / (2 * n_seen)) / (1 + z_squared / n_seen)
    spread = math.sqrt(share * (1 - share) / n_seen + z_squared / (4 * n_seen**2))
    reach = _NORMAL_95 * spread / (1 + z_squared / n_seen)
    return Interval(share, max(0.0, min(middle - reach, share)), min(1.0, max(middle + reach, share)))


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages, each as its newest revision was judged.

    `n_flagged` are those that moderators were to look at, `n_shadow` those that shadow mode would have flagged.
    `n_right` and `n_false_alarms` is what moderators say of the flagged ones by now.
    """

    n_judged: int = 0
    n_flagged: int = 0
    n_shadow: int = 0
    n_right: int = 0
    n_false_alarms: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the sum."""
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def n_decided(self) -> int:
        """How many flagged messages moderators have decided of."""
        return self.n_right + self.n_false_alarms

    @property
    def n_undecided(self) -> int:
        """How many they have not decided of: open, or closed without a decision."""
        return self.n_flagged - self.n_decided

    @property
    def false_alarm_rate(self) -> Interval | None:
        """The share of false alarms among what was decided; None where too little was."""
        return wilson(self.n_false_alarms, self.n_decided) if self.n_decided >= FEWEST_DECIDED else None


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of a channel in one of the parts of a time, by the part's place."""

    part: int
    channel_id: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Waited:
    """How long it took from the verdict of a message to the moderators' decision, in seconds."""

    part: int
    channel_id: int
    seconds: float


@dataclass(frozen=True)
class Span:
    """A time in parts of a day or a week each: from `edges[n]` until just before `edges[n + 1]`, in UTC.

    `first_days` are the parts' first days, by the guild's clock. The first week may be a part of one.
    """

    edges: tuple[datetime, ...]
    first_days: tuple[date, ...]
    days_a_part: int

    @classmethod
    def last_days(cls, n_days: int, now: datetime, time_zone: str) -> Span:
        """Return today and the days before it, `n_days` in all, by a guild's clock."""
        zone = ZoneInfo(time_zone)
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return cls._until(tomorrow, n_days, 1 if n_days <= _MOST_BY_DAY else _DAYS_A_WEEK, zone)

    @classmethod
    def week_before(cls, day: date, time_zone: str, *, n_weeks: int = 1) -> Span:
        """Return the weeks before a day, day by day."""
        return cls._until(day, n_weeks * _DAYS_A_WEEK, 1, ZoneInfo(time_zone))

    @classmethod
    def _until(cls, end: date, n_days: int, days_a_part: int, zone: ZoneInfo) -> Span:
        begins = sorted({max(end - timedelta(days=back), end - timedelta(days=n_days))
                         for back in range(days_a_part, n_days + days_a_part, days_a_part)})  # fmt: skip
        edges = (datetime.combine(day, time(), zone).astimezone(UTC) for day in [*begins, end])
        return cls(tuple(edges), tuple(begins), days_a_part)

    @property
    def n_parts(self) -> int:
        """How many parts there are."""
        return len(self.first_days)

    @property
    def days_in_first_part(self) -> int:
        """How many days the first part has."""
        ends = self.first_days[1] if self.n_parts > 1 else self.first_days[0] + timedelta(days=self.days_a_part)
        return (ends - self.first_days[0]).days

    def part_of(self, moment: datetime) -> int:
        """Return the part that a moment is in."""
        return bisect_right(self.edges, moment) - 1


@dataclass(frozen=True)
class Statistics:
    """What was counted in a span."""

    span: Span
    tallies: Sequence[Tally]
    waited: Sequence[Waited]

    def of_channels(self, channel_ids: Iterable[int]) -> Statistics:
        """Return what was counted in some channels."""
        kept = set(channel_ids)
        tallies = [each for each in self.tallies if each.channel_id in kept]
        return Statistics(self.span, tallies, [each for each in self.waited if each.channel_id in kept])

    @cached_property
    def total(self) -> Counts:
        """All together."""
        return _sum(self.tallies)

    @cached_property
    def by_part(self) -> list[Counts]:
        """By day or week, the oldest first."""
        return [_sum(each for each in self.tallies if each.part == part) for part in range(self.span.n_parts)]

    @cached_property
    def by_channel(self) -> dict[int, Counts]:
        """By channel."""
        found: dict[int, Counts] = {}
        for each in self.tallies:
            found[each.channel_id] = found.get(each.channel_id, Counts()) + each.counts
        return found

    def by_place(self, places: Mapping[int, int]) -> dict[int, Counts]:
        """By the place that each channel belongs to, what was flagged most first; channels without one are left out."""
        found: dict[int, Counts] = {}
        for channel_id, counts in self.by_channel.items():
            if (place := places.get(channel_id)) is not None:
                found[place] = found.get(place, Counts()) + counts
        return dict(sorted(found.items(), key=lambda each: (-each[1].n_flagged, -each[1].n_judged, each[0])))

    @property
    def weeks(self) -> list[tuple[date, Counts]]:
        """By week, the newest first, with each week's first day; none that is not whole."""
        size = _DAYS_A_WEEK // self.span.days_a_part
        ends = range(self.span.n_parts, size - 1, -size)
        weeks = [(self.span.first_days[end - size], sum(self.by_part[end - size : end], Counts())) for end in ends]
        is_cut = self.span.days_a_part == _DAYS_A_WEEK and self.span.days_in_first_part < _DAYS_A_WEEK
        return weeks[:-1] if is_cut else weeks

    def seconds_waited(self, share: float) -> float | None:
        """Return within how many seconds that share of what was decided was decided; None if nothing was."""
        waited = sorted(each.seconds for each in self.waited)
        return waited[max(0, math.ceil(share * len(waited)) - 1)] if waited else None

    def halves(self) -> tuple[Counts, Counts]:
        """Return the first and the second half of the parts."""
        half = self.span.n_parts // 2
        return sum(self.by_part[:half], Counts()), sum(self.by_part[half:], Counts())

    def second_half(self) -> Statistics:
        """Return the second half of the parts alone."""
        half = self.span.n_parts // 2
        span = Span(self.span.edges[half:], self.span.first_days[half:], self.span.days_a_part)
        tallies = [Tally(each.part - half, each.channel_id, each.counts) for each in self.tallies if each.part >= half]
        waited = [Waited(each.part - half, each.channel_id, each.seconds) for each in self.waited if each.part >= half]
        return Statistics(span, tallies, waited)


class Change(StrEnum):
    """What can honestly be said of a rate of false alarms beside an earlier one."""

    UNKNOWN = "unknown"  # too little was decided in one of the two
    UNCLEAR = "unclear"  # the intervals overlap
    LOWER = "lower"
    HIGHER = "higher"


def compare(before: Counts, after: Counts) -> Change:
    """Compare the rates of false alarms of two times."""
    earlier, later = before.false_alarm_rate, after.false_alarm_rate
    if earlier is None or later is None:
        return Change.UNKNOWN
    if earlier.overlaps(later):
        return Change.UNCLEAR
    return Change.LOWER if later.share < earlier.share else Change.HIGHER


def _sum(tallies: Iterable[Tally]) -> Counts:
    return sum((each.counts for each in tallies), Counts())
