"""Syllables and jamo."""

import pytest

from model.reading.hangul import final_consonant, to_jamo


@pytest.mark.parametrize(
    ("text", "jamo"),
    [
        ("배송", "ㅂㅐㅅㅗㅇ"),
        ("값", "ㄱㅏㅂㅅ"),
        ("과", "ㄱㅗㅏ"),
        ("의", "ㅇㅡㅣ"),
        ("힣", "ㅎㅣㅎ"),
        ("가", "ㄱㅏ"),
        ("ㅋ a1", "ㅋ a1"),
        ("", ""),
    ],
)
def test_syllables_are_spelled_as_they_are_typed(text: str, jamo: str) -> None:
    assert to_jamo(text) == jamo


@pytest.mark.parametrize(
    ("character", "final"),
    [("배", ""), ("송", "ㅇ"), ("값", "ㅂㅅ"), ("물", "ㄹ"), ("가", ""), ("힣", "ㅎ"), ("ㅋ", ""), ("a", ""),
     ("0", "ㅂ"), ("1", "ㄹ"), ("2", ""), ("6", "ㄱ"), ("9", ""), ("²", "")],
)  # fmt: skip
def test_the_final_consonant_is_what_is_heard_at_the_end(character: str, final: str) -> None:
    assert final_consonant(character) == final
