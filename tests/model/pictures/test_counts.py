"""What was flagged is drawn for any number of days and channels."""

from __future__ import annotations

import pytest

from model.pictures.counts import draw_counts
from model.pictures.requests import CountBar, CountCaptions, CountPicture

CAPTIONS = CountCaptions("표시한 글", "맞음", "오탐", "검토 안 함", "표시 (건)", "채널별")


@pytest.mark.parametrize(("n_times", "n_channels"), [(1, 0), (7, 1), (31, 8), (53, 2)])
def test_bars_are_drawn_for_any_number(n_times: int, n_channels: int) -> None:
    times = [CountBar(f"11월 {n}일", n, n % 3, n % 5) for n in range(n_times)]
    channels = [CountBar(f"#채널-{n}" * (1 + 9 * (n == 1)), n, 0, 1) for n in range(n_channels)]
    assert draw_counts(CountPicture(times, channels, CAPTIONS)).startswith(b"\x89PNG")


def test_each_kind_changes_the_picture() -> None:
    drawn = {draw_counts(CountPicture([CountBar("오늘", *kind)], [], CAPTIONS)) for kind in
             ((0, 0, 0), (3, 0, 0), (0, 3, 0), (0, 0, 3))}  # fmt: skip
    assert len(drawn) == 4
