"""The networks, in Keras. Imported by the training modules only: serving never loads TensorFlow."""

from __future__ import annotations

import keras
from keras import layers, ops

from model.versions.weights import EMBEDDING_DIM, UNITS
from model.vocabulary import MAX_LENGTH, PAD_ID


def book_network(vocab_size: int) -> keras.Model:
    """Build the book's network: ids (batch, 100) → P(positive) (batch, 1).

    `vocab_size` counts padding and `<OOV>` too (the book's `vocab_size + 1`). The book's `Sequential` holds the same
    four layers; the functional form lets `FrontPadded` ask the LSTMs for their states.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    embedded = layers.Embedding(vocab_size, EMBEDDING_DIM, name="embedding")(ids)  # (batch, 100, 16)
    sequence, _, _ = layers.LSTM(UNITS["lstm_1"], return_sequences=True, return_state=True, name="lstm_1")(embedded)
    last, _, _ = layers.LSTM(UNITS["lstm_2"], return_state=True, name="lstm_2")(sequence)  # (batch, 32)
    probability = layers.Dense(1, activation="sigmoid", name="dense")(last)
    return keras.Model(ids, probability, name="book")


class FrontPadded(keras.Model):
    """The same network, fed only the last columns of a padded batch: equal outputs and gradients, a third of the time.

    A batch padded at the front to 100 columns begins with columns of pads alone. The states after n pads are the same
    for every row, so they are computed once, with a batch of one, and handed to the rows as their initial states.
    Inputs have the shape (batch, n) with n ≤ 100; the missing 100 - n columns are taken to be padding.
    """

    def __init__(self, network: keras.Model, dropout: float = 0.0) -> None:
        super().__init__(name="front_padded")
        self.network = network
        self.embedding, self.lstm_1, self.lstm_2, self.dense = (
            network.get_layer(name) for name in ("embedding", "lstm_1", "lstm_2", "dense")
        )
        self.dropout = layers.Dropout(dropout)

    def call(self, ids: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
        """Return P(positive) of shape (batch, 1) for ids of shape (batch, n)."""
        n_texts, n_columns = ops.shape(ids)[0], ops.shape(ids)[1]
        n_pads = MAX_LENGTH - n_columns
        states = ops.cond(n_pads > 0, lambda: self._states_after(n_pads), _zero_states)
        h_1, c_1, h_2, c_2 = (ops.repeat(state, n_texts, axis=0) for state in states)
        sequence, *_ = self.lstm_1(self.embedding(ids), initial_state=[h_1, c_1])
        last, *_ = self.lstm_2(self.dropout(sequence, training=training), initial_state=[h_2, c_2])
        return self.dense(self.dropout(last, training=training))

    def _states_after(self, n_pads: keras.KerasTensor) -> list[keras.KerasTensor]:
        sequence, h_1, c_1 = self.lstm_1(self.embedding(ops.full((1, n_pads), PAD_ID, dtype="int32")))
        _, h_2, c_2 = self.lstm_2(sequence)
        return [h_1, c_1, h_2, c_2]


def _zero_states() -> list[keras.KerasTensor]:
    return [ops.zeros((1, units)) for units in UNITS.values() for _ in ("h", "c")]
