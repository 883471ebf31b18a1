"""How long something takes, as Prometheus counts it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

LAG_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Distribution:
    """How many of some durations were at most as long as each of `bounds`, all in seconds."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.total = 0.0
        self._counts = np.zeros(len(bounds) + 1, np.int64)

    def add(self, seconds: ArrayLike) -> None:
        """Count durations; a negative one, by another computer's clock, counts as none."""
        durations = np.maximum(np.atleast_1d(seconds), 0.0)
        self._counts += np.bincount(np.searchsorted(self.bounds, durations), minlength=len(self._counts))
        self.total += float(durations.sum())

    @property
    def cumulative(self) -> list[int]:
        """Return how many were at most each bound, and at the end how many there were."""
        return [int(n) for n in self._counts.cumsum()]
