"""Cleaning: what the network reads of a message."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.reading.clean import clean


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("여기 상품 정말 좋네요! 추천합니다.", "여기 상품 정말 좋네요 추천합니다"),
        ("ㅋㅋㅋ 100원?? good 👍", "ㅋㅋㅋ 100원  "),
        ("두 줄로\n썼어요\t탭도", "두 줄로 썼어요 탭도"),
        ("全角　空白\u00a0사이", "  사이"),
        ("", ""),
        ("😀🎉", ""),
        ("\x00\ud800널", "널"),
    ],
)
def test_clean_keeps_hangul_digits_and_spaces(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    "invisible", ["\u200b", "\u200d", "\ufeff", "\u2060", "\u115f", "\u1160", "\u3164", "\uffa0", "\ufe0f"]
)
def test_invisible_characters_change_nothing(invisible: str) -> None:
    text = "배송이 너무 늦어요"
    assert clean(invisible.join(text)) == text
    assert clean(invisible.join(unicodedata.normalize("NFD", text))) == text


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(alphabet="가나다라마바사아자차카타파하각난닫말법숫엊짖칙캌텉핖핳ㅋㅠ 01"))
def test_decomposed_hangul_reads_like_composed(text: str) -> None:
    assert clean(unicodedata.normalize("NFD", text)) == clean(text)
