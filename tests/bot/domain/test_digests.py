"""A digest is due once a week, by the guild's clock, and never in its quiet hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.domain.digests import day_of, due_at
from bot.domain.guilds import GuildSettings, QuietHours

MONDAY = GuildSettings(digest_weekday=0)
NINE = datetime(2026, 11, 23, 0, tzinfo=UTC)  # of a Monday in Seoul
SECOND = timedelta(seconds=1)


def test_it_is_due_from_nine_on_by_the_guilds_clock() -> None:
    assert due_at(MONDAY, NINE) == NINE
    assert due_at(MONDAY, NINE - SECOND) == NINE - timedelta(days=7)
    assert due_at(GuildSettings(digest_weekday=0, time_zone="Europe/Berlin"), NINE + timedelta(hours=8)) == (
        NINE + timedelta(hours=8)
    )
    assert due_at(GuildSettings(), NINE) is None


@pytest.mark.parametrize("days", [0, 1, 6.99])
def test_after_an_absence_only_the_last_is(days: float) -> None:
    assert due_at(MONDAY, NINE + timedelta(days=days)) == NINE
    assert due_at(MONDAY, NINE + timedelta(days=21 + days)) == NINE + timedelta(days=21)


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [(22, 8, time(9)), (22, 9, time(9)), (0, 11, time(11)), (18, 10, time(10)), (8, 23, time(23))],
)
def test_in_quiet_hours_it_waits_for_their_end(begins: int, ends: int, expected: time) -> None:
    quiet = GuildSettings(digest_weekday=0, quiet_hours=QuietHours(time(begins), time(ends)))
    due = NINE + timedelta(hours=expected.hour - 9)
    assert due_at(quiet, due) == due
    before = due_at(quiet, due - SECOND)
    assert before in (None, due - timedelta(days=7))


def test_in_quiet_hours_nothing_is_due() -> None:
    quiet = GuildSettings(digest_weekday=0, quiet_hours=QuietHours(time(22), time(8)))
    assert due_at(quiet, NINE + timedelta(hours=14)) is None
    assert due_at(quiet, NINE + timedelta(hours=23)) == NINE


def test_it_tells_of_the_week_before_its_day() -> None:
    assert day_of(MONDAY, NINE) == date(2026, 11, 23)
