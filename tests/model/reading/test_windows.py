"""Long texts: parted where sentences end, judged together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.reading.read import read
from model.reading.windows import combine, windows

PRAISE, BLAME = "색이 곱고 바느질이 꼼꼼해서 마음에 들어요", "두 번 빨았더니 물이 다 빠져서 못 입겠어요"


def test_a_text_of_a_hundred_characters_is_one_window() -> None:
    assert windows("가나 " * 33 + "가") == ["가나 " * 33 + "가"]
    assert windows("") == [""]


def test_windows_end_where_sentences_do() -> None:
    assert windows(" ".join([PRAISE] * 6)) == [" ".join([PRAISE] * 4), " ".join([PRAISE] * 2)]


def test_without_an_end_of_a_sentence_words_stay_whole_and_long_words_are_cut() -> None:
    assert windows(" ".join(["물건"] * 40)) == [" ".join(["물건"] * 33), " ".join(["물건"] * 7)]
    assert [len(part) for part in windows("물건" * 120)] == [100, 100, 40]


@given(
    st.lists(st.sampled_from(["좋아요", "물건", "ㅋㅋㅋ", "했는데", "1234", "가나" * 60]), max_size=60).map(" ".join)
)
def test_windows_hold_every_character(text: str) -> None:
    text = read(text)
    parts = windows(text)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    assert all(1 <= len(part) <= 100 for part in parts) or text == ""


def test_one_window_says_what_it_says() -> None:
    assert combine([0.123], [40]) == 0.123


def test_the_worst_window_weighs_most_and_none_alone() -> None:
    assert combine([0.01, 0.9], [100, 100]) < 0.5
    assert combine([0.1, 0.99, 0.99, 0.99], [40, 100, 100, 100]) > 0.5
    assert combine([0.2, 0.2], [100, 7]) == pytest.approx(0.2)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_a_combined_probability_is_one_and_between_its_windows(probabilities: list[float]) -> None:
    combined = combine(probabilities, [100] * len(probabilities))
    assert 0 <= combined <= 1
    assert min(probabilities) - 1e-5 <= combined <= max(probabilities) + 1e-5
