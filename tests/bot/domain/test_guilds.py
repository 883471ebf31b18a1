"""What follows from a guild's choices."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from bot.config import WatchedChannels
from bot.domain.guilds import GuildSettings, QuietHours, is_time_zone, parse_quiet_hours, threshold_of
from bot.domain.verdicts import Acting

CHANNEL, PARENT, CATEGORY, ROLE, PERSON = 1, 2, 3, 4, 5


class TestThresholdOf:
    @pytest.mark.parametrize(
        ("thresholds", "expected"),
        [
            ({CHANNEL: 0.9, PARENT: 0.8, CATEGORY: 0.7}, 0.9),
            ({PARENT: 0.8, CATEGORY: 0.7}, 0.8),
            ({CATEGORY: 0.7, 9: 0.1}, 0.7),
            ({9: 0.1}, None),
        ],
    )
    def test_the_nearest_place_with_one_of_its_own_has_it(
        self, thresholds: dict[int, float], expected: float | None
    ) -> None:
        assert threshold_of(thresholds, (CHANNEL, PARENT, CATEGORY)) == expected


class TestWatching:
    def test_a_guild_that_has_chosen_nothing_takes_the_operators_channels(self) -> None:
        operators = WatchedChannels(frozenset({CHANNEL}))
        assert GuildSettings().watches(operators, [CHANNEL])
        assert not GuildSettings().watches(operators, [9])

    @pytest.mark.parametrize("watched", [CHANNEL, PARENT, CATEGORY])
    def test_its_own_go_before_with_all_that_is_below_them(self, watched: int) -> None:
        settings = GuildSettings(watched=WatchedChannels(frozenset({watched})))
        assert settings.watches(WatchedChannels(), [CHANNEL, PARENT, CATEGORY])
        assert not settings.watches(WatchedChannels(is_all=True), [9])

    def test_it_may_watch_nothing_where_the_operator_watches_all(self) -> None:
        assert not GuildSettings(watched=WatchedChannels()).watches(WatchedChannels(is_all=True), [CHANNEL])

    @pytest.mark.parametrize("exempt", [CHANNEL, PARENT, CATEGORY])
    def test_an_exempt_channel_or_category_is_left_out(self, exempt: int) -> None:
        settings = GuildSettings(
            watched=WatchedChannels(frozenset({CHANNEL})), exempt_channel_ids=frozenset({exempt})
        )  # fmt: skip
        assert not settings.watches(WatchedChannels(), [CHANNEL, PARENT, CATEGORY])


class TestExemption:
    def test_a_person_or_any_of_their_roles_is_enough(self) -> None:
        settings = GuildSettings(exempt_role_ids=frozenset({ROLE}), exempt_user_ids=frozenset({PERSON}))
        assert settings.exempts(PERSON, [])
        assert settings.exempts(9, [8, ROLE])
        assert not settings.exempts(9, [8])
        assert not settings.exempts(ROLE, [PERSON])


class TestPing:
    @pytest.mark.parametrize(
        ("begins", "ends", "hour", "is_quiet"),
        [
            (22, 8, 22, True), (22, 8, 7, True), (22, 8, 8, False), (22, 8, 21, False),
            (9, 18, 9, True), (9, 18, 17, True), (9, 18, 18, False), (9, 18, 8, False),
        ],
    )  # fmt: skip
    def test_quiet_hours_may_go_over_midnight(self, begins: int, ends: int, hour: int, is_quiet: bool) -> None:
        assert QuietHours(time(begins), time(ends)).include(time(hour)) is is_quiet

    @pytest.mark.parametrize(("time_zone", "pinged"), [("Asia/Seoul", None), ("Europe/London", ROLE)])
    def test_they_are_by_the_guilds_own_clock(self, time_zone: str, pinged: int | None) -> None:
        quiet = QuietHours(time(22), time(8))
        settings = GuildSettings(ping_role_id=ROLE, quiet_hours=quiet, time_zone=time_zone)
        assert settings.pings_at(datetime(2026, 1, 1, 14, tzinfo=UTC)) == pinged  # 23:00 in Seoul

    def test_without_quiet_hours_it_may_always_be(self) -> None:
        assert GuildSettings(ping_role_id=ROLE).pings_at(datetime(2026, 1, 1, tzinfo=UTC)) == ROLE
        assert GuildSettings().pings_at(datetime(2026, 1, 1, tzinfo=UTC)) is None


class TestWrittenHours:
    @pytest.mark.parametrize(
        ("written", "begins", "ends"),
        [
            ("22:00-08:00", time(22), time(8)), (" 22 ~ 8 ", time(22), time(8)), ("9:30–18", time(9, 30), time(18)),
            ("0-24", None, None), ("24-6", time(0), time(6)), ("8-8", None, None), ("25-3", None, None),
            ("22:60-8", None, None), ("22", None, None), ("밤", None, None), ("", None, None),
        ],
    )  # fmt: skip
    def test_they_are_read_in_several_ways(self, written: str, begins: time | None, ends: time | None) -> None:
        expected = QuietHours(begins, ends) if begins is not None and ends is not None else None
        assert parse_quiet_hours(written) == expected

    def test_a_time_zone_is_known_by_its_name(self) -> None:
        assert is_time_zone("Asia/Seoul")
        assert not is_time_zone("Asia/Soeul")
        assert not is_time_zone("../../etc/passwd")


class TestActing:
    def test_shadow_does_nothing_new_and_still_takes_back(self) -> None:
        assert GuildSettings(is_shadow=True).acting(7) == Acting(reacts=False, alerts=False, takes_back=True)

    def test_without_a_log_channel_there_is_a_flag_and_no_alert(self) -> None:
        assert GuildSettings().acting(None) == Acting(alerts=False)
        assert GuildSettings().acting(7) == Acting()
