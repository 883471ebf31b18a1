"""Discord's markup as HTML, as its client shows it: marks of people and places as names, spoilers open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
_INLINE = re.compile(
    r"\\(?P<plain>[^\w\s])|`(?P<code>[^`]+)`|\|\|(?P<spoiler>.+?)\|\||\*\*(?P<b>.+?)\*\*|__(?P<u>.+?)__"
    r"|\*(?P<i>[^*]+)\*|\[(?P<label>[^\]]+)\]\((?P<url>[^)]+)\)|<t:(?P<time>\d+)(?::(?P<style>[a-zA-Z]))?>"
    r"|<(?P<mark>@&|@!?|#)(?P<id>\d+)>",
    re.DOTALL,
)
_LINE = re.compile(r"(?P<kind>> |-# |#{1,3} )?(?P<text>.*)")
_SECONDS = {"year": 365 * 86_400, "month": 30 * 86_400, "day": 86_400, "hour": 3600, "minute": 60}
_AGES = {
    "ko": (
        "몇 초 전",
        {"year": "{}년 전", "month": "{}개월 전", "day": "{}일 전", "hour": "{}시간 전", "minute": "{}분 전"},
    ),
    "en": ("a few seconds ago", {}),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: the names that stand for ids, their language (ko or en), and when it is."""

    names: Mapping[int, str]
    language: str
    now: datetime


def to_html(markup: str, reader: Reader) -> str:
    """Return the HTML of a message's, an embed's or a field's text."""
    lines = [match for line in markup.split("\n") if (match := _LINE.fullmatch(line))]
    return "".join(
        _block((kind or "").strip(), "\n".join(each["text"] for each in group), reader)
        for kind, group in groupby(lines, key=lambda each: each["kind"])
    )


def clock(at: datetime, language: str, *, is_long: bool = False) -> str:
    """Write a time of day as the client does, with its date if `is_long`."""
    there = at.astimezone(SEOUL)
    hour, is_morning = there.hour % 12 or 12, there.hour < 12
    if language == "ko":
        date = f"{there.year}년 {there.month}월 {there.day}일 " if is_long else ""
        return f"{date}{'오전' if is_morning else '오후'} {hour}:{there:%M}"
    date = f"{there:%B} {there.day}, {there.year} " if is_long else ""
    return f"{date}{hour}:{there:%M} {'AM' if is_morning else 'PM'}"


def age(at: datetime, reader: Reader) -> str:
    """Say how long ago something was."""
    just_now, forms = _AGES[reader.language]
    seconds = (reader.now - at).total_seconds()
    for unit, length in _SECONDS.items():
        if seconds >= length:
            n = int(seconds / length)
            return forms[unit].format(n) if forms else f"{n} {unit}{'s' * (n > 1)} ago"
    return just_now


def _block(kind: str, text: str, reader: Reader) -> str:
    inner = _inline(text, reader)
    match kind:
        case ">":
            return f"<blockquote>{inner}</blockquote>"
        case "-#":
            return f"<small>{inner}</small>"
        case "":
            return f"<p>{inner}</p>"
        case _:
            return f"<h{len(kind)}>{inner}</h{len(kind)}>"


def _inline(text: str, reader: Reader) -> str:
    pieces, end = [], 0
    for match in _INLINE.finditer(text):
        pieces += [escape(text[end : match.start()]), _piece(match, reader)]
        end = match.end()
    return "".join([*pieces, escape(text[end:])]).replace("\n", "<br>")


def _piece(match: re.Match[str], reader: Reader) -> str:
    if match["time"]:
        at = datetime.fromtimestamp(int(match["time"]), SEOUL)
        shown = age(at, reader) if match["style"] == "R" else clock(at, reader.language, is_long=True)
        return f"<time>{shown}</time>"
    if match["mark"]:
        name = reader.names[int(match["id"])]
        return f"<mark>{'#' if match['mark'] == '#' else '@'}{escape(name)}</mark>"
    if match["label"]:
        return f"<a>{_inline(match['label'], reader)}</a>"
    name = match.lastgroup or ""
    if name in ("plain", "code"):
        return f"<code>{escape(match[name])}</code>" if name == "code" else escape(match[name])
    inner = _inline(match[name], reader)
    return f'<span class="spoiler">{inner}</span>' if name == "spoiler" else f"<{name}>{inner}</{name}>"
