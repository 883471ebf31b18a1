"""What was counted, in words. Pure: `bot.cogs.stats` says it on Discord, `bot.console` in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from bot.domain.statistics import FEWEST_DECIDED, Counts, Interval, Statistics, compare
from bot.localisation.formats import percent
from bot.localisation.texts import Texts

_N_WEEKS = 6  # shown
_N_CHANNELS = 10
_FEW = 0.01  # a share below it keeps a decimal
_MINUTES_AN_HOUR, _HOURS_A_DAY = 60, 24
_Strong = Callable[[str], str]


def bold(text: str) -> str:
    """Set off a figure on Discord."""
    return f"**{text}**"


def summary(counted: Statistics, texts: Texts, strong: _Strong = bold) -> list[str]:
    """Say what was judged, flagged and decided, how many alerts were false, and how long decisions took."""
    total = counted.total
    if not total.n_judged:
        return [texts("stats.nothing_judged")]
    lines = [_counts(total, texts)]
    if total.n_shadow:
        lines.append(texts("stats.shadow", n=_n(total.n_shadow)))
    if not total.n_flagged:
        return lines
    decided = {"n_right": _n(total.n_right), "n_false": _n(total.n_false_alarms), "n_undecided": _n(total.n_undecided)}
    lines += [texts("stats.decided", **decided), rate(total, texts, strong)]
    median, most = counted.seconds_waited(0.5), counted.seconds_waited(0.9)
    if median is not None and most is not None:
        lines.append(texts("stats.waited", median=_duration(median, texts), most=_duration(most, texts)))
    return lines


def rate(counts: Counts, texts: Texts, strong: _Strong = bold) -> str:
    """Say how many alerts were false, and how sure that is; or that too little was decided to say so."""
    found = counts.false_alarm_rate
    if found is None:
        return texts("stats.too_few", n=counts.n_decided, least=FEWEST_DECIDED)
    share = strong(share_of(found.share))
    return texts("stats.rate", rate=share, **_bounds(found), n_decided=_n(counts.n_decided))


def channels(by_place: Mapping[int, Counts], texts: Texts) -> list[str]:
    """Say of each channel what was judged and flagged in it, a line each."""
    lines = [
        texts("stats.line", name=f"<#{place}>", counts=_counts(counts, texts), rate=_brief_rate(counts, texts))
        for place, counts in list(by_place.items())[:_N_CHANNELS]
    ]
    left_out = len(by_place) - _N_CHANNELS
    return [*lines, texts("stats.more_channels", n=left_out)] if left_out > 0 else lines


def elsewhere(counted: Statistics, by_place: Mapping[int, Counts], texts: Texts) -> list[str]:
    """Say what the lines of the channels leave out: archived threads, and what is gone or not to be seen."""
    left = counted.total.n_judged - sum(each.n_judged for each in by_place.values())
    flagged = counted.total.n_flagged - sum(each.n_flagged for each in by_place.values())
    return [texts("stats.elsewhere", counts=_counts(Counts(left, flagged), texts))] if left > 0 else []


def about_picture(counted: Statistics, texts: Texts) -> list[str]:
    """Say of a picture by week that its first bar is no whole week."""
    n_days = counted.span.days_in_first_part
    if n_days == counted.span.days_a_part or not counted.total.n_flagged:
        return []
    return [texts("stats.first_bar", n=n_days)]


def weeks(counted: Statistics, texts: Texts) -> list[str]:
    """Say of each whole week what was judged and flagged, the newest first; nothing where there is but one."""
    found = counted.weeks[:_N_WEEKS]
    if len(found) < 2:
        return []
    return [
        texts("stats.line", name=dates(first, texts), counts=_counts(counts, texts), rate=_brief_rate(counts, texts))
        for first, counts in found
    ]


def comparison(before: Counts, after: Counts, texts: Texts) -> list[str]:
    """Compare a week with the one before, and say no more than the numbers do."""
    if not before.n_judged:
        return [texts("stats.no_week_before")]
    lines = [
        texts(
            "stats.compared", judged_before=_n(before.n_judged), judged=_n(after.n_judged),
            flagged_before=_n(before.n_flagged), flagged=_n(after.n_flagged),
        )
    ]  # fmt: skip
    earlier, later = before.false_alarm_rate, after.false_alarm_rate
    if earlier is None or later is None:
        return [*lines, texts("stats.change_unknown", least=FEWEST_DECIDED)]
    shares = {"before": share_of(earlier.share), "after": share_of(later.share)}
    return [*lines, texts(f"stats.change_{compare(before, after)}", **shares)]


def picture_text(title: str, counted: Statistics, names: Mapping[int, tuple[str, Counts]], texts: Texts) -> str:
    """Say what the picture shows, for those who cannot see it: every bar that is not empty."""
    parts = [
        texts("stats.bar", name=day(first, texts), **_parts(counts))
        for first, counts in zip(counted.span.first_days, counted.by_part, strict=True)
        if counts.n_flagged
    ]
    of_channels = [texts("stats.bar", name=name, **_parts(counts)) for name, counts in names.values()]
    head = [texts("stats.picture", title=title), *summary(counted, texts, str)]
    return " ".join([*head, "; ".join([*of_channels, *parts])]).strip()


def day(when: date, texts: Texts) -> str:
    """Write a day without its year."""
    return texts("stats.day", month=texts("stats.months").split("|")[when.month - 1], day=when.day)


def dates(first: date, texts: Texts, n_days: int = 7) -> str:
    """Write the first and the last day of a week."""
    return texts("stats.dates", first=day(first, texts), last=day(first + timedelta(days=n_days - 1), texts))


def share_of(share: float) -> str:
    """Write a share as whole percents, and what is below one of them with a decimal."""
    return percent(share, 1 if 0 < share < _FEW else 0)


def _bounds(found: Interval) -> dict[str, str]:
    return {"low": share_of(found.low), "high": share_of(found.high)}


def _brief_rate(counts: Counts, texts: Texts) -> str:
    found = counts.false_alarm_rate
    return "" if found is None else texts("stats.brief_rate", rate=share_of(found.share), **_bounds(found))


def _counts(counts: Counts, texts: Texts) -> str:
    return texts("stats.counts", n_judged=_n(counts.n_judged), n_flagged=_n(counts.n_flagged))


def _parts(counts: Counts) -> dict[str, str]:
    return {"n": _n(counts.n_flagged), "n_right": _n(counts.n_right), "n_false": _n(counts.n_false_alarms)}


def _duration(seconds: float, texts: Texts) -> str:
    minutes = max(1, round(seconds / 60))
    if minutes < 2 * _MINUTES_AN_HOUR:
        return texts("stats.minutes", n=minutes)
    hours = round(minutes / _MINUTES_AN_HOUR)
    if hours < 2 * _HOURS_A_DAY:
        return texts("stats.hours", n=hours)
    return texts("stats.days", n=round(hours / _HOURS_A_DAY))


def _n(count: int) -> str:
    return f"{count:,}"
