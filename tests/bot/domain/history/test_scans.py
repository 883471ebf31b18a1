"""What a look through old messages makes of what it has found."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bot.domain.history.scans import LATEST, Position, Scanned, minutes_left, most_negative, places_left, spans


def at(when: datetime, probability: float = 0.01, *, is_flagged: bool = True) -> Scanned:
    """Return a message that was sent at a time."""
    message_id = int((when - datetime(2015, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)) << 22
    return Scanned(message_id, 7, probability, 0.9, is_flagged, "jigi-3")


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class TestSpans:
    def test_days_are_the_guilds(self) -> None:
        late = datetime(2026, 3, 1, 16, tzinfo=UTC)  # past midnight in Seoul
        found = [at(NOON), at(late, is_flagged=False)]
        assert [each.begins for each in spans(found, "Asia/Seoul")] == [date(2026, 3, 1), date(2026, 3, 2)]
        (one,) = spans(found, "UTC")
        assert (one.n_judged, one.n_flagged, one.share) == (2, 1, 0.5)

    def test_a_long_time_is_parted_into_few_and_none_is_lost(self) -> None:
        found = [at(NOON + timedelta(days=day)) for day in range(0, 400, 3)]
        parts = spans(found, "UTC", most=12)
        assert len(parts) <= 12
        assert sum(each.n_judged for each in parts) == len(found)

    def test_days_without_messages_have_a_span_of_no_share(self) -> None:
        parts = spans([at(NOON), at(NOON + timedelta(days=2))], "UTC")
        assert [(each.n_judged, each.share) for each in parts] == [(1, 1.0), (0, 0.0), (1, 1.0)]

    def test_of_nothing_there_are_none(self) -> None:
        assert spans([], "UTC") == []


class TestMostNegative:
    def test_it_is_the_flagged_ones_the_surest_first(self) -> None:
        found = [at(NOON, 0.05), at(NOON, 0.01), at(NOON, 0.001, is_flagged=False), at(NOON, 0.08)]
        assert [each.probability for each in most_negative(found, 2)] == [0.01, 0.05]


class TestPlaces:
    def test_the_newest_come_first_and_a_place_that_was_begun_is_gone_on_with(self) -> None:
        assert [each.place_id for each in places_left([3, 9, 5], Position())] == [9, 5, 3]
        assert list(places_left([3, 9, 5], Position(5, 77, 4))) == [Position(5, 77, 4), Position(3, LATEST, 4)]
        assert list(places_left([3, 9, 5], Position(5, 0, 4))) == [Position(3, LATEST, 4)]
        assert list(places_left([3], Position(3, 0, 4))) == []


def test_what_is_left_goes_by_what_was_read_so_far() -> None:
    assert minutes_left(Position(1, 1, 200), 1000, 100, 60.0) == 8
    assert minutes_left(Position(1, 1, 200), 1000, 0, 60.0) is None
