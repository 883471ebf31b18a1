"""Advice on the threshold says what would have been, and nothing that is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.decisions import Score
from bot.domain.thresholds import LOWEST_ADVISED, Observed, is_ambiguous, least_sane, parse_threshold

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def score(probability: float, days_ago: float = 0, is_right: bool | None = None, was_flagged: bool = True) -> Score:
    return Score(probability, NOW - timedelta(days=days_ago), is_right, was_flagged)


def observed(*scores: Score) -> Observed:
    return Observed(scores, NOW)


def test_alerts_a_day_are_those_at_or_above_over_the_days_since_the_first() -> None:
    seen = observed(score(0.2, 4), score(0.93, 3), score(0.95, 1), score(0.929, 1))
    assert seen.n_days == 4
    assert seen.at(0.93).alerts_per_day == 0.5


def test_less_than_a_day_counts_as_one() -> None:
    assert observed(score(0.99, 0.01), score(0.99)).at(0.9).alerts_per_day == 2


def test_nothing_observed_promises_nothing() -> None:
    assert observed().at(0.9).alerts_per_day == 0
    assert observed().lowest_with(10).threshold == LOWEST_ADVISED


def test_the_share_of_right_ones_is_that_of_the_decisions_at_or_above() -> None:
    decided = [score(0.95, is_right=n > 0) for n in range(10)]
    seen = observed(*decided, score(0.91, is_right=False), score(0.92))
    assert seen.at(0.95).precision == 0.9
    assert (seen.at(0.91).n_decided, seen.at(0.91).n_right) == (11, 9)


def test_four_decisions_are_too_few() -> None:
    four = [score(0.95, is_right=True)] * 4
    assert observed(*four).at(0.9).precision is None
    assert observed(*four, score(0.9, is_right=True)).at(0.9).precision == 1


def test_below_what_were_alerts_the_share_is_unknown() -> None:
    alerts = [score(0.95, is_right=True)] * 9
    others = [score(0.7, was_flagged=False)] * 2
    seen = observed(*alerts, *others)
    assert (seen.at(0.7).is_seen, seen.at(0.7).precision) == (False, None)
    assert observed(*alerts, others[0]).at(0.7).precision == 1


def test_the_lowest_threshold_with_so_few_alerts_is_found() -> None:
    seen = observed(*(score(0.9 + n / 1000, 2) for n in range(100)))
    best = seen.lowest_with(10)
    assert best.threshold == 0.98
    assert best.alerts_per_day == 10


def test_surely_negative_messages_are_told_apart_too() -> None:
    assert observed(score(0.99991), score(0.99997)).lowest_with(1).threshold == 0.99992


def test_what_the_model_calls_positive_is_never_advised() -> None:
    assert observed(score(0.45), score(0.1), score(0.8)).lowest_with(50).threshold == LOWEST_ADVISED


def test_equal_scores_are_left_out_together() -> None:
    assert observed(*[score(0.93)] * 5).lowest_with(3).alerts_per_day == 0


def test_where_even_the_highest_threshold_gives_more_that_is_what_is_said() -> None:
    best = observed(*[score(1.0)] * 5).lowest_with(3)
    assert (best.threshold, best.alerts_per_day) == (1.0, 5)


probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(probabilities, st.floats(0.01, 100))
def test_it_is_the_lowest_indeed(found: list[float], alerts_per_day: float) -> None:
    seen = observed(*(score(each, 1) for each in found))
    best = seen.lowest_with(alerts_per_day)
    assert LOWEST_ADVISED <= best.threshold <= 1
    assert best.alerts_per_day <= alerts_per_day or best.threshold == 1
    lower = [each for each in found if LOWEST_ADVISED <= each < best.threshold]
    assert all(seen.at(each - 1e-6).alerts_per_day > alerts_per_day for each in lower)


def test_candidates_have_the_serving_one_among_them_once() -> None:
    seen = observed(score(0.9))
    assert [each.threshold for each in seen.candidates(0.9)] == [0.5, 0.7, 0.8, 0.9, 0.95, 0.99]
    assert 0.93 in [each.threshold for each in seen.candidates(0.93)]


@pytest.mark.parametrize(
    ("written", "threshold"),
    [("0.93", 0.93), ("93%", 0.93), ("93", 0.93), (" 93 % ", 0.93), ("1", 1), ("100", 1), ("100%", 1), ("1%", 0.01)],
)
def test_a_threshold_is_written_in_several_ways(written: str, threshold: float) -> None:
    assert parse_threshold(written) == pytest.approx(threshold)


@pytest.mark.parametrize("written", ["0", "-0.5", "101", "높게", "", "nan", "inf", "0%", "0.9 0.8", "%"])
def test_anything_else_is_none(written: str) -> None:
    assert parse_threshold(written) is None


@pytest.mark.parametrize(
    ("written", "is_so"), [("1.5", True), ("2", True), ("1", False), ("10", False), ("1.5%", False)]
)
def test_what_may_be_a_slip_or_a_percentage_is_neither(written: str, is_so: bool) -> None:
    assert is_ambiguous(written) == is_so
    assert (parse_threshold(written) is None) == is_so


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 50)), min_size=1, max_size=40), st.floats(0.1, 500))
def test_messages_that_score_alike_may_be_counted_together(
    found: list[tuple[float, int]], alerts_per_day: float
) -> None:
    one_by_one = observed(*(score(each, 1) for each, n in found for _ in range(n)))
    together = observed(*(replace(score(each, 1), n_messages=n) for each, n in found))
    assert together.n_messages == one_by_one.n_messages
    assert together.lowest_with(alerts_per_day) == one_by_one.lowest_with(alerts_per_day)
    assert together.candidates(0.9) == one_by_one.candidates(0.9)


def test_two_hundred_messages_of_three_days_are_enough() -> None:
    many = [replace(score(0.9), n_messages=199), score(0.1, 3)]
    assert observed(*many).is_enough
    assert not observed(*many[:1], score(0.1, 2.9)).is_enough
    assert not observed(replace(many[0], n_messages=198), many[1]).is_enough


def test_no_threshold_that_floods_with_neutral_texts_is_advised() -> None:
    neutral = [n / 100 for n in range(100)]
    assert least_sane(neutral, own=0.99) == 0.95  # five of a hundred
    assert least_sane(neutral, own=0.9) == 0.9
    assert least_sane([0.1] * 100, own=0.9) == LOWEST_ADVISED
    assert observed(*[score(0.6)] * 9).lowest_with(50, 0.8).threshold == 0.8
