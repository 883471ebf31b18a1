"""What is counted is counted in the right place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.services.measuring.distribution import Distribution
from bot.services.measuring.measurements import ages
from tests.discord_server.snowflakes import Snowflakes
from tests.support.store import GOOD, message


def test_a_duration_counts_from_its_bound_on() -> None:
    durations = Distribution([0.1, 1.0])
    durations.add([0.1, 0.100001, 1.0, 7.0])
    assert durations.cumulative == [1, 3, 4]
    assert durations.total == pytest.approx(8.200001)


def test_nothing_changes_nothing() -> None:
    durations = Distribution([0.1])
    durations.add([])
    assert (durations.cumulative, durations.total) == ([0, 0], 0)


def test_a_message_of_the_future_is_new() -> None:
    durations = Distribution([0.1])
    durations.add([-5.0, 0.2])
    assert (durations.cumulative, durations.total) == ([1, 2], 0.2)


def test_a_message_is_as_old_as_its_id_and_an_edited_one_as_its_edit() -> None:
    an_hour_ago, a_minute_ago = (datetime.now(UTC) - timedelta(seconds=seconds) for seconds in (3600, 60))
    message_id = Snowflakes().make(an_hour_ago)
    edited = message(message_id, GOOD, revision=round(a_minute_ago.timestamp() * 1000))
    assert ages([message(message_id, GOOD), edited]) == pytest.approx([3600, 60], abs=5)
