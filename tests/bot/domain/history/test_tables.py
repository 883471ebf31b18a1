"""Rows come out as they went in, and no spreadsheet runs them."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.domain.history.exports import begin_of, end_of, read_day
from bot.domain.history.tables import Format, Value

SEOUL = timezone(timedelta(hours=9))


def cells(*values: Value) -> list[str]:
    """Return what a spreadsheet reads of a row."""
    names = [f"c{number}" for number in range(len(values))]
    content = (Format.CSV.head(names) + Format.CSV.line(names, values)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))[1]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1+1", "＋1", "－1", "＠A1", "\u3000=1", "|x"],
)
def test_a_text_that_would_run_is_a_text(text: str) -> None:
    assert cells(text) == ["'" + text]


@pytest.mark.parametrize("text", ["배송이 늦어요", "5-3", "1575464106498981896", 'a "b", c', "둘\n셋", ""])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert cells(text) == [text]


def test_numbers_stay_numbers_and_times_are_utc() -> None:
    at = datetime(2026, 11, 3, 9, 0, 0, 123_456, SEOUL)
    assert cells(-0.5, 12, True, None, at) == ["-0.5", "12", "true", "", "2026-11-03T00:00:00.123Z"]


def test_korean_is_read_by_excel() -> None:
    assert Format.CSV.head(["글"]).startswith(b"\xef\xbb\xbf")


def test_json_is_an_object_a_line_and_holds_any_text() -> None:
    line = Format.JSON.line(["id", "text", "flag"], ["1575464106498981896", "=1\n둘", None])
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"id": "1575464106498981896", "text": "=1\n둘", "flag": None}


@pytest.mark.parametrize("form", list(Format))
def test_half_a_character_spoils_no_file(form: Format) -> None:
    assert form.line(["text"], ["반 \ud83d"]).decode("utf-8")


def test_a_day_is_the_guilds() -> None:
    day = read_day(" 2026-11-03 ")
    assert day is not None
    assert begin_of(day, "Asia/Seoul") == datetime(2026, 11, 2, 15, tzinfo=UTC)
    assert end_of(day, "Asia/Seoul") == datetime(2026, 11, 3, 15, tzinfo=UTC)


@pytest.mark.parametrize("written", ["어제", "2026-13-01", "20261103", "2026-11-3", "", "2026-W45-2"])
def test_what_is_no_day_is_none(written: str) -> None:
    assert read_day(written) is None


def test_the_last_day_of_all_has_an_end() -> None:
    day = read_day("9999-12-31")
    assert day is not None
    assert end_of(day, "UTC").year == 9999
