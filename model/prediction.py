"""What the network says of a text: plain values, importable without a runtime."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]


class Label(StrEnum):
    """The book's two answers."""

    POSITIVE = "긍정"
    NEGATIVE = "부정"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the network says of a text: P(positive) in [0, 1]."""

    probability: float

    @property
    def label(self) -> Label:
        """The book's rule: above 0.5 is positive."""
        return Label.POSITIVE if self.probability > 0.5 else Label.NEGATIVE

    @property
    def negative_probability(self) -> float:
        """P(negative) in [0, 1], the side on which thresholds stand."""
        return 1.0 - self.probability

    def is_flagged(self, threshold: float) -> bool:
        """Return whether P(negative) reaches the threshold."""
        return self.negative_probability >= threshold


@dataclass(frozen=True, slots=True)
class Explanation:
    """A prediction and what each character did to it.

    `characters` are the cleaned characters that the network read (the last 100). `influences` has one number for each:
    how much P(negative) falls when padding takes the character's place. Above 0 it spoke for negative.
    """

    prediction: Prediction
    characters: str
    influences: tuple[float, ...]
