"""What is written fits where it is shown, whatever people send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.localisation.formats import bar, clip, pad, pad_left, percent, printable, width
from model.reading.clean import clean

FAMILY, THUMB = "👨\u200d👩\u200d👧", "👍🏽"


@pytest.mark.parametrize(
    ("probability", "n_full"),
    [
        (0.0, 0),
        (0.24, 5),
        (0.5, 10),
        (0.96, 19),
        (0.999, 19),
        (0.003, 1),
        (0.9997, 20),
        (0.0002, 0),
        (1.0, 20),
        (1.2, 20),
        (-0.1, 0),
    ],
)
def test_a_bar_is_as_full_as_the_probability(probability: float, n_full: int) -> None:
    assert bar(probability) == "█" * n_full + "░" * (20 - n_full)


def test_a_percentage_has_one_decimal() -> None:
    assert percent(0.9734) == "97.3%"


@pytest.mark.parametrize(
    ("text", "n_cells"),
    [
        ("abc", 3), ("한글", 4), ("ㅋㅋ", 4), ("🚩", 2), ("e\u0301", 1), ("\u1112\u1161\u11ab", 2), (FAMILY, 2),
        (THUMB, 2), ("❤️", 2), ("🇰🇷", 2),
    ],
)  # fmt: skip
def test_hangul_and_emoji_take_two_cells(text: str, n_cells: int) -> None:
    assert width(text) == n_cells
    assert width(printable(text)) == n_cells


def test_a_text_is_cut_between_cells() -> None:
    assert clip("가나다", 6) == "가나다"
    assert clip("가나다라", 6) == "가나…"
    assert clip("a가나다", 6) == "a가나…"
    assert clip(FAMILY * 3, 5) == FAMILY * 2 + "…"


def test_padding_counts_cells() -> None:
    assert pad("한", 4) == "한  "
    assert pad("한글이", 4) == "한글이"
    assert pad(FAMILY, 4) == FAMILY + "  "
    assert pad_left(THUMB, 4) == "  " + THUMB


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    assert printable("별\x1b[2J로\u202e\n끝\ud800") == "별 [2J로 끝 "
    assert printable("\u1107\u1167\u11af") == "별"
    assert printable(f"배\u200d송 {FAMILY}\u200d") == f"배송 {FAMILY}"
    assert clean(printable("배\u200b송")) == "배송"


@given(st.text(), st.integers(2, 40))
def test_no_text_takes_more_than_it_is_given(text: str, n_cells: int) -> None:
    shown = printable(text)
    assert width(clip(shown, n_cells)) <= n_cells
    assert width(pad(clip(shown, n_cells), n_cells)) == n_cells
