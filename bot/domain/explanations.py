"""Say of one text what Jigi thinks of it, and which characters weighed most. Pure: front ends draw the result.

`bot.cogs.check` (Discord) and `bot.console.app` answer with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.domain.verdicts import is_flagged
from model.prediction import Explanation, Label

_MOST_MARKS = 10
_LEAST_SHARE = 0.2  # of the strongest influence: weaker ones are noise beside it


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What is thought of a text.

    `characters` are those that the network read; of a text longer than 100, the part that weighed most. `marks` are the
    same ones in pieces, each with whether it weighed much towards the label.
    """

    label: Label
    probability: float  # P(positive) in [0, 1]
    is_flagged: bool
    threshold: float  # P(negative) from which a text is flagged
    characters: str
    marks: list[tuple[str, bool]]


def check(explanation: Explanation, threshold: float) -> CheckResult:
    """Say what is thought of a text that a classifier has explained."""
    prediction = explanation.prediction
    sign = 1 if prediction.label is Label.NEGATIVE else -1
    weights = [sign * influence for influence in explanation.influences]
    return CheckResult(
        label=prediction.label,
        probability=prediction.probability,
        is_flagged=is_flagged(prediction, threshold, explanation.characters),
        threshold=threshold,
        characters=explanation.characters,
        marks=mark(explanation.characters, weights),
    )


def mark(characters: str, weights: Sequence[float], limit: int = _MOST_MARKS) -> list[tuple[str, bool]]:
    """Cut a text into pieces that are marked or not; at most `limit` characters are, the heaviest ones.

    Only a weight above 0 counts, and one that is not slight beside the heaviest. Spaces are never marked.
    """
    least = _LEAST_SHARE * max(weights, default=0)
    candidates = [i for i, weight in enumerate(weights) if weight > 0 and weight >= least and characters[i] != " "]
    marked = set(sorted(candidates, key=lambda i: -weights[i])[:limit])
    pieces = groupby(range(len(characters)), key=marked.__contains__)
    return [("".join(characters[i] for i in piece), is_marked) for is_marked, piece in pieces]
