"""What is said of thresholds, in words. Pure: `bot.cogs.threshold` says it on Discord."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.thresholds import (
    FEWEST_DAYS,
    FEWEST_DECISIONS,
    FEWEST_MESSAGES,
    LOWEST_ADVISED,
    Forecast,
    Observed,
    ThresholdOrigin,
    is_ambiguous,
)
from bot.localisation.commands import Caller
from bot.localisation.formats import percent
from bot.localisation.texts import Texts

_MOST_DECIMALS = 4  # of a threshold's percentage
_EXAMPLE = 0.95  # a threshold, where none is advised


def number(threshold: float) -> str:
    """Write a threshold as a percentage, as briefly as it can be told apart from others: 93%, 92.85%."""
    return percent(threshold, _MOST_DECIMALS)


def now(
    threshold: float, origin: ThresholdOrigin, texts: Texts, strong: Callable[[str], str] = lambda text: f"**{text}**"
) -> str:
    """Say which threshold serves, and why; `strong` sets it off, on Discord unless said otherwise."""
    return texts("threshold.now", threshold=strong(number(threshold)), origin=_origin(origin, texts))


def outlook(observed: Observed, threshold: float, texts: Texts) -> list[str]:
    """Say what to expect of the threshold that serves."""
    if not observed.n_messages:
        return [texts("threshold.nothing_observed")]
    return [forecast(observed.at(threshold), texts), basis(observed, texts)]


def change(observed: Observed, before: float, after: float, texts: Texts) -> list[str]:
    """Say what a new threshold changes."""
    lines = [texts("threshold.changed", before=number(before), after=number(after))]
    if observed.n_messages:
        old, new = (_rate(observed.at(threshold)) for threshold in (before, after))
        key = "threshold.unchanged_alerts" if old == new else "threshold.changed_alerts"
        lines.append(texts(key, before=old, after=new))
    return lines


def advice(
    observed: Observed, alerts_per_day: float, serving: float, caller: Caller, lowest: float = LOWEST_ADVISED
) -> list[str]:
    """Advise a threshold with at most so many alerts a day, none below `lowest`, beside the one that serves."""
    texts = caller.texts
    if not observed.n_messages:
        return [texts("threshold.nothing_observed")]
    if not observed.is_enough:
        least = {"least": FEWEST_MESSAGES, "least_days": FEWEST_DAYS}
        return [texts("threshold.too_few", **least), forecast(observed.at(serving), texts), basis(observed, texts)]
    best = observed.lowest_with(alerts_per_day, lowest)
    key = "threshold.advised" if best.alerts_per_day <= alerts_per_day else "threshold.not_so_few"
    return [
        texts(key, threshold=number(best.threshold), wanted=f"{alerts_per_day:g}"),
        forecast(best, texts),
        f"{forecast(observed.at(serving), texts)} {texts('threshold.serving')}",
        basis(observed, texts),
        _how_to_set(best.threshold, caller),
    ]


def refusal(written: str, caller: Caller, shown: Callable[[str], str]) -> str:
    """Say that a threshold was not understood, or ask which was meant."""
    if is_ambiguous(written):
        command = caller.call("threshold set", value=f"{written.strip()}%")
        return caller.texts("threshold.ambiguous", command=command, received=written.strip())
    return caller.texts("threshold.bad_value", received=shown(written))


def table(observed: Observed, serving: float, caller: Caller) -> list[str]:
    """Show a few thresholds to choose from."""
    texts = caller.texts
    if not observed.n_messages:
        return [texts("threshold.nothing_observed")]
    lines = []
    for each in observed.candidates(serving):
        mark = f" {texts('threshold.serving')}" if each.threshold == serving else ""
        lines.append(forecast(each, texts) + mark)
    return [*lines, basis(observed, texts), _how_to_set(_EXAMPLE, caller)]


def forecast(expected: Forecast, texts: Texts) -> str:
    """Say what to expect of a threshold in one line."""
    return texts(
        "threshold.forecast",
        threshold=number(expected.threshold),
        alerts=texts("threshold.alerts" if expected.alerts_per_day else "threshold.no_alerts", n=_rate(expected)),
        right=_right(expected, texts),
    )


def basis(observed: Observed, texts: Texts) -> str:
    """Say on what the forecast is based."""
    return texts("threshold.basis", n=f"{observed.n_messages:,}", n_days=f"{observed.n_days:.0f}")


def _how_to_set(threshold: float, caller: Caller) -> str:
    command = caller.call("threshold set", value=number(threshold))
    return caller.texts("threshold.how_to_set", command=command)


def _right(expected: Forecast, texts: Texts) -> str:
    if expected.precision is not None:
        return texts("threshold.right", precision=percent(expected.precision, 0), n_decided=expected.n_decided)
    if not expected.is_seen:
        return texts("threshold.right_unseen")
    return texts("threshold.right_unknown", n_decided=expected.n_decided, least=FEWEST_DECISIONS)


def _rate(expected: Forecast) -> str:
    rate = expected.alerts_per_day
    return f"{rate:.0f}" if rate >= 10 or rate == 0 else f"{rate:.1f}".removesuffix(".0")


def _origin(origin: ThresholdOrigin, texts: Texts) -> str:
    match origin:
        case ThresholdOrigin.GUILD:
            return texts("threshold.of_guild")
        case ThresholdOrigin.OPERATOR:
            return texts("threshold.of_operator")
        case ThresholdOrigin.MODEL:
            return texts("threshold.of_model")
