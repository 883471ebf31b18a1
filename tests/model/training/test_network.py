"""The networks: the book's, and the same one fed without its pads."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from model.training.network import FrontPadded, book_network  # noqa: E402


def test_the_network_is_the_books() -> None:
    network = book_network(50)
    layers = [keras.layers.Embedding(50, 16), keras.layers.LSTM(64, return_sequences=True), keras.layers.LSTM(32)]
    book = keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])
    book.build((None, 100))
    assert [w.shape for w in network.get_weights()] == [w.shape for w in book.get_weights()]
    book.set_weights(network.get_weights())
    ids = np.random.default_rng(0).integers(0, 50, (8, 100))
    np.testing.assert_allclose(network.predict(ids, verbose=0), book.predict(ids, verbose=0), atol=1e-6)


@pytest.mark.parametrize("n_columns", [1, 40, 100])
def test_computing_the_pads_once_changes_neither_answers_nor_gradients(n_columns: int) -> None:
    network = book_network(50)
    ids = np.zeros((8, 100), np.int32)
    ids[:, 100 - n_columns :] = np.random.default_rng(0).integers(2, 50, (8, n_columns))
    answers, gradients = [], []
    for model, given in ((network, ids), (FrontPadded(network), ids[:, 100 - n_columns :])):
        with tf.GradientTape() as tape:
            answers.append(model(given))
            loss = tf.reduce_sum(answers[-1] ** 2)
        gradients.append(tape.gradient(loss, network.trainable_variables))
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-6)
    for expected, got in zip(*([tf.convert_to_tensor(x) for x in g] for g in gradients), strict=True):
        np.testing.assert_allclose(expected, got, atol=1e-5)
