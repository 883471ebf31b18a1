"""Reading: what people see of a message is what the network is given."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.reading.read import read, read_message

COMPLAINT = "배송이 너무 늦고 별로예요 최악입니다"

_PIECES = [
    *"ㄱㅋㅎㅂㅅㅇㅏㅗㅣㅠㅡㅜㄹ가배송 \n.1a<>@#:/[]()*`|~_",
    "\u1100",
    "\u1161",
    "\u11a8",
    "\u0301",
    "\uffa1",
    "\uffc2",
    "\u200b",
]
_MARKUP = ["<@12>", "> ", ">>> ", "```", "https://", "1. ", "가 나 다 라", "ㅋㅋㅋㅋ", "\ud800", "\u302e"]
any_text = st.one_of(st.text(), st.lists(st.sampled_from([*_PIECES, *_MARKUP]), max_size=30).map("".join))


@pytest.mark.parametrize(
    ("text", "given_to_the_network"),
    [
        ("배송   abc  늦어요 \n\n 정말!", "배송 늦어요 정말"),
        ("ㅋㅋㅋㅋㅋㅋㅋ 좋아요오오오오오 ㅠㅠㅠㅠ", "ㅋㅋㅋ 좋아요오오오 ㅠㅠㅠ"),
        ("10000원", "10000원"),
        ("ㅆㅡㄹㅔㄱㅣ", "쓰레기"),
        ("ㅆ ㅡ ㄹ ㅔ ㄱ ㅣ", "쓰레기"),
        ("ㅂㅏㅂㅗㅋㅋㅋ", "바보ㅋㅋㅋ"),
        ("ㅇㅓㅂㅅㅇㅓ ㅈㅗㄴㄴㅏ", "없어 존나"),
        ("최ㅇㅏㄱ이다", "최악이다"),
        ("ㅋㅋㅠㅠ ㅎㅠㅠ ㅗㅜㅑ ㅇㅇ ㅅㅂ 좋아요ㅎㅠ", "ㅋㅋㅠㅠ ㅎㅠㅠ ㅗㅜㅑ ㅇㅇ ㅅㅂ 좋아요ㅎㅠ"),
        ("ﾲￂﾷￌ", "바오"),
        ("\u110f\u110f\u110f\u110f", "ㅋㅋㅋ"),
        ("\u1112\u0301\u1161\u11ab글", "한글"),
        ("쓰\u0301레\u0308기", "쓰레기"),
        ("", ""),
        ("\ud800", ""),
    ],
)
def test_a_text_is_read_as_people_see_it(text: str, given_to_the_network: str) -> None:
    assert read(text) == given_to_the_network


@pytest.mark.parametrize("separator", [" ", "  ", ".", ". ", "/", " / ", ", ", "·", " · ", "\n", "\n\n"])
def test_syllables_that_are_spaced_out_are_joined(separator: str) -> None:
    assert read(separator.join("배송이늦어요")) == "배송이늦어요"


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("진짜 별 로 예 요 다시는", "진짜 별로예요 다시는"),
        ("나 너 참 좋아", "나 너 참 좋아"),
        ("1 2 3 4 5", "1 2 3 4 5"),
        ("송 3 일 걸 림", "송3일걸림"),
    ],
)
def test_only_runs_of_four_syllables_are_joined(text: str, joined: str) -> None:
    assert read(text) == joined


@pytest.mark.parametrize(
    "message",
    [
        f"<@123456789012345678> {COMPLAINT}",
        f"<@!1>{COMPLAINT}",
        f"{COMPLAINT} <@&987654321>",
        f"<#55> {COMPLAINT}",
        f"</확인 글:123> {COMPLAINT}",
        "배송이 너무<:sad2:123> 늦고 별로예요 <a:뿅3:9>최악입니다",
        f"<t:1618953630> {COMPLAINT} <t:1618953630:R>",
        f"{COMPLAINT} https://쇼핑.example/상품/1234?번호=5",
        f"<https://example.com/1234> {COMPLAINT}",
        '[배송이 너무 늦고](https://example.com/55 "제목") 별로예요 [최악입니다](<https://a.example/1>)',
        f"```py3\n{COMPLAINT}\n```",
        f"`{COMPLAINT}`",
        "배송이 ||너무 늦고|| **별로예요** ~~최악~~__입니다__",
        f"# {COMPLAINT}",
        f"-# {COMPLAINT}",
        "- 배송이 너무 늦고\n- 별로예요\n* 최악입니다",
        "1. 배송이 너무 늦고\n2. 별로예요 최악입니다",
        f"> 정말 좋아요 추천합니다\n{COMPLAINT}",
        f"{COMPLAINT}\n>>> 정말 좋아요\n추천합니다",
        f"@everyone {COMPLAINT} @here",
    ],
)
def test_discords_markup_is_not_read(message: str) -> None:
    assert read_message(message) == COMPLAINT
    assert read_message(unicodedata.normalize("NFD", message)) == COMPLAINT


def test_markup_is_a_matter_of_discord() -> None:
    assert read("> 번호 <@12>") == "번호 12"
    assert read_message("별점 3 > 2, 5 < 6") == "별점 3 2 5 6"


@given(any_text)
def test_reading_twice_is_reading_once(text: str) -> None:
    assert read(read(text)) == read(text)
    once = read_message(text)
    assert read_message(once) == read(once) == once


@given(any_text)
def test_what_is_read_is_hangul_digits_and_single_spaces(text: str) -> None:
    for once in (read(text), read_message(text)):
        assert once == " ".join(once.split())
        assert all(c == " " or c.isdecimal() or "ㄱ" <= c <= "ㅣ" or "가" <= c <= "힣" for c in once)
