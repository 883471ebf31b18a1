"""The classifier beside Keras `predict` and a `tf.function`, all with the shipped weights."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from model.classifier import Classifier
from model.corpora.readers import read_labelled_csv
from model.data.paths import GOLDEN
from model.reading.read import read
from model.reading.windows import windows
from model.versions.version import PRETRAINED, WEIGHTS
from model.versions.weights import WEIGHT_NAMES

N_MESSAGES = 4096


def measure() -> dict[str, Any]:
    """Time one message and 4,096 messages each way; return seconds, ratios and the largest difference."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    from model.training.network import book_network

    classifier = Classifier.load()
    network = book_network(len(classifier.vocabulary))
    with np.load(PRETRAINED / WEIGHTS) as weights:
        network.set_weights([weights[name] for name in WEIGHT_NAMES])
    function = tf.function(network, input_signature=[tf.TensorSpec((None, 100), tf.int32)])
    # Keras cuts what is longer than the network reads: for a fair race everybody is given what fits.
    texts = [window for text in read_labelled_csv(GOLDEN).texts for window in windows(read(text))]
    many = [texts[i % len(texts)] for i in range(N_MESSAGES)]

    def encode(texts: list[str]) -> np.ndarray[Any, np.dtype[np.int32]]:
        return classifier.vocabulary.encode([read(text) for text in texts])

    ways: dict[str, Callable[[list[str]], Any]] = {
        "classifier": classifier.probabilities,
        "tf.function": lambda texts: function(encode(texts)).numpy()[:, 0],
        "keras predict": lambda texts: network.predict(encode(texts), verbose=0)[:, 0],
        "keras predict, batches of 256": lambda texts: network.predict(encode(texts), batch_size=256, verbose=0)[:, 0],
    }
    one = {name: _seconds_for_one(way, texts, 2000 if name == "classifier" else 60) for name, way in ways.items()}
    all_at_once = {name: _seconds(partial(way, many)) for name, way in ways.items()}
    difference = np.abs(ways["classifier"](many) - ways["keras predict"](many)).max()
    return {
        "one_message_seconds": one,
        "one_message_ratio": _ratios(one),
        f"{N_MESSAGES}_messages_seconds": all_at_once,
        f"{N_MESSAGES}_messages_ratio": _ratios(all_at_once),
        "largest_difference": float(difference),
    }


def _seconds_for_one(way: Callable[[list[str]], Any], texts: list[str], n_calls: int) -> float:
    """Return the median time of a call with one text, the texts taken in turn."""
    way(texts[:1])
    return median(_seconds(partial(way, [texts[i % len(texts)]]), n_rounds=1) for i in range(n_calls))


def _seconds(call: Callable[[], Any], n_rounds: int = 3) -> float:
    durations = []
    for _ in range(n_rounds):
        started = perf_counter()
        call()
        durations.append(perf_counter() - started)
    return median(durations)


def _ratios(seconds: dict[str, float]) -> dict[str, float]:
    """Return how many times longer each way takes than the classifier."""
    return {name: value / seconds["classifier"] for name, value in seconds.items()}
