"""What a guild has chosen, in both languages' words."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest

from bot.config import WatchedChannels
from bot.domain.guilds import GuildSettings, QuietHours, SettingChange
from bot.localisation.texts import Language, Texts
from bot.wording.settings import SHOWN, history, line, overview, value

KO, EN = Texts.load("ko"), Texts.load("en")


@pytest.mark.parametrize(
    ("name", "chosen", "korean", "english"),
    [
        ("watched", None, "기본값", "default"),
        ("watched", WatchedChannels(), "없음", "none"),
        ("watched", WatchedChannels(is_all=True), "모든 채널", "all channels"),
        ("watched", WatchedChannels(frozenset({2, 1})), "<#1>, <#2>", "<#1>, <#2>"),
        ("thresholds", {7: 0.95}, "<#7> 95%", "<#7> 95%"),
        ("log_channel_id", 7, "<#7>", "<#7>"),
        ("ping_role_id", 7, "<@&7>", "<@&7>"),
        ("ping_role_id", None, "없음", "none"),
        ("exempt_role_ids", frozenset({7}), "<@&7>", "<@&7>"),
        ("exempt_user_ids", frozenset({7}), "<@7>", "<@7>"),
        ("exempt_channel_ids", frozenset({7}), "<#7>", "<#7>"),
        ("alerts_per_day", 5.0, "5건", "5"),
        ("alerts_per_day", None, "정하지 않음", "not set"),
        ("quiet_hours", QuietHours(time(22), time(8, 30)), "22:00–08:30", "22:00–08:30"),
        ("language", Language.ENGLISH, "영어", "English"),
        ("retention_days", 30, "30일", "days: 30"),
        ("threshold", 0.9, "90%", "90%"),
        ("digest_weekday", 0, "매주 월요일", "every Monday"),
        ("digest_weekday", None, "보내지 않음", "not sent"),
        ("model_version_id", 3, "이 서버의 모델", "this server's own"),
        ("time_zone", "Asia/Seoul", "Asia/Seoul", "Asia/Seoul"),
    ],
)
def test_each_value_has_its_words(name: str, chosen: Any, korean: str, english: str) -> None:
    assert (value(name, chosen, KO), value(name, chosen, EN)) == (korean, english)


def test_a_long_list_ends_in_how_many_more_there_are() -> None:
    shown = value("exempt_user_ids", frozenset(range(100, 130)), KO)
    assert shown.startswith("<@100>, ")
    assert shown.endswith("<@124> 외 5개")


def test_what_the_guild_has_not_chosen_is_marked() -> None:
    effective = GuildSettings(retention_days=30)
    assert line("retention_days", GuildSettings(), effective, KO) == "**보관 기간** · 30일 (기본값)"
    assert line("retention_days", effective, effective, KO) == "**보관 기간** · 30일"
    assert len(overview(GuildSettings(), effective, EN)) == len(SHOWN)


def test_a_change_says_who_and_when() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    by_hand = SettingChange("retention_days", None, 9, 7, moment)
    assert history(by_hand, KO) == "<t:1767225600:f> · <@7> · **보관 기간**: 기본값 → 9일"
    assert "지기" in history(SettingChange("threshold", None, 0.9, None, moment), KO)
