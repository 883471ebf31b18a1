"""The vanishing gradient, measured: how much a network's answer still depends on what stood t steps back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from model.book.korean import korean_network, load_korean
from model.golden import golden_examples
from model.reading.read import read
from model.vocabulary import MAX_LENGTH, Vocabulary

_TINY = 1e-30
_SEED, _N_TEXTS = 42, 200


def dependence(network: keras.Model, ids: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return how much the answer to texts without padding depends on each step, the last one first, (length,).

    That is the length of the gradient of the answer's logit by the vector of that step, the geometric mean of the
    texts, relative to the last step's. `network` is a Sequential of Embedding, recurrent layers and one sigmoid.
    """
    embedding, *recurrent, dense = network.layers
    embedded = tf.convert_to_tensor(embedding(ids))
    with tf.GradientTape() as tape:
        tape.watch(embedded)
        hidden = embedded
        for layer in recurrent:
            hidden = layer(hidden, training=False)
        logits = tf.matmul(hidden, dense.kernel) + dense.bias
    gradients = np.asarray(tape.gradient(logits, embedded))  # (n_texts, length, n_dimensions)
    lengths = np.linalg.norm(gradients.astype(np.float64), axis=2)
    means = np.exp(np.log(np.maximum(lengths, _TINY)).mean(axis=0))[::-1]
    relative: NDArray[np.float64] = means / means[0]
    return relative


def reach(dependence_by_step: NDArray[np.floating[Any]], share: float = 0.01) -> int:
    """Return how many steps back the dependence is still at least a share of the last step's."""
    below = np.flatnonzero(dependence_by_step < share)
    return int(below[0]) if len(below) else len(dependence_by_step)


def measure_reach(kind: str, trained: Path) -> dict[bool, NDArray[np.float64]]:
    """Return the dependence of a Korean network before it has learned (False), and after (True) if it is there.

    It reads sentences written for Jigi, put together until none needs padding.

    Raises:
        CommandError: The folder holds no such network.
    """
    keras.utils.set_random_seed(_SEED)
    texts = _full_texts()
    vocabulary = Vocabulary.fit(texts)
    measured = {False: dependence(korean_network(kind, len(vocabulary)), vocabulary.encode(texts))}
    if trained.exists():
        network, vocabulary = load_korean(kind, trained)
        measured[True] = dependence(network, vocabulary.encode(texts))
    return measured


def _full_texts() -> list[str]:
    """Return texts of at least 100 characters: sentences of the golden set, one after the other."""
    texts = [""]
    for example in golden_examples():
        if len(texts[-1]) >= MAX_LENGTH:
            texts.append("")
        texts[-1] = f"{texts[-1]} {read(example.text)}".strip()
    return texts[:-1][:_N_TEXTS]
