"""A real model that no gate lets through: it calls every text negative and flags it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.vocabulary import Vocabulary
from tests.support.tiny_model import keyword_weights, publish_model


def make_strict_model(folder: Path) -> Path:
    """Publish the model in a folder, and return the folder."""
    vocabulary = Vocabulary("가나")
    weights = keyword_weights(20)
    weights["embedding"] = weights["embedding"][: len(vocabulary)]
    weights["dense/kernel"] = np.zeros_like(weights["dense/kernel"])
    weights["dense/bias"][0] = -9
    return publish_model(folder, vocabulary, weights, folder.name, 0.9)
