"""Rates are told with their intervals, days are the guild's, and nothing is said that the numbers do not say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.statistics import (
    FEWEST_DECIDED,
    Change,
    Counts,
    Span,
    Statistics,
    Tally,
    Waited,
    compare,
    wilson,
)

NOON = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)  # a Thursday in Seoul
SEOUL = "Asia/Seoul"


def decided(n_false: int, n_right: int) -> Counts:
    return Counts(n_flagged=n_false + n_right, n_right=n_right, n_false_alarms=n_false)


class TestWilson:
    @pytest.mark.parametrize(
        ("n_hits", "n_seen", "low", "high"),
        [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (81, 263, 0.2553, 0.3662), (10, 10, 0.7225, 1.0)],
    )
    def test_it_is_that_of_the_tables(self, n_hits: int, n_seen: int, low: float, high: float) -> None:
        found = wilson(n_hits, n_seen)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
        assert found.share == n_hits / n_seen

    @given(st.integers(1, 5000), st.data())
    def test_it_lies_around_what_was_seen_and_narrows(self, n_seen: int, data: st.DataObject) -> None:
        n_hits = data.draw(st.integers(0, n_seen))
        found, of_more = wilson(n_hits, n_seen), wilson(4 * n_hits, 4 * n_seen)
        assert 0 <= found.low <= found.share <= found.high <= 1
        assert of_more.high - of_more.low < found.high - found.low


class TestSpan:
    def test_days_begin_at_the_guilds_midnight_and_today_is_among_them(self) -> None:
        span = Span.last_days(2, NOON, SEOUL)
        assert span.first_days == (date(2026, 11, 25), date(2026, 11, 26))
        assert span.edges == tuple(datetime(2026, 11, day, 15, tzinfo=UTC) for day in (24, 25, 26))
        assert span.part_of(span.edges[1]) == 1
        assert span.part_of(span.edges[1] - timedelta(microseconds=1)) == 0

    def test_where_clocks_change_a_day_may_have_25_hours(self) -> None:
        span = Span.last_days(1, datetime(2026, 10, 25, 12, tzinfo=UTC), "Europe/Berlin")
        assert span.edges[1] - span.edges[0] == timedelta(hours=25)

    @pytest.mark.parametrize(("n_days", "n_parts"), [(1, 1), (31, 31), (32, 5), (35, 5), (365, 53)])
    def test_many_days_are_shown_by_week_and_all_of_them(self, n_days: int, n_parts: int) -> None:
        span = Span.last_days(n_days, NOON, SEOUL)
        assert span.n_parts == n_parts
        assert span.edges[-1] - span.edges[0] == timedelta(days=n_days)
        assert span.days_in_first_part == (n_days % 7 or 7 if n_days > 31 else 1)

    def test_the_weeks_before_a_day_end_with_it(self) -> None:
        span = Span.week_before(date(2026, 11, 23), SEOUL, n_weeks=2)
        assert (span.first_days[0], span.first_days[-1]) == (date(2026, 11, 9), date(2026, 11, 22))


class TestStatistics:
    @pytest.fixture
    def counted(self) -> Statistics:
        """Return 30 days of two channels: of each day 10 messages in the first, and one in the other."""
        span = Span.last_days(30, NOON, SEOUL)
        tallies = [Tally(part, 1, Counts(n_judged=10)) for part in range(30)]
        tallies += [Tally(part, 2, Counts(n_judged=1, n_flagged=1, n_right=1)) for part in range(30)]
        return Statistics(span, tallies, [Waited(29, 2, float(seconds)) for seconds in range(10, 0, -1)])

    def test_sums_by_channel_and_part_are_the_total(self, counted: Statistics) -> None:
        assert counted.total == Counts(n_judged=330, n_flagged=30, n_right=30)
        assert sum(counted.by_part, Counts()) == sum(counted.by_channel.values(), Counts()) == counted.total
        assert counted.of_channels([1]).total == Counts(n_judged=300)
        assert counted.of_channels([1]).waited == []

    def test_only_whole_weeks_are_compared(self, counted: Statistics) -> None:
        assert [first for first, _ in counted.weeks] == [date(2026, 11, 20) - timedelta(weeks=n) for n in range(4)]
        assert {counts.n_judged for _, counts in counted.weeks} == {77}

    def test_a_first_week_that_is_not_whole_is_left_out(self) -> None:
        span = Span.last_days(40, NOON, SEOUL)
        weeks = Statistics(span, [Tally(part, 1, Counts(n_judged=part)) for part in range(6)], []).weeks
        assert [counts.n_judged for _, counts in weeks] == [5, 4, 3, 2, 1]

    def test_time_to_decision_is_that_of_real_cases(self, counted: Statistics) -> None:
        assert (counted.seconds_waited(0.5), counted.seconds_waited(0.9), counted.seconds_waited(1)) == (5, 9, 10)
        assert counted.of_channels([1]).seconds_waited(0.5) is None

    def test_the_second_half_stands_alone(self, counted: Statistics) -> None:
        before, after = counted.halves()
        later = counted.second_half()
        assert before + after == counted.total
        assert (later.total, later.span.n_parts, len(later.waited)) == (after, 15, 10)
        assert later.span.first_days[-1] == date(2026, 11, 26)


class TestCompare:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            (decided(5, 5), decided(4, 6), Change.UNCLEAR),
            (decided(90, 10), decided(10, 90), Change.LOWER),
            (decided(10, 90), decided(90, 10), Change.HIGHER),
            (decided(0, FEWEST_DECIDED - 1), decided(90, 10), Change.UNKNOWN),
            (decided(90, 10), decided(0, FEWEST_DECIDED - 1), Change.UNKNOWN),
        ],
    )
    def test_a_change_is_one_where_the_intervals_do_not_meet(
        self, before: Counts, after: Counts, expected: Change
    ) -> None:
        assert compare(before, after) is expected

    def test_a_rate_is_told_from_ten_decisions_on(self) -> None:
        assert decided(1, FEWEST_DECIDED - 2).false_alarm_rate is None
        assert decided(1, FEWEST_DECIDED - 1).false_alarm_rate == wilson(1, FEWEST_DECIDED)
        assert Counts(n_flagged=12, n_right=3, n_false_alarms=2).n_undecided == 7
