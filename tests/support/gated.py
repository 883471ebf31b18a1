"""A real model that can be held up in the middle of its work."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from model.classifier import Classifier
from model.prediction import Prediction


class GatedClassifier(Classifier):
    """The tiny model behind a gate: a batch waits in its thread until the gate opens."""

    def __init__(self, classifier: Classifier, version: str = "gated") -> None:
        self.__dict__.update(classifier.__dict__, version=version)
        self.gate = threading.Event()
        self.has_begun = threading.Event()
        self.batches: list[list[str]] = []

    def classify_readings(self, texts: Sequence[str]) -> list[Prediction]:
        """Wait for the gate, and answer."""
        self.batches.append(list(texts))
        self.has_begun.set()
        assert self.gate.wait(10)
        return super().classify_readings(texts)
