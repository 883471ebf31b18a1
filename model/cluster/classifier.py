"""A classifier whose texts a crew classifies: for whoever has more of them than one process is quick with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from model.classifier import Classifier
from model.cluster.crew import Crew
from model.cluster.equipment import ModelFiles, held
from model.vocabulary import Vocabulary

_N_AT_ONCE = 1_024  # texts; each process computes them on one core


class SharedClassifier(Classifier):
    """Answers as `Classifier` does, to the last digit: what a text is computed beside does not change its figure."""

    def __init__(self, model: ModelFiles, crew: Crew) -> None:
        super().__init__(model.version, model.threshold, Vocabulary(model.characters), model.network)
        crew.equip(model)
        self._crew, self._digest = crew, model.digest

    def probabilities_of_readings(self, readings: Sequence[str]) -> NDArray[np.float32]:
        """Have the crew compute what `model.reading.read` made of texts."""
        parts = (readings[start : start + _N_AT_ONCE] for start in range(0, len(readings), _N_AT_ONCE))
        computed = list(self._crew.map(partial(_probabilities, self._digest), parts))
        return np.concatenate(computed) if computed else np.empty(0, np.float32)


def _probabilities(digest: str, readings: Sequence[str]) -> NDArray[np.float32]:
    return held(digest).probabilities_of_readings(readings)
