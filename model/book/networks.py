"""The chapter's networks in Keras, for words of IMDB reviews as for characters of Korean ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from model.book.imdb import NUM_WORDS

_DROPOUT = 0.15
Build = Callable[[int, int, int], keras.Model]


def embedding_dense(n_ids: int, length: int, n_dimensions: int) -> keras.Model:
    """Build Embedding → Flatten → Dense: ids (batch, length) → P(positive) (batch, 1)."""
    return _classifier(n_ids, length, n_dimensions, [layers.Flatten()], "embedding_dense")


def simple_rnn(n_ids: int, length: int, n_dimensions: int) -> keras.Model:
    """Build Embedding → SimpleRNN(32), with dropout → SimpleRNN(32) → Dense."""
    first = layers.SimpleRNN(32, return_sequences=True, dropout=_DROPOUT, recurrent_dropout=_DROPOUT)
    return _classifier(n_ids, length, n_dimensions, [first, layers.SimpleRNN(32)], "simple_rnn")


def lstm(n_ids: int, length: int, n_dimensions: int) -> keras.Model:
    """Build Embedding → LSTM(64) → LSTM(32) → Dense."""
    return _classifier(n_ids, length, n_dimensions, [layers.LSTM(64, return_sequences=True), layers.LSTM(32)], "lstm")


@dataclass(frozen=True, slots=True)
class Plan:
    """One of the chapter's three IMDB networks, and how it is trained."""

    name: str
    build: Build
    length: int  # words of a review that are read, its last
    epochs: int
    n_dimensions: int = 32
    batch_size: int = 32
    validation_share: float = 0.2

    def network(self) -> keras.Model:
        """Return the network, its weights drawn anew."""
        return self.build(NUM_WORDS, self.length, self.n_dimensions)


PLANS: Mapping[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan("dense", embedding_dense, length=500, epochs=30),
        Plan("simple-rnn", simple_rnn, length=500, epochs=15),
        Plan("lstm", lstm, length=350, epochs=15),
    )
}


def embed(ids: NDArray[np.int32], n_ids: int, n_dimensions: int, seed: int = 42) -> NDArray[np.float32]:
    """Return what an untrained Embedding makes of ids: float32 of shape (*ids.shape, n_dimensions)."""
    layer = layers.Embedding(n_ids, n_dimensions, embeddings_initializer=keras.initializers.RandomUniform(seed=seed))
    return np.asarray(layer(ids), np.float32)


def _classifier(n_ids: int, length: int, n_dimensions: int, middle: list[keras.layers.Layer], name: str) -> keras.Model:
    first = [keras.Input((length,), dtype="int32"), layers.Embedding(n_ids, n_dimensions)]
    return keras.Sequential([*first, *middle, layers.Dense(1, activation="sigmoid")], name=name)
