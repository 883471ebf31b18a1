"""From what a person writes to a known word: exact, by table, without particle, by spelling."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.reading.hangul import to_jamo
from model.vectors.keyed_vectors import Vectors
from model.vectors.speller import MatchKind, Speller, UnknownWordError

WORDS = ["배송", "배우", "느리다", "좋다", "크기", "배경", "값", "배", "ㅋㅋ", "서비스"]
SPELLER = Speller(WORDS, {"느리다": ["느려요", "느렸어요"], "좋다": ["좋아요"]})


def levenshtein(first: str, second: str) -> int:
    """The textbook's recursion over rows, to check the fast one by."""
    before = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        now = [i]
        for j, b in enumerate(second, start=1):
            now.append(min(before[j] + 1, now[-1] + 1, before[j - 1] + (a != b)))
        before = now
    return before[-1]


@pytest.mark.parametrize(
    ("text", "word", "kind"),
    [
        ("배송", "배송", MatchKind.EXACT),
        (" 배송!! ", "배송", MatchKind.EXACT),
        ("\u1107\u1162\u1109\u1169\u11bc", "배송", MatchKind.EXACT),  # decomposed, as macOS sends it
        ("느려요", "느리다", MatchKind.FORM),
        ("느렸어요~", "느리다", MatchKind.FORM),
        ("배송이", "배송", MatchKind.PARTICLE),
        ("배송했는데요", "배송", MatchKind.FORM),  # a noun made a verb
        ("서비스입니다", "서비스", MatchKind.PARTICLE),
        ("ㅋㅋ", "ㅋㅋ", MatchKind.EXACT),
    ],
)
def test_a_word_is_found(text: str, word: str, kind: MatchKind) -> None:
    found = SPELLER.find(text)
    assert (found.word, found.kind) == (word, kind)


@pytest.mark.parametrize(("text", "suggestions"), [("배숑", "배송"), ("느리댜", "느리다"), ("서비쓰", "서비스")])
def test_a_slip_of_the_finger_is_a_suggestion(text: str, suggestions: str) -> None:
    with pytest.raises(UnknownWordError) as raised:
        SPELLER.find(text)
    assert raised.value.suggestions[0] == suggestions
    assert suggestions in str(raised.value)


@pytest.mark.parametrize("text", ["", "   ", "뷁뷁뷁", "hello", "가" * 5_000])
def test_what_is_like_nothing_has_no_suggestion(text: str) -> None:
    with pytest.raises(UnknownWordError) as raised:
        SPELLER.find(text)
    assert raised.value.suggestions == ()


def test_of_equally_near_words_the_more_frequent_comes_first() -> None:
    assert Speller(["나라", "다라", "마라"], {}).spelled_like("바라", n=2) == ["나라", "다라"]


@given(st.text(alphabet="가각배송숑ㅋ느리좋", max_size=5))
def test_what_is_spelled_alike_is_what_levenshtein_says_and_nothing_else(text: str) -> None:
    """Nearest first, of equals the more frequent first; not further than a third of the keys, or one key."""
    typed = to_jamo(text)
    distances = [(levenshtein(typed, to_jamo(word)), row) for row, word in enumerate(WORDS)]
    near = [WORDS[row] for distance, row in sorted(distances) if distance <= max(1, len(typed) // 3)]
    assert SPELLER.spelled_like(text, n=3) == (near[:3] if typed else [])


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [("배송수", ["배송"]), ("배수송수", []), ("서빗", ["서비스"]), ("서비", []), ("느리닷닷", [])],
    ids=["2 of 7", "4 of 9", "1 of 5", "2 of 4", "4 of 10"],
)
def test_too_far_is_more_than_a_third_of_the_keys(text: str, suggestions: list[str]) -> None:
    assert SPELLER.spelled_like(text) == suggestions


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(UnknownWordError):
        assert SPELLER.find(text).word in WORDS
    assert set(SPELLER.spelled_like(text)) <= set(WORDS)
    assert set(SPELLER.starting_with(text)) <= set(WORDS)


@pytest.mark.parametrize("prefix", ["배", "ㅂ", "배ㅅ", "배소", "배송"])
def test_a_word_half_typed_is_completed(prefix: str) -> None:
    assert "배송" in SPELLER.starting_with(prefix)


def test_completions_come_by_frequency_and_no_more_than_asked() -> None:
    assert SPELLER.starting_with("배", n=3) == ["배송", "배우", "배경"]
    assert SPELLER.starting_with("", n=2) == ["배송", "배우"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("느려요", "느리다"), ("늦었어요", "늦다"), ("맛있네요", "맛있다"), ("예뻐요", "예쁘다"), ("빨라요", "빠르다"),
        ("재밌어요", "재밌다"), ("샀어요", "사다"), ("비싸서", "비싸다"), ("배송이", "배송"), ("사이즈가", "사이즈"),
        ("반품했어요", "반품"), ("환불해주세요", "환불"), ("친절하시네요", "친절하다"),
    ],
)  # fmt: skip
def test_the_shipped_table_knows_common_forms(text: str, word: str) -> None:
    assert Vectors.load().find(text).word == word


def test_shipped_words_spelled_wrongly_are_suggested_quickly() -> None:
    vectors = Vectors.load()
    vectors.speller.spelled_like("배숑")  # the tables are built at the first question
    started = time.perf_counter()
    suggestions = vectors.speller.spelled_like("배숑")
    assert time.perf_counter() - started < 0.5
    assert "배송" in suggestions


@pytest.mark.parametrize("text", ["hello", "!!", "", "👍"])
def test_what_holds_no_hangul_is_no_word_whatever_the_table_of_forms_holds(text: str) -> None:
    with pytest.raises(UnknownWordError):
        Speller(["하", *WORDS], {"하": ["", "해"]}).find(text)


def test_the_shipped_words_do_not_answer_english() -> None:
    with pytest.raises(UnknownWordError):
        Vectors.load().find("hello")


def test_foreign_words_are_completed_by_what_was_typed() -> None:
    assert Speller(["help", "hello", "배송"], {}).starting_with("hel") == ["help", "hello"]
    assert Speller(WORDS, {}).starting_with("hel") == []
