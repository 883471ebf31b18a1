"""Tiny real models for tests: exported and served like the shipped one, trained by nobody.

`make_keyword_model` sets the weights by hand, so that a test can choose a verdict by choosing its words.
`random_weights` gives seeded weights for parity tests.
"""

from pathlib import Path

import numpy as np

from model.training.publish import ExportedNetwork, publish_version
from model.versions.version import Manifest
from model.versions.weights import UNITS, Weights, weight_shapes
from model.vocabulary import FIRST_CHARACTER_ID, Vocabulary

NEGATIVE_CHARACTERS = "별악늦짜불"  # a text with one of these has P(positive) near 0: 별로, 최악, 늦다, 짜증, 불량
POSITIVE_CHARACTERS = "좋짱굿"  # a text with one of these and none of those: near 1; any other text: near 0.6
_OTHERS = " 0123456789이가을를은는에도고지다요네하배송상품리뷰ㅋㅎㅠㅡ오늘저녁뭐먹"


def make_keyword_model(folder: Path, version: str = "keyword-1", threshold: float = 0.9) -> Path:
    """Publish a model that answers by the characters above; return its folder."""
    vocabulary = Vocabulary(NEGATIVE_CHARACTERS + POSITIVE_CHARACTERS + _OTHERS)
    return publish_model(folder, vocabulary, keyword_weights(len(vocabulary)), version, threshold)


def publish_model(folder: Path, vocabulary: Vocabulary, weights: Weights, version: str, threshold: float) -> Path:
    """Publish weights and vocabulary as a model version; return its folder."""
    publish_version(folder, Manifest(version, threshold), ExportedNetwork.of(vocabulary, weights))
    return folder


def random_weights(vocab_size: int, seed: int = 7) -> Weights:
    """Return seeded weights of the book's shapes, large enough to move the answer."""
    generator = np.random.default_rng(seed)
    return {
        name: generator.normal(0, 0.4, shape).astype(np.float32) for name, shape in weight_shapes(vocab_size).items()
    }


def keyword_weights(vocab_size: int) -> Weights:
    """Return weights with which LSTM unit 0 remembers a negative character and unit 1 a positive one."""
    weights = {name: np.zeros(shape, np.float32) for name, shape in weight_shapes(vocab_size).items()}
    n_negative, n_positive = len(NEGATIVE_CHARACTERS), len(POSITIVE_CHARACTERS)
    first = FIRST_CHARACTER_ID
    weights["embedding"][first : first + n_negative, 0] = 1
    weights["embedding"][first + n_negative : first + n_negative + n_positive, 1] = 1
    for (layer, units), remembers in zip(UNITS.items(), (True, False), strict=True):
        i, f, g, o = (slice(k * units, (k + 1) * units) for k in range(4))
        weights[f"{layer}/bias"][i] = weights[f"{layer}/bias"][o] = 20  # gates open
        weights[f"{layer}/bias"][f] = 20 if remembers else -20
        weights[f"{layer}/kernel"][[0, 1], [g.start, g.start + 1]] = 3
    weights["dense/kernel"][[0, 1], 0] = -20, 8
    weights["dense/bias"][0] = 0.4
    return weights
