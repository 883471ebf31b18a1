"""Advice on the threshold, from what messages scored and what moderators said of alerts. Pure: no clock, no Discord.

`bot.wording.thresholds` puts it into words, `model.pictures.scores` draws it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.domain.decisions import Score

FEWEST_DECISIONS = 5  # from which a share of right ones is told
LOWEST_ADVISED = 0.5  # below it the model itself calls a text positive
CANDIDATES = (LOWEST_ADVISED, 0.7, 0.8, 0.9, 0.95, 0.99)
_SHARE_SEEN = 0.9  # of the messages from a threshold up: so many must have been alerts for decisions to speak for all
_MOST_DECIMALS = 6  # of a threshold: what is surely negative scores 0.9999 and more
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
    """What a guild's messages scored up to `now`, and over how many days: from the first of them on, at least one."""

    def __init__(self, scores: Sequence[Score], now: datetime) -> None:
        self.probabilities = sorted(score.negative_probability for score in scores)
        first = min((score.created_at for score in scores), default=now)
        self.n_days = max(1.0, (now - first) / _DAY)
        self._scores = scores

    def at(self, threshold: float) -> Forecast:
        """Say what to expect of a threshold."""
        above = [score for score in self._scores if score.negative_probability >= threshold]
        answers = [score.is_right for score in above if score.is_right is not None]
        n_seen = sum(score.was_flagged for score in above)
        is_seen = n_seen >= _SHARE_SEEN * len(above)
        return Forecast(threshold, len(above) / self.n_days, len(answers), sum(answers), is_seen)

    def lowest_with(self, alerts_per_day: float) -> Forecast:
        """Return the lowest threshold with at most so many alerts a day; 1 if there is none, but none below 0.5.

        It has as few decimals as they allow.
        """
        n_allowed = math.floor(alerts_per_day * self.n_days)
        if n_allowed >= len(self.probabilities) - bisect_left(self.probabilities, LOWEST_ADVISED):
            return self.at(LOWEST_ADVISED)
        left_out = self.probabilities[-1 - n_allowed]
        lowest = self.at(_just_above(left_out, _MOST_DECIMALS))
        briefer = (self.at(_just_above(left_out, decimals)) for decimals in range(2, _MOST_DECIMALS))
        return next((each for each in briefer if each.alerts_per_day == lowest.alerts_per_day), lowest)

    def candidates(self, serving: float) -> list[Forecast]:
        """Return a few thresholds to choose from, the one that serves among them."""
        return [self.at(threshold) for threshold in sorted({*CANDIDATES, serving})]


def _just_above(probability: float, decimals: int) -> float:
    """Return the next threshold of so many decimals that leaves a probability out; 1 at most."""
    n_steps: int = 10**decimals
    step = math.floor(probability * n_steps)
    while step / n_steps <= probability and step < n_steps:
        step += 1
    return step / n_steps


def parse_threshold(written: str) -> float | None:
    """Read a threshold in (0, 1], written as 0.93, 93% or 93; None if it is none."""
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
