"""Advice on the threshold, from what messages scored and what moderators said of alerts. Pure: no clock, no Discord.

`bot.wording.thresholds` puts it into words, `model.pictures.scores` draws it.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import accumulate

from bot.domain.decisions import Score

FEWEST_MESSAGES, FEWEST_DAYS = 200, 3  # by which a threshold is advised
FEWEST_DECISIONS = 5  # from which a share of right ones is told
LOWEST_ADVISED = 0.5  # below it the model itself calls a text positive
CANDIDATES = (LOWEST_ADVISED, 0.7, 0.8, 0.9, 0.95, 0.99)
_SHARE_SEEN = 0.9  # of the messages from a threshold up: so many must have been alerts for decisions to speak for all
_MOST_DECIMALS = 6  # of a threshold: what is surely negative scores 0.9999 and more
_MOST_NEUTRAL = 0.05  # of neutral texts
_LEAST_PERCENTAGE = 10  # that may be written without its sign
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What to expect of a threshold. `n_decided` decisions were made from it up, `n_right` of them right.

    `is_seen`: most of the messages from it up have been alerts, so that the decisions can speak for all.
    """

    threshold: float
    alerts_per_day: float
    n_decided: int
    n_right: int
    is_seen: bool

    @property
    def precision(self) -> float | None:
        """Return the share of alerts that are right, in [0, 1]; None where too little is known."""
        if not self.is_seen or self.n_decided < FEWEST_DECISIONS:
            return None
        return self.n_right / self.n_decided


class Observed:
    """What a guild's messages scored up to `now`, and over how many days: from the first of them on, at least one.

    `probabilities` are in ascending order, each of as many messages as stand at its place in `counts`.
    """

    def __init__(self, scores: Sequence[Score], now: datetime) -> None:
        ordered = sorted(scores, key=lambda score: score.negative_probability)
        self.probabilities = [score.negative_probability for score in ordered]
        self.counts = [score.n_messages for score in ordered]
        first = min((score.created_at for score in scores), default=now)
        self.n_days = max(1.0, (now - first) / _DAY)
        self._n_from = _sums_from(self.counts)
        self._n_seen_from = _sums_from([score.n_messages * score.was_flagged for score in ordered])
        self._n_decided_from = _sums_from([score.n_messages * (score.is_right is not None) for score in ordered])
        self._n_right_from = _sums_from([score.n_messages * (score.is_right is True) for score in ordered])

    @property
    def n_messages(self) -> int:
        """How many messages were observed."""
        return self._n_from[0]

    @property
    def is_enough(self) -> bool:
        """Whether they are enough to advise by: a busy hour says nothing of a week."""
        return self.n_messages >= FEWEST_MESSAGES and self.n_days >= FEWEST_DAYS

    def at(self, threshold: float) -> Forecast:
        """Say what to expect of a threshold."""
        place = bisect_left(self.probabilities, threshold)
        n_above = self._n_from[place]
        is_seen = self._n_seen_from[place] >= _SHARE_SEEN * n_above
        n_decided, n_right = self._n_decided_from[place], self._n_right_from[place]
        return Forecast(threshold, n_above / self.n_days, n_decided, n_right, is_seen)

    def lowest_with(self, alerts_per_day: float, lowest: float = LOWEST_ADVISED) -> Forecast:
        """Return the lowest threshold with at most so many alerts a day; 1 if there is none, but none below `lowest`.

        It has as few decimals as they allow.
        """
        n_allowed = math.floor(alerts_per_day * self.n_days)
        if n_allowed >= self._n_from[bisect_left(self.probabilities, lowest)]:
            return self.at(lowest)
        left_out = self.probabilities[self._last_with_more_than(n_allowed)]
        finest = self.at(_just_above(left_out, _MOST_DECIMALS))
        briefer = (self.at(_just_above(left_out, decimals)) for decimals in range(2, _MOST_DECIMALS))
        return next((each for each in briefer if each.alerts_per_day == finest.alerts_per_day), finest)

    def candidates(self, serving: float) -> list[Forecast]:
        """Return a few thresholds to choose from, the one that serves among them."""
        return [self.at(threshold) for threshold in sorted({*CANDIDATES, serving})]

    def _last_with_more_than(self, n_allowed: int) -> int:
        """Return the place of the highest probability from which up there are more messages than allowed."""
        return bisect_right(self._n_from, -n_allowed - 1, key=lambda n: -n) - 1


def _sums_from(counts: Sequence[int]) -> list[int]:
    """Return of each place the sum from it on, and behind the last place 0."""
    return list(accumulate(reversed(counts), initial=0))[::-1]


def _just_above(probability: float, decimals: int) -> float:
    """Return the next threshold of so many decimals that leaves a probability out; 1 at most."""
    n_steps: int = 10**decimals
    step = math.floor(probability * n_steps)
    while step / n_steps <= probability and step < n_steps:
        step += 1
    return step / n_steps


def least_sane(neutral: Sequence[float], own: float) -> float:
    """Return the lowest threshold to advise: one that flags at most 5 % of neutral texts, or else the model's `own`.

    `neutral` is the P(negative) of neutral sentences.
    """
    ordered = sorted(neutral, reverse=True)
    n_allowed = math.floor(_MOST_NEUTRAL * len(ordered))
    floor = _just_above(ordered[n_allowed], 2) if n_allowed < len(ordered) else LOWEST_ADVISED
    return max(LOWEST_ADVISED, min(floor, own))


def is_ambiguous(written: str) -> bool:
    """Say whether a number is as likely a slip of 0.15 as a percentage: 1.5 or 2, without a percent sign."""
    try:
        return 1 < float(written.strip()) < _LEAST_PERCENTAGE
    except ValueError:
        return False


def parse_threshold(written: str) -> float | None:
    """Read a threshold in (0, 1], written as 0.93, 93% or 93; None if it is none, or may be either."""
    if is_ambiguous(written):
        return None
    text = written.strip()
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        return None
    if text.endswith("%") or number > 1:
        number /= 100
    return number if 0 < number <= 1 else None


class ThresholdOrigin(Enum):
    """Where a threshold comes from."""

    GUILD = auto()
    OPERATOR = auto()
    MODEL = auto()
