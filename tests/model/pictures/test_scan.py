"""The picture of a look through old messages shows what was found, whatever that is."""

from __future__ import annotations

import struct

import pytest

from model.pictures.requests import Mark, ScanCaptions, ScanPicture, ScanSpan
from model.pictures.scan import draw_scan

CAPTIONS = ScanCaptions("부정 확률 분포", "부정 확률", "메시지 수", "기간별 표시 비율", "기간의 첫날", "표시 비율")
SPANS = [ScanSpan("11-03", 10, 1), ScanSpan("11-04", 0, 0)]


def picture(probabilities: list[float], spans: list[ScanSpan] = SPANS, mark: Mark | None = None) -> bytes:
    flags = [each >= 0.9 for each in probabilities]
    return draw_scan(ScanPicture(probabilities, flags, mark, spans, CAPTIONS))


@pytest.mark.parametrize("probabilities", [[0.5], [0.0, 1.0], [0.01] * 5_000 + [0.99]], ids=["one", "ends", "many"])
def test_it_has_its_size_whatever_it_shows(probabilities: list[float]) -> None:
    drawn = picture(probabilities)
    assert drawn.startswith(b"\x89PNG")
    assert struct.unpack(">II", drawn[16:24]) == (960, 840)


def test_all_that_it_says_changes_it() -> None:
    plain = picture([0.2, 0.95])
    assert picture([0.2, 0.95]) == plain
    assert picture([0.2, 0.5]) != plain
    assert picture([0.2, 0.95], [ScanSpan("11-03", 10, 2), SPANS[1]]) != plain
    assert picture([0.2, 0.95], mark=Mark(0.9, "기준 90%")) != plain
