"""Discord's markup becomes what its client shows, and nothing of a text becomes HTML."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.pictures.markup import Reader, to_html

NOW = datetime(2026, 11, 29, 11, 5, tzinfo=UTC)
KOREAN = Reader({7: "하늘", 8: "리뷰", 9: "운영진"}, "ko", NOW)
ENGLISH = Reader({}, "en", NOW)


def ago(reader: Reader, **span: float) -> str:
    at = NOW - timedelta(**span)
    return to_html(f"<t:{at.timestamp():.0f}:R>", reader)


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ("**굵게** 그냥", "<p><b>굵게</b> 그냥</p>"),
        ("||배송이 __**늦**__어요||", '<p><span class="spoiler">배송이 <u><b>늦</b></u>어요</span></p>'),
        ("<@7> <#8> <@&9>", "<p><mark>@하늘</mark> <mark>#리뷰</mark> <mark>@운영진</mark></p>"),
        ("[바로 가기](https://example.com/1)", "<p><a>바로 가기</a></p>"),
        ("`██░ **` \\*별\\*", "<p><code>██░ **</code> *별*</p>"),
        ("한 줄\n두 줄\n> 인용", "<p>한 줄<br>두 줄</p><blockquote>인용</blockquote>"),
        ("## 설정 1/5\n-# 작게", "<h2>설정 1/5</h2><small>작게</small>"),
        ("<b>글</b> & **<i>**", "<p>&lt;b&gt;글&lt;/b&gt; &amp; <b>&lt;i&gt;</b></p>"),
        (f"<t:{NOW.timestamp():.0f}:f>", "<p><time>2026년 11월 29일 오후 8:05</time></p>"),
    ],
)
def test_markup_is_shown_as_its_client_shows_it(markup: str, html: str) -> None:
    assert to_html(markup, KOREAN) == html


def test_a_time_is_told_by_its_age() -> None:
    assert [ago(KOREAN, **span) for span in ({"seconds": 5}, {"minutes": 3}, {"days": 250})] == [
        f"<p><time>{age}</time></p>" for age in ("몇 초 전", "3분 전", "8개월 전")
    ]
    assert [ago(ENGLISH, **span) for span in ({"seconds": 5}, {"hours": 1}, {"days": 800})] == [
        f"<p><time>{age}</time></p>" for age in ("a few seconds ago", "1 hour ago", "2 years ago")
    ]


def test_somebody_unknown_is_no_name() -> None:
    with pytest.raises(KeyError):
        to_html("<@1>", KOREAN)
